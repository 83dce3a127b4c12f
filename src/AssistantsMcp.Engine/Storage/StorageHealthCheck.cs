using AssistantsMcp.Engine.Api;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// Ready when the database takes a write and has it on disk: one without changes would succeed on a full disk. Anybody
/// may ask, so those who ask at the same time share one write.
/// </summary>
internal sealed class StorageHealthCheck(Store store) : IHealthCheck
{
    private readonly Lock _lock = new();
    private Task<HealthCheckResult> _probe = Task.FromResult(HealthCheckResult.Healthy());

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_probe.IsCompleted)
            {
                _probe = ProbeAsync();
            }

            return _probe.WaitAsync(cancellationToken);
        }
    }

    private async Task<HealthCheckResult> ProbeAsync()
    {
        try
        {
            await store.WriteAsync(WriteScope.Nothing, write => write.ProbeDiskAsync(), CancellationToken.None);
            return HealthCheckResult.Healthy();
        }
        catch (ApiException exception)
        {
            return HealthCheckResult.Unhealthy(exception.Message);
        }
    }
}
