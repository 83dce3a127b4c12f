using AssistantsMcp.Engine.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AssistantsMcp.Engine.Api;

/// <summary>Deletes, every hour, the answers that were kept for a day; a few at a time, so that other writes come between.</summary>
internal sealed partial class IdempotencyCleaner(Store store, TimeProvider time, ILogger<IdempotencyCleaner> logger) : BackgroundService
{
    private const int Batch = 200;

    private static readonly TimeSpan _interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        try
        {
            do
            {
                await CleanAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private async Task CleanAsync(CancellationToken cancellationToken)
    {
        try
        {
            var outdated = time.GetUtcNow() - Idempotency.Lifetime;
            var deleted = Batch;
            while (deleted > 0 && await store.AnyOutdatedAnswerAsync(outdated))
            {
                deleted = await store.WriteAsync(
                    WriteScope.Nothing, write => write.DeleteOutdatedAnswersOfAnyTenantAsync(outdated, Batch), cancellationToken);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.NotCleaned(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Answers that were kept for a day could not be deleted; it is tried again within an hour.")]
        public static partial void NotCleaned(ILogger logger, Exception exception);
    }
}
