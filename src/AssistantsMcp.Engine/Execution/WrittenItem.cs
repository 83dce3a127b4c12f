using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Runs;

namespace AssistantsMcp.Engine.Execution;

/// <summary>What a turn has produced and a step tells of: a message, or calls of tools.</summary>
internal abstract class WrittenItem
{
    /// <summary>The step; null for a message whose step must wait for its client's function calls.</summary>
    public RunStepObject? Step { get; protected set; }

    /// <summary>Whether its end has been told.</summary>
    public bool IsTold { get; private set; }

    /// <summary>Whether the model was through with it.</summary>
    public abstract bool IsWhole { get; }

    /// <summary>The model's name for what must end before anything else can begin; null where nothing must.</summary>
    public abstract string? OpenItemId { get; }

    /// <summary>Whether it counts as it is when the turn was cut short.</summary>
    protected abstract bool MayBeShort { get; }

    /// <summary>It ends with the turn, whole or not.</summary>
    /// <param name="isCut">Whether the turn was cut off.</param>
    public abstract void Close(bool isCut);

    /// <summary>Tells of its end, because another item begins.</summary>
    /// <param name="live">Who is told.</param>
    /// <param name="end">How the turn ended; null while it goes on.</param>
    /// <param name="now">When.</param>
    public virtual void TellEnd(LiveEvents live, TurnEnd? end, DateTimeOffset now)
    {
        if (Step is not null)
        {
            Step = ClosedStep(default, end, now);
            live.Tell($"thread.run.step.{Step.Status}", Step);
        }

        IsTold = true;
    }

    /// <summary>
    /// Has it stored, and its end told if that was not told before. Nothing changes here: a turn that could not be saved
    /// is recorded once more, and its end may be another one by then.
    /// </summary>
    public abstract void Record(RunJournal journal, ModelUsage usage, TurnEnd end, DateTimeOffset now);

    /// <summary>A step ends as its run does, unless it was whole, or merely as long as it was allowed to be.</summary>
    protected RunStepObject ClosedStep(ModelUsage used, TurnEnd? end, DateTimeOffset now)
    {
        var (step, usage) = (FilledStep(), Usage.From(used));
        return end switch
        {
            TurnEnd.Failed failed when !IsWhole => step.Fail(failed.Error, usage, now),
            TurnEnd.Cancelled when !IsWhole => step.Cancel(usage, now),
            TurnEnd.Expired when !IsWhole => step.Expire(usage, now),
            TurnEnd.Short when !MayBeShort && !IsWhole => step.Cancel(usage, now),
            _ => step.Complete(usage, now),
        };
    }

    /// <summary>The step with what it tells of.</summary>
    public abstract RunStepObject FilledStep();
}
