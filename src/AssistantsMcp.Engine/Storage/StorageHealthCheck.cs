using AssistantsMcp.Engine.Api;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AssistantsMcp.Engine.Storage;

/// <summary>Ready when the database takes a write and has it on disk: one without changes would succeed on a full disk.</summary>
internal sealed class StorageHealthCheck(Store store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.WriteAsync(WriteScope.Nothing, write => write.ProbeDiskAsync(), cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (ApiException exception)
        {
            return HealthCheckResult.Unhealthy(exception.Message);
        }
    }
}
