using System.Diagnostics;
using AssistantsMcp.Engine.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Models;

/// <summary>Registers what answers model turns and what judges keys.</summary>
internal static class ModelClientExtensions
{
    /// <summary>
    /// Adds <see cref="ResponsesModelClient"/>, <see cref="KeyVerifier"/> and the
    /// <see cref="ModelServer"/> behind them, as singletons. They read <see cref="EngineOptions"/> and <see cref="TimeProvider"/>.
    /// </summary>
    public static IServiceCollection AddModelClients(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => BackendProfile.Of(provider.GetRequiredService<IOptions<EngineOptions>>().Value.Model));
        services.AddSingleton<ModelMetrics>();
        services.AddSingleton<ModelServer>();
        services.AddSingleton<ImageFiles>();
        services.AddSingleton<ResponsesModelClient>();
        services.AddSingleton<KeyVerifier>();

        var client = services.AddHttpClient(ModelServer.ClientName, http =>
        {
            // The resilience pipeline and the stream's reader know when a call is too slow.
            http.Timeout = Timeout.InfiniteTimeSpan;
            http.MaxResponseContentBufferSize = 16 * 1024 * 1024;
        });

        // ModelServer logs its calls; the factory's own lines would show the URL with its query.
        client.RemoveAllLoggers();
        client.SetHandlerLifetime(Timeout.InfiniteTimeSpan);
        client.ConfigurePrimaryHttpMessageHandler(NewHandler);

        client
            .AddResilienceHandler("model", (pipeline, context) => ModelResilience.Configure(
                pipeline,
                context.ServiceProvider.GetRequiredService<ModelMetrics>(),
                context.ServiceProvider.GetRequiredService<TimeProvider>(),
                context.ServiceProvider.GetRequiredService<IOptions<EngineOptions>>().Value.Model.Timeout))
            .SelectPipelineBy(_ => ModelResilience.CircuitOf);

        return services;
    }

    /// <summary>Connections to the model server, for whatever is sent there.</summary>
    public static SocketsHttpHandler NewHandler() => new()
    {
        // A redirect would carry the key to a server that nobody configured.
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        // Spans yes, but no trace headers of the caller's toward the model server.
        ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
    };
}
