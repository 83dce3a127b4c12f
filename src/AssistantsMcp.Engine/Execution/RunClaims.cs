using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Engine.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Execution;

/// <summary>Takes runs by leases: one that is being queued, or the one that is next of those that wait.</summary>
internal sealed class RunClaims(
    Store store,
    RunEvents events,
    HeldRuns held,
    INotices notices,
    IOptions<EngineOptions> options,
    RunMetrics metrics,
    QueueClock queueClock,
    TimeProvider time,
    ILogger<RunClaims> logger)
{
    /// <summary>How often one model turn is begun before its run fails: once, and once more after a crash.</summary>
    private const int MostAttempts = 2;

    private LimitOptions Limits => options.Value.Limits;

    private DateTimeOffset LeaseEnd => queueClock.Now + Limits.RunLease;

    /// <summary>
    /// Takes a run inside the transaction that queues it, if a worker is free, no other run waits for it, and the run's
    /// tenant may have one more in work. Else the run gets in line.
    /// </summary>
    /// <param name="write">The transaction.</param>
    /// <param name="journal">The run's.</param>
    /// <param name="hasWorker">Whether a worker is free for it.</param>
    /// <param name="isWatched">Whether a client of this process reads the run's stream, wherever it is worked on.</param>
    /// <returns>The run to work on after the commit; null when it must wait.</returns>
    /// <exception cref="ApiException">It is new, and as many of its tenant's runs wait as may.</exception>
    public async ValueTask<ClaimedRun?> TakeOrQueueAsync(StoreTransaction write, RunJournal journal, bool hasWorker, bool isWatched)
    {
        var place = await write.FindPlaceInQueueAsync(journal.Active.Tenant, hasWorker, Limits.ConcurrentRunsPerTenant);
        if (place.IsNext)
        {
            journal.Start(time.GetUtcNow(), LeaseEnd);
            return Hold(write, journal, isTakeover: false);
        }

        if (journal.IsNew && place.Waiting >= Limits.QueuedRunsPerTenant)
        {
            throw ApiException.QueueFull(Limits.QueuedRunsPerTenant);
        }

        journal.Wait(place.Turn, isWatched ? notices.Process : null);
        return null;
    }

    /// <summary>
    /// Takes the next waiting run: finds it, and then takes it in a write that keeps others from its thread. If somebody
    /// else was quicker, the caller looks again.
    /// </summary>
    /// <returns>Whether more runs may wait, and the run to work on, if there is one.</returns>
    public async Task<(bool GoesOn, ClaimedRun? Claim)> TakeNextAsync(CancellationToken cancellationToken)
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

    /// <summary>Lets go of a run, but of this claim only: the same run may have come back to this process already.</summary>
    public void LetGo(ClaimedRun claim)
    {
        held.Remove(claim);
        if (claim.Remote is { } remote)
        {
            events.Forget(claim.Run.Id, remote);
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
        return isTaken ? Hold(write, journal, isTakeover: active.Attempts > 0) : null;
    }

    /// <summary>Held from before the commit on: a cancellation that follows at once must find its worker.</summary>
    private ClaimedRun Hold(StoreTransaction write, RunJournal journal, bool isTakeover)
    {
        var runId = journal.Run.Id;
        var remote = journal.Active.WatchedBy is { } process && process != notices.Process ? new RemoteWatcher(notices, process, runId) : null;
        var claim = new ClaimedRun(journal.Active, journal.Run, journal.State) { Remote = remote };
        held.Add(claim);
        write.OnCommitted(claim.Committed);
        write.OnCommitted(() => metrics.Taken(claim.Active, isTakeover));
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
}
