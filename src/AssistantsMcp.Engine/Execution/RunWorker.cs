using System.Collections.Concurrent;
using System.Threading.Channels;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// Takes waiting runs from the queue, each by a lease that it renews while it works. What a crashed process held is
/// taken over when its leases lapse; what is left unfinished when this process stops is handed back.
/// </summary>
internal sealed partial class RunWorker(
    Store store, RunEvents events, RunExecutor executor, IOptions<EngineOptions> options, TimeProvider time, ILogger<RunWorker> logger)
    : BackgroundService
{
    /// <summary>How often one model turn is begun before its run fails: once, and once more after a crash.</summary>
    private const int MostAttempts = 2;

    /// <summary>The safety net under the wake-ups: how often the queue is looked at anyway.</summary>
    private static readonly TimeSpan _tick = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, ClaimedRun> _held = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, byte> _work = [];
    private readonly SemaphoreSlim _free = new(options.Value.Limits.ConcurrentRuns);
    private readonly Channel<bool> _woken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private TimeSpan Lease => options.Value.Limits.RunLease;

    /// <summary>Says that a run waits.</summary>
    public void Wake() => _woken.Writer.TryWrite(true);

    /// <summary>
    /// Takes a run that is being queued, inside the transaction that queues it, if a worker is free: that spares a
    /// commit, and a stream has its run in its own process.
    /// </summary>
    /// <returns>What to hand to <see cref="Start"/> after the commit, or to <see cref="GiveUp"/> without one; null when all are busy.</returns>
    public ClaimedRun? TryTake(RunJournal journal) => _free.Wait(0) ? Hold(journal) : null;

    /// <summary>Begins to work on a run that was taken; one that was not waits for the next free worker.</summary>
    public void Start(ClaimedRun? claim)
    {
        if (claim is null)
        {
            Wake();
        }
        else
        {
            Begin(claim);
        }
    }

    /// <summary>Lets go of a run that was taken in a transaction that failed.</summary>
    public void GiveUp(ClaimedRun? claim)
    {
        if (claim is not null)
        {
            Release(claim);
            _free.Release();
        }
    }

    /// <summary>Says that a run is to be cancelled: its worker stops, or the queue ends it.</summary>
    public void Cancel(string runId)
    {
        if (_held.TryGetValue(runId, out var claim))
        {
            claim.Abort(AbortReason.Cancelled);
        }
        else
        {
            Wake();
        }
    }

    /// <summary>Says that a run is gone, and its thread with it.</summary>
    public void Abandon(string runId)
    {
        if (_held.TryGetValue(runId, out var claim))
        {
            claim.Abort(AbortReason.Lost);
        }
        else
        {
            events.BreakOff(runId, "The thread was deleted, and the run with it.");
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(WorkAsync(stoppingToken), KeepTimeAsync(stoppingToken));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var claim in _held.Values)
        {
            claim.Abort(AbortReason.Stopping);
        }

        await Task.WhenAll(_work.Keys);
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        try
        {
            Wake();
            while (await _woken.Reader.WaitToReadAsync(stoppingToken))
            {
                _woken.Reader.TryRead(out _);
                await TakeWaitingAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private async Task TakeWaitingAsync(CancellationToken stoppingToken)
    {
        var goesOn = true;
        while (goesOn)
        {
            await _free.WaitAsync(stoppingToken);
            ClaimedRun? claim = null;
            try
            {
                (goesOn, claim) = await ClaimAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // The database failed; the next tick tries again.
                Log.QueueFailed(logger, exception);
                goesOn = false;
            }

            if (claim is null)
            {
                _free.Release();
            }
            else
            {
                Begin(claim);
            }
        }
    }

    /// <summary>
    /// Takes the next waiting run. One whose time is over, that was to be cancelled, or that has lost its worker
    /// twice, is ended instead.
    /// </summary>
    /// <returns>Whether more runs may wait, and the run to work on, if there is one.</returns>
    private async Task<(bool GoesOn, ClaimedRun? Claim)> ClaimAsync(CancellationToken cancellationToken)
    {
        if (!await store.AnyRunWaitsAsync(time.GetUtcNow()))
        {
            return (false, null);
        }

        ClaimedRun? claim = null;
        try
        {
            var found = await store.WriteAsync(
                async write =>
                {
                    var now = time.GetUtcNow();
                    if (await write.NextWaitingRunOfAnyTenantAsync(now) is not { } active)
                    {
                        return false;
                    }

                    var journal = await RunJournal.OpenAsync(write, active);
                    if (active.ExpiresAt <= now.ToUnixTimeSeconds())
                    {
                        journal.Expire(now);
                    }
                    else if (active.Status == RunStatuses.Cancelling)
                    {
                        journal.Cancel(now);
                    }
                    else if (active.Attempts >= MostAttempts)
                    {
                        journal.Fail(new RunError("server_error", "The server stopped twice while it worked on this run. Create a new run."), now);
                    }
                    else
                    {
                        claim = Hold(journal);
                    }

                    await journal.SaveAsync(events);
                    return true;
                },
                cancellationToken);
            return (found, claim);
        }
        catch when (claim is not null)
        {
            Release(claim);
            throw;
        }
    }

    /// <summary>Held from before the commit on: a cancellation that follows at once must find its worker.</summary>
    private ClaimedRun Hold(RunJournal journal)
    {
        journal.Start(time.GetUtcNow(), Lease);
        var claim = new ClaimedRun(journal.Active, journal.Run, journal.State);
        _held[claim.Run.Id] = claim;
        return claim;
    }

    private void Begin(ClaimedRun claim)
    {
        var work = Task.Run(() => WorkOnAsync(claim), CancellationToken.None);
        _work.TryAdd(work, 0);
        work.ContinueWith(done => _work.TryRemove(done, out _), TaskScheduler.Default);
    }

    private void Release(ClaimedRun claim)
    {
        _held.TryRemove(KeyValuePair.Create(claim.Run.Id, claim));
        claim.Dispose();
    }

    private async Task WorkOnAsync(ClaimedRun claim)
    {
        try
        {
            await executor.ExecuteAsync(claim);
        }
        catch (Exception exception)
        {
            // The outcome could not be saved. The lease lapses, and whoever takes the run over tries again.
            Log.NotSaved(logger, exception, claim.Run.Id);
            events.BreakOff(claim.Run.Id, "The outcome of the run could not be saved. Retrieve the run in a while: the server tries it again.");
        }
        finally
        {
            GiveUp(claim);
        }
    }

    private async Task KeepTimeAsync(CancellationToken stoppingToken)
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
                    Wake();
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
        var held = _held.Values.ToList();
        if (held.Count == 0)
        {
            return;
        }

        var until = time.GetUtcNow() + Lease;
        var statuses = await store.WriteAsync(
            async write =>
            {
                var found = new List<(ClaimedRun Claim, string? Status)>(held.Count);
                foreach (var claim in held)
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
        if (events.Watched.All(_held.ContainsKey))
        {
            return;
        }

        // A write, though it changes nothing: what this process did with the run before has then been told.
        await store.WriteAsync(
            async write =>
            {
                var unheld = await write.UnheldRunsOfAnyTenantAsync(time.GetUtcNow());
                write.OnCommitted(() =>
                {
                    foreach (var runId in events.Watched.Where(runId => !unheld.Contains(runId) && !_held.ContainsKey(runId)))
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
                async write =>
                {
                    var now = time.GetUtcNow();
                    if (await write.NextExpiredRunOfAnyTenantAsync(now) is { } active)
                    {
                        var journal = await RunJournal.OpenAsync(write, active);
                        journal.Expire(now);
                        await journal.SaveAsync(events);
                    }
                },
                cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The run queue could not be read or written; it is tried again within a second.")]
        public static partial void QueueFailed(ILogger logger, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "The outcome of run {RunId} could not be saved; it is taken over when its lease lapses.")]
        public static partial void NotSaved(ILogger logger, Exception exception, string runId);
    }
}
