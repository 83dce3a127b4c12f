using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.Execution;

/// <summary>A run that a worker of this process holds, as it was when it was claimed.</summary>
internal sealed class ClaimedRun(ActiveRun active, RunObject run, RunState state) : IDisposable
{
    private readonly CancellationTokenSource _abort = new();
    private long _heldUntil = active.LeaseUntil;
    private int _reason;
    private volatile bool _isCommitted;

    public ActiveRun Active => active;

    public RunObject Run => run;

    public RunState State => state;

    /// <summary>Who tells another process of this work; null where nobody watches there.</summary>
    public RemoteWatcher? Remote { get; init; }

    /// <summary>Whether the claim is stored. Until then the database does not know of it, which does not mean that it is lost.</summary>
    public bool IsCommitted => _isCommitted;

    /// <summary>When the lease ends, by the queue's clock: then another worker may have the run.</summary>
    public DateTimeOffset HeldUntil => DateTimeOffset.FromUnixTimeMilliseconds(Volatile.Read(ref _heldUntil));

    /// <summary>Fires when the work is to stop; <see cref="Reason"/> says why.</summary>
    public CancellationToken Aborted => _abort.Token;

    /// <summary>Why the work is to stop: the first reason that was given.</summary>
    public AbortReason Reason => (AbortReason)Volatile.Read(ref _reason);

    /// <summary>The claim is stored.</summary>
    public void Committed() => _isCommitted = true;

    /// <summary>The lease was renewed.</summary>
    public void Renew(DateTimeOffset until) => Volatile.Write(ref _heldUntil, until.ToUnixTimeMilliseconds());

    /// <summary>The run as it is stored now; null when it is no longer this worker's.</summary>
    public async ValueTask<ActiveRun?> FindAsync(StoreTransaction write) =>
        await write.FindActiveRunAsync(active.Tenant, active.ThreadId) is { } stored && stored.RunId == active.RunId && stored.Fence == active.Fence
            ? stored
            : null;

    /// <summary>Stops the work. Whoever hears of a run may hear of it a moment too late: then nothing is left to stop.</summary>
    public void Abort(AbortReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, 0) == 0)
        {
            _abort.Cancel();
        }
    }

    public void Dispose()
    {
        // A source that somebody has begun to cancel stays theirs: it holds nothing that needs to be freed.
        if (Interlocked.CompareExchange(ref _reason, (int)AbortReason.Over, 0) == 0)
        {
            _abort.Dispose();
        }
    }
}

/// <summary>Why a worker stops working on a run.</summary>
internal enum AbortReason
{
    None,

    /// <summary>The client cancelled it.</summary>
    Cancelled,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>Another worker holds it now, or its thread is gone.</summary>
    Lost,

    /// <summary>The process stops; another one will do it.</summary>
    Stopping,

    /// <summary>The work is done.</summary>
    Over,
}
