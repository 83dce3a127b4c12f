namespace AssistantsMcp;

/// <summary>Asks a server on this machine whether it is alive: the health check of a container that has no shell.</summary>
internal static class HealthProbe
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    /// <returns>Exit code 0 when <c>/healthz</c> answers, 1 when it does not.</returns>
    public static async Task<int> RunAsync(string[] settings)
    {
        var address = AddressOf(new ConfigurationBuilder()
            .AddEnvironmentVariables("ASPNETCORE_")
            .AddEnvironmentVariables()
            .AddCommandLine(settings)
            .Build());
        using var http = new HttpClient { Timeout = _patience };
        try
        {
            using var response = await http.GetAsync(new Uri(address, "/healthz"));
            return response.IsSuccessStatusCode ? 0 : Launch.Fail($"{address} answers {(int)response.StatusCode}.");
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return Launch.Fail($"Nobody answers at {address}.");
        }
    }

    /// <summary>Where the server of these settings listens, seen from this machine.</summary>
    private static Uri AddressOf(IConfiguration configuration)
    {
        var url = configuration["urls"]?.Split(';')[0]
            ?? (configuration["http_ports"]?.Split(';')[0] is { Length: > 0 } port ? $"http://+:{port}" : AssistantsMcpHost.DefaultUrl);
        var address = BindingAddress.Parse(url);
        var host = address.Host is "+" or "*" or "0.0.0.0" or "[::]" ? "127.0.0.1" : address.Host;
        return new UriBuilder(address.Scheme, host, address.Port).Uri;
    }
}
