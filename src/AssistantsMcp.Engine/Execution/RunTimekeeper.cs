using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Engine.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// Does what must be done in time: renews the leases of the runs that are held here, ends runs whose time is over,
/// and looks at the queue now and then, in case a wake-up was missed or another process has crashed.
/// </summary>
internal sealed partial class RunTimekeeper(
    Store store,
    RunEvents events,
    HeldRuns held,
    QueueBell bell,
    INotices notices,
    RunNotices told,
    RunMetrics metrics,
    IOptions<EngineOptions> options,
    QueueClock queueClock,
    TimeProvider time,
    ILogger<RunTimekeeper> logger) : BackgroundService
{
    /// <summary>How often the queue is looked at anyway.</summary>
    private static readonly TimeSpan _tick = TimeSpan.FromSeconds(1);

    /// <summary>Whose runs looked as if they were gone when they were last looked at.</summary>
    private IReadOnlyList<RunFeed> _strays = [];

    private long _renewed;
    private long _ticked = time.GetTimestamp();

    /// <summary>How long ago the queue was last looked at without a fault.</summary>
    public TimeSpan SinceLastTick => time.GetElapsedTime(Volatile.Read(ref _ticked));

    private TimeSpan Lease => options.Value.Limits.RunLease;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_tick, time);
        _renewed = time.GetTimestamp();
        try
        {
            do
            {
                await TickAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private async Task TickAsync(CancellationToken stoppingToken)
    {
        try
        {
            var now = time.GetTimestamp();
            if (time.GetElapsedTime(_renewed, now) >= Lease / 3)
            {
                await queueClock.SyncAsync();
                await RenewAsync(stoppingToken);
                await BreakOffStraysAsync();
                _renewed = now;
            }

            // After the renewal: a process that was paused must not take its own runs for those of a crashed one.
            await ReleaseLapsedAsync(stoppingToken);
            await ExpireAsync(stoppingToken);
            if (metrics.WantsQueue)
            {
                metrics.Found(await store.WaitingRunsOfAllTenantsAsync());
            }

            bell.Ring();
            Volatile.Write(ref _ticked, time.GetTimestamp());
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.QueueFailed(logger, exception);
        }
    }

    /// <summary>Renews the leases of all runs that are held here, and learns which of them are lost or to be cancelled.</summary>
    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var claims = held.All.Where(claim => claim.IsCommitted).ToList();
        if (claims.Count == 0)
        {
            return;
        }

        var until = queueClock.Now + Lease;
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
                continue;
            }

            claim.Renew(until);
            if (status == RunStatuses.Cancelling)
            {
                claim.Abort(AbortReason.Cancelled);
            }
        }
    }

    /// <summary>
    /// Ends the streams of runs that another process on the same database took from the queue, or ended: it is told
    /// there. Nothing orders this look at the database with what happens here meanwhile, so a stream is ended when its
    /// run was gone two times in a row.
    /// </summary>
    private async Task BreakOffStraysAsync()
    {
        var watched = events.Watched.Where(feed => !held.Contains(feed.RunId)).ToList();
        if (watched.Count > 0)
        {
            var awaited = await store.AwaitedRunsOfAllTenantsAsync(notices.Process);
            watched.RemoveAll(feed => awaited.Contains(feed.RunId) || held.Contains(feed.RunId));
        }

        foreach (var feed in watched.Intersect(_strays))
        {
            events.BreakOff(feed, RunEvents.Lost);
        }

        _strays = watched;
    }

    /// <summary>Puts runs back into the queue whose worker has crashed, or is too slow.</summary>
    private async Task ReleaseLapsedAsync(CancellationToken cancellationToken)
    {
        if (await store.AnyLeaseOfAnyTenantLapsedAsync(queueClock.Now))
        {
            await store.WriteAsync(
                WriteScope.Nothing, write => write.ReleaseLapsedRunsOfAllTenantsAsync(queueClock.Now), cancellationToken);
            told.TellWaiting();
        }
    }

    /// <summary>Ends runs whose time is over and that no worker holds: above all those that wait for tool outputs.</summary>
    private async Task ExpireAsync(CancellationToken cancellationToken)
    {
        while (await store.NextExpiredRunOfAnyTenantAsync(queueClock.Now) is (var tenant, var threadId))
        {
            await store.WriteAsync(
                WriteScope.Of(tenant, threadId),
                async write =>
                {
                    if (await write.FindActiveRunAsync(tenant, threadId) is not { LeaseUntil: 0 } active
                        || active.ExpiresAt > queueClock.Now.ToUnixTimeSeconds())
                    {
                        return;
                    }

                    var now = time.GetUtcNow();
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
