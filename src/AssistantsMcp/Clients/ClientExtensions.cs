using System.Security.Cryptography;
using System.Text;
using AssistantsMcp.Transport;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly;

namespace AssistantsMcp.Clients;

/// <summary>The client of the tools, and what it survives on the network.</summary>
internal static class ClientExtensions
{
    /// <summary>
    /// Circuits are per caller, so that one caller's bad key or quota does not shut out the others. Keys fall into
    /// this many of them, because a circuit is kept for ever and keys are the caller's to invent.
    /// </summary>
    private const int Circuits = 4096;

    private static readonly byte[] Salt = RandomNumberGenerator.GetBytes(32);

    public static void AddAssistantClient(this IServiceCollection services)
    {
        services.AddSingleton<AssistantClientProvider>();
        services.AddScoped(scope => scope.GetRequiredService<AssistantClientProvider>()
            .CreateFor(scope.GetRequiredService<ApiKeyFeature>().Key));

        services.AddHttpClient(AssistantClientProvider.NetworkClient, http => http.Timeout = Timeout.InfiniteTimeSpan)
            .UseSocketsHttpHandler((handler, _) =>
            {
                // One client lives as long as the process; its connections, and with them the name look-ups, do not.
                handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);
                // A redirect would lead to a server that nobody configured, a cookie from one caller to the next.
                handler.AllowAutoRedirect = false;
                handler.UseCookies = false;
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .AddResilienceHandler("attempts", (pipeline, context) =>
            {
                var settings = context.ServiceProvider.GetRequiredService<IOptions<AssistantsMcpOptions>>().Value;
                pipeline.TimeProvider = context.ServiceProvider.GetRequiredService<TimeProvider>();
                pipeline
                    .AddRetry(RepeatRules.Retry(settings.TotalTimeout))
                    .AddCircuitBreaker(RepeatRules.Circuit())
                    .AddTimeout(settings.AttemptTimeout);
            })
            .SelectPipelineBy(_ => CircuitOf);
    }

    private static string CircuitOf(HttpRequestMessage request)
    {
        var key = Encoding.UTF8.GetBytes(request.Headers.Authorization?.Parameter ?? "");
        var hash = HMACSHA256.HashData(Salt, key);
        return (BitConverter.ToUInt32(hash) % Circuits).ToString("x3", System.Globalization.CultureInfo.InvariantCulture);
    }
}
