using Microsoft.Extensions.DependencyInjection;

namespace AssistantsMcp.Engine;

/// <summary>The engine as the host sees it.</summary>
public static class EngineExtensions
{
    /// <summary>Adds storage, the run worker and the <c>/v1</c> pipeline (<see cref="AssistantsApi"/>).</summary>
    public static IServiceCollection AddAssistantsEngine(this IServiceCollection services)
    {
        services.AddSingleton<AssistantsApi>();
        services.AddHealthChecks();
        return services;
    }
}
