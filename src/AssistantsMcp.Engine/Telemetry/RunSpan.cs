using System.Diagnostics;
using AssistantsMcp.Engine.Execution;

namespace AssistantsMcp.Engine.Telemetry;

/// <summary>
/// The span of a worker's work on a run. It belongs to the trace of the request that queued the run, whoever takes it
/// and whenever.
/// </summary>
/// <remarks>Source: OpenTelemetry, semantic conventions for generative AI, agent spans.</remarks>
internal static class RunSpan
{
    /// <summary>The span of the present request as a run keeps it; null while nobody listens. A transaction may be another thread's, and does not know it.</summary>
    public static string? Origin => EngineTelemetry.Source.HasListeners() ? Activity.Current?.Id : null;

    public static Activity? Start(ClaimedRun claim)
    {
        if (!EngineTelemetry.Source.HasListeners())
        {
            return null;
        }

        _ = ActivityContext.TryParse(claim.State.Origin, traceState: null, isRemote: true, out var origin);
        return EngineTelemetry.Source.StartActivity("invoke_agent", ActivityKind.Internal, origin)
            ?.SetTag("gen_ai.operation.name", "invoke_agent")
            .SetTag("gen_ai.agent.id", claim.Run.AssistantId)
            .SetTag("gen_ai.conversation.id", claim.Run.ThreadId)
            .SetTag("gen_ai.request.model", claim.Run.Model)
            .SetTag("assistants.run.id", claim.Run.Id);
    }

    /// <summary>Says how the work ended.</summary>
    /// <param name="span">The span; null while nobody listens.</param>
    /// <param name="status">The run's status now.</param>
    /// <param name="error">The code of its last error, or null.</param>
    public static void End(Activity? span, string status, string? error)
    {
        span?.SetTag("assistants.run.status", status);
        if (error is not null)
        {
            span?.SetTag("error.type", error).SetStatus(ActivityStatusCode.Error);
        }
    }
}
