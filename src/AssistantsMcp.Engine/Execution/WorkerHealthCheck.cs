using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace AssistantsMcp.Engine.Execution;

/// <summary>Ready while the worker takes runs: not when the queue could not be looked at lately, and not while the process stops.</summary>
internal sealed class WorkerHealthCheck(RunTimekeeper timekeeper, IHostApplicationLifetime lifetime) : IHealthCheck
{
    /// <summary>The queue is looked at every second, and a database that answers slowly is no reason to send callers elsewhere.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("The server stops.")
        : timekeeper.SinceLastTick is var idle && idle > _patience ? HealthCheckResult.Unhealthy($"The worker has not looked at its queue for {idle.TotalSeconds:0} seconds.")
        : HealthCheckResult.Healthy());
}
