using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// Says that a run waits, is to be cancelled or is gone: to the worker of this process, and to the other processes on
/// the same database.
/// </summary>
internal sealed class RunNotices(INotices notices, HeldRuns held, RunEvents events, QueueBell bell)
{
    private const string Waiting = "waiting";
    private const string Cancelled = "cancelled ";
    private const string Gone = "gone ";

    /// <summary>A run waits for a worker, wherever one is free.</summary>
    public void TellWaiting()
    {
        bell.Ring();
        notices.Tell(process: null, Waiting);
    }

    /// <summary>A run is to be cancelled: its worker stops, or the queue ends it.</summary>
    public void TellCancelled(string runId)
    {
        if (!held.Abort(runId, AbortReason.Cancelled))
        {
            bell.Ring();
            notices.Tell(process: null, Cancelled + runId);
        }
    }

    /// <summary>A run is gone, and its thread with it.</summary>
    public void TellGone(string runId)
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
            bell.Ring();
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
}
