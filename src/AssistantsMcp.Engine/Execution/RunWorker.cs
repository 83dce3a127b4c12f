using System.Collections.Concurrent;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// Works on runs, on so many at once as may be in work in one process, and takes the next from the queue when one is
/// over. What a crashed process held is taken over when its leases lapse; what is left unfinished when this process
/// stops is handed back.
/// </summary>
internal sealed partial class RunWorker(
    RunClaims claims,
    RunExecutor executor,
    RunEvents events,
    HeldRuns held,
    RunNotices notices,
    QueueBell bell,
    IHostApplicationLifetime lifetime,
    IOptions<EngineOptions> options,
    TimeProvider time,
    ILogger<RunWorker> logger) : BackgroundService
{
    private readonly ConcurrentDictionary<Task, byte> _work = [];
    private readonly SemaphoreSlim _free = new(options.Value.Limits.ConcurrentRuns);

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
    /// <exception cref="ApiException">The run is new, and as many of its tenant's runs wait as may.</exception>
    public async ValueTask<ClaimedRun?> TakeOrQueueAsync(StoreTransaction write, RunJournal journal, bool isWatched)
    {
        var hasWorker = !lifetime.ApplicationStopping.IsCancellationRequested && _free.Wait(0);
        ClaimedRun? claim = null;
        try
        {
            claim = await claims.TakeOrQueueAsync(write, journal, hasWorker, isWatched);
            return claim;
        }
        finally
        {
            if (hasWorker && claim is null)
            {
                _free.Release();
            }
        }
    }

    /// <summary>Begins to work on a run that was taken; one that was not waits for the next free worker.</summary>
    public void Start(ClaimedRun? claim)
    {
        if (claim is null)
        {
            notices.TellWaiting();
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
            claims.LetGo(claim);
            _free.Release();
        }
    }

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
        await Task.Delay(options.Value.Limits.ShutdownGrace / 2, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        held.AbortAll(AbortReason.Stopping);
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await TakeWaitingAsync(stoppingToken);
                await bell.WaitAsync(stoppingToken);
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
                (goesOn, claim) = await claims.TakeNextAsync(stoppingToken);
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
            TellFree();
        }
    }

    /// <summary>
    /// The run that was in work made room for another one of its tenant, or waits again itself. This process takes it,
    /// unless it stops: then others are to know.
    /// </summary>
    private void TellFree()
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            notices.TellWaiting();
        }
        else
        {
            bell.Ring();
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
