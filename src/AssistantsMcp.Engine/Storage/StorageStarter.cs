using AssistantsMcp.Engine.Api;
using Microsoft.Extensions.Hosting;

namespace AssistantsMcp.Engine.Storage;

/// <summary>Opens the database before anything else starts, so that a wrong setting stops the start.</summary>
internal sealed class StorageStarter(IDatabase database, QueueClock clock) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await database.StartAsync(cancellationToken);
        try
        {
            await clock.SyncAsync();
        }
        catch (ApiException exception)
        {
            throw new StartupException(
                "Storage:ConnectionString: the PostgreSQL database was opened, but failed when it was asked for the time; the log says how. Start again when it is mended.",
                exception);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
