using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// Does what must be done in time: renews the leases of the runs that are held here, ends runs whose time is over,
/// and looks at the queue now and then, in case a wake-up was missed or another process has crashed.
/// </summary>
internal sealed partial class RunTimekeeper(
    Store store, RunEvents events, HeldRuns held, RunWorker worker, IOptions<EngineOptions> options, TimeProvider time, ILogger<RunTimekeeper> logger)
    : BackgroundService
{
    /// <summary>How often the queue is looked at anyway.</summary>
    private static readonly TimeSpan _tick = TimeSpan.FromSeconds(1);

    private TimeSpan Lease => options.Value.Limits.RunLease;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_tick, time);
        var renewAt = time.GetUtcNow() + (Lease / 3);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    if (time.GetUtcNow() >= renewAt)
                    {
                        await RenewAsync(stoppingToken);
                        await BreakOffStraysAsync(stoppingToken);
                        renewAt = time.GetUtcNow() + (Lease / 3);
                    }

                    await ExpireAsync(stoppingToken);
                    worker.Wake();
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    Log.QueueFailed(logger, exception);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    /// <summary>Renews the leases of all runs that are held here, and learns which of them are lost or to be cancelled.</summary>
    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var claims = held.All;
        if (claims.Count == 0)
        {
            return;
        }

        var until = time.GetUtcNow() + Lease;
        var statuses = await store.WriteAsync(
            WriteScope.Nothing,
            async write =>
            {
                var found = new List<(ClaimedRun Claim, string? Status)>(claims.Count);
                foreach (var claim in claims)
                {
                    found.Add((claim, await write.RenewLeaseAsync(claim.Active, until)));
                }

                return found;
            },
            cancellationToken);

        foreach (var (claim, status) in statuses)
        {
            if (status is null)
            {
                claim.Abort(AbortReason.Lost);
            }
            else if (status == RunStatuses.Cancelling)
            {
                claim.Abort(AbortReason.Cancelled);
            }
        }
    }

    /// <summary>Ends the streams of runs that another process on the same database took from the queue, or ended: it is told there.</summary>
    private async Task BreakOffStraysAsync(CancellationToken cancellationToken)
    {
        if (events.Watched.All(held.Contains))
        {
            return;
        }

        // A write, though it changes nothing: what this process did with the run before has then been told.
        await store.WriteAsync(
            WriteScope.Nothing,
            async write =>
            {
                var unheld = await write.UnheldRunsOfAnyTenantAsync(time.GetUtcNow());
                write.OnCommitted(() =>
                {
                    foreach (var runId in events.Watched.Where(runId => !unheld.Contains(runId) && !held.Contains(runId)))
                    {
                        events.BreakOff(runId, RunEvents.Lost);
                    }
                });
            },
            cancellationToken);
    }

    /// <summary>Ends runs whose time is over and that no worker holds: above all those that wait for tool outputs.</summary>
    private async Task ExpireAsync(CancellationToken cancellationToken)
    {
        while (await store.AnyRunExpiredAsync(time.GetUtcNow()))
        {
            await store.WriteAsync(
                WriteScope.Nothing,
                async write =>
                {
                    var now = time.GetUtcNow();
                    if (await write.NextExpiredRunOfAnyTenantAsync(now) is not { } active)
                    {
                        return;
                    }

                    if (await RunJournal.OpenOrEndAsync(write, active, events, now, logger) is { } journal)
                    {
                        journal.Expire(now);
                        await journal.SaveAsync(events);
                    }
                },
                cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Leases or expiries could not be read or written; it is tried again within a second.")]
        public static partial void QueueFailed(ILogger logger, Exception exception);
    }
}
