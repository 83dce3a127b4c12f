using System.Globalization;
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
            // How a call went is logged where it ends; two handlers and a log scope for each request are for nothing.
            .RemoveAllLoggers()
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

    /// <summary>Nobody can choose a key that falls into another caller's circuit: the hash differs from process to process.</summary>
    private static string CircuitOf(HttpRequestMessage request) =>
        ((uint)string.GetHashCode(request.Headers.Authorization?.Parameter, StringComparison.Ordinal) % Circuits).ToString("x3", CultureInfo.InvariantCulture);
}
