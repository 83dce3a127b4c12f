using System.Collections.Concurrent;
using System.Threading.Channels;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// Takes waiting runs from the queue, each by a lease, and works on them. What a crashed process held is taken over
/// when its leases lapse; what is left unfinished when this process stops is handed back.
/// </summary>
internal sealed partial class RunWorker(
    Store store,
    RunEvents events,
    HeldRuns held,
    RunExecutor executor,
    INotices notices,
    IHostApplicationLifetime lifetime,
    IOptions<EngineOptions> options,
    QueueClock queueClock,
    TimeProvider time,
    ILogger<RunWorker> logger) : BackgroundService
{
    private const string Waiting = "waiting";
    private const string Cancelled = "cancelled ";
    private const string Gone = "gone ";

    /// <summary>How often one model turn is begun before its run fails: once, and once more after a crash.</summary>
    private const int MostAttempts = 2;

    private readonly ConcurrentDictionary<Task, byte> _work = [];
    private readonly SemaphoreSlim _free = new(options.Value.Limits.ConcurrentRuns);
    private readonly Channel<bool> _woken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private LimitOptions Limits => options.Value.Limits;

    private DateTimeOffset LeaseEnd => queueClock.Now + Limits.RunLease;

    /// <summary>Says that a run waits.</summary>
    public void Wake() => _woken.Writer.TryWrite(true);

    /// <summary>
    /// Takes a run that is being queued, inside the transaction that queues it, if a worker is free, no other run waits
    /// for it, and the run's tenant may have one more in work: that spares a commit, and a stream has its run in its own
    /// process. Else the run gets in line.
    /// </summary>
    /// <returns>
    /// What to hand to <see cref="Start"/> after the commit, or to <see cref="GiveUp"/> without one; null when the run
    /// must wait.
    /// </returns>
    /// <param name="write">The transaction.</param>
    /// <param name="journal">The run's.</param>
    /// <param name="isWatched">Whether a client of this process reads the run's stream, wherever it is worked on.</param>
    public async ValueTask<ClaimedRun?> TakeOrQueueAsync(StoreTransaction write, RunJournal journal, bool isWatched)
    {
        if (!lifetime.ApplicationStopping.IsCancellationRequested && _free.Wait(0))
        {
            try
            {
                if (await MayStartAsync(write, journal.Active.Tenant))
                {
                    journal.Start(time.GetUtcNow(), LeaseEnd);
                    return Hold(write, journal);
                }
            }
            catch
            {
                _free.Release();
                throw;
            }

            _free.Release();
        }

        journal.Wait(await write.NextTurnAsync(journal.Active.Tenant), isWatched ? notices.Process : null);
        return null;
    }

    private async ValueTask<bool> MayStartAsync(StoreTransaction write, string tenant) =>
        await write.CountHeldRunsAsync(tenant) < Limits.ConcurrentRunsPerTenant
        && !await write.AnyRunOfAnyTenantMayStartAsync(Limits.ConcurrentRunsPerTenant);

    /// <summary>Begins to work on a run that was taken; one that was not waits for the next free worker.</summary>
    public void Start(ClaimedRun? claim)
    {
        if (claim is null)
        {
            Wake();
            notices.Tell(process: null, Waiting);
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
            LetGo(claim);
            _free.Release();
        }
    }

    /// <summary>Of this claim only: the same run may have come back to this process already.</summary>
    private void LetGo(ClaimedRun claim)
    {
        held.Remove(claim);
        if (claim.Remote is { } remote)
        {
            events.Forget(claim.Run.Id, remote);
        }
    }

    /// <summary>Says that a run is to be cancelled: its worker stops, or the queue ends it.</summary>
    public void Cancel(string runId)
    {
        if (!held.Abort(runId, AbortReason.Cancelled))
        {
            Wake();
            notices.Tell(process: null, Cancelled + runId);
        }
    }

    /// <summary>Says that a run is gone, and its thread with it.</summary>
    public void Abandon(string runId)
    {
        if (!held.Abort(runId, AbortReason.Lost))
        {
            BreakOffGone(runId);
            notices.Tell(process: null, Gone + runId);
        }
    }

    /// <summary>Another process said one of these things.</summary>
    public void Hear(string notice)
    {
        if (notice == Waiting)
        {
            Wake();
        }
        else if (notice.StartsWith(Cancelled, StringComparison.Ordinal))
        {
            held.Abort(notice[Cancelled.Length..], AbortReason.Cancelled);
        }
        else if (notice.StartsWith(Gone, StringComparison.Ordinal) && notice[Gone.Length..] is var runId && !held.Abort(runId, AbortReason.Lost))
        {
            BreakOffGone(runId);
        }
    }

    private void BreakOffGone(string runId) => events.BreakOff(runId, "The thread was deleted, and the run with it.");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        await WorkAsync(stopping.Token);
        await HandBackInTimeAsync(stoppingToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        held.AbortAll(AbortReason.Stopping);
        await Task.WhenAll(_work.Keys).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>
    /// Streams are answers in flight, for which the host waits before it stops this worker. Half of that time they
    /// have to end by themselves; in the other half their readers are told that the server stops.
    /// </summary>
    private async Task HandBackInTimeAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(Limits.ShutdownGrace / 2, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        held.AbortAll(AbortReason.Stopping);
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
    /// Takes the next waiting run: finds it, and then takes it in a write that keeps others from its thread. If somebody
    /// else was quicker, the caller looks again.
    /// </summary>
    /// <returns>Whether more runs may wait, and the run to work on, if there is one.</returns>
    private async Task<(bool GoesOn, ClaimedRun? Claim)> ClaimAsync(CancellationToken cancellationToken)
    {
        if (await store.NextWaitingRunOfAnyTenantAsync(Limits.ConcurrentRunsPerTenant) is not (var tenant, var threadId))
        {
            return (false, null);
        }

        ClaimedRun? claim = null;
        try
        {
            await store.WriteAsync(
                WriteScope.QueueOf(tenant, threadId),
                async write =>
                {
                    if (await write.FindActiveRunAsync(tenant, threadId) is { IsWaiting: true } active
                        && await write.CountHeldRunsAsync(tenant) < Limits.ConcurrentRunsPerTenant)
                    {
                        claim = await TakeAsync(write, active);
                    }
                },
                cancellationToken);
            return (true, claim);
        }
        catch when (claim is not null)
        {
            LetGo(claim);
            throw;
        }
    }

    /// <summary>
    /// Takes a run that waits. One whose time is over, that was to be cancelled, or that has lost its worker twice, is
    /// ended instead; one that is in work here, under a lease that was not renewed in time, goes on.
    /// </summary>
    private async ValueTask<ClaimedRun?> TakeAsync(StoreTransaction write, ActiveRun active)
    {
        if (held.Find(active.RunId) is { } own && own.Active.Fence == active.Fence)
        {
            var until = LeaseEnd;
            await write.RenewLeaseAsync(active, until);
            write.OnCommitted(() => own.Renew(until));
            return null;
        }

        var now = time.GetUtcNow();
        if (await RunJournal.OpenOrEndAsync(write, active, events, now, logger) is not { } journal)
        {
            return null;
        }

        var isTaken = false;
        if (active.ExpiresAt <= queueClock.Now.ToUnixTimeSeconds())
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
            journal.Start(now, LeaseEnd);
            isTaken = true;
        }

        await journal.SaveAsync(events);
        return isTaken ? Hold(write, journal) : null;
    }

    /// <summary>Held from before the commit on: a cancellation that follows at once must find its worker.</summary>
    private ClaimedRun Hold(StoreTransaction write, RunJournal journal)
    {
        var runId = journal.Run.Id;
        var remote = journal.Active.WatchedBy is { } process && process != notices.Process ? new RemoteWatcher(notices, process, runId) : null;
        var claim = new ClaimedRun(journal.Active, journal.Run, journal.State) { Remote = remote };
        held.Add(claim);
        write.OnCommitted(claim.Committed);
        if (remote is not null)
        {
            events.Watch(runId, remote);
        }
        else if (events.FeedOf(runId) is { Relayed: not null } feed)
        {
            // The turn begins anew, and its reader has seen a part of what another process did in vain.
            events.BreakOff(feed, RunEvents.Lost);
        }

        return claim;
    }

    private void Begin(ClaimedRun claim)
    {
        var work = Task.Run(() => WorkOnAsync(claim), CancellationToken.None);
        _work.TryAdd(work, 0);
        work.ContinueWith(done => _work.TryRemove(done, out _), TaskScheduler.Default);
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
            Wake();
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
