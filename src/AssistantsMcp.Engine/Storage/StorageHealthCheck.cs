using AssistantsMcp.Engine.Api;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AssistantsMcp.Engine.Storage;

/// <summary>Ready when the database takes a write.</summary>
internal sealed class StorageHealthCheck(Store store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.WriteAsync(WriteScope.Nothing, _ => ValueTask.CompletedTask, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (ApiException exception)
        {
            return HealthCheckResult.Unhealthy(exception.Message);
        }
    }
}
