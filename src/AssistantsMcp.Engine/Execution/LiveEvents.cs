using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Messages;
using AssistantsMcp.Engine.Runs;

namespace AssistantsMcp.Engine.Execution;

/// <summary>What those who watch a run are told while its turn goes on. Nothing is written for a run that nobody watches.</summary>
/// <param name="run">The run.</param>
/// <param name="state">Whether its steps show what a search found.</param>
/// <param name="events">Where the watchers are.</param>
internal sealed class LiveEvents(RunObject run, RunState state, RunEvents events)
{
    public void Tell(string name, RunStepObject step) =>
        Tell(() => new RunEvent(name, EngineJson.Write(state.ShowsSearchContent ? step : step.WithoutSearchContent())));

    public void Tell(string name, MessageObject message) => Tell(() => new RunEvent(name, EngineJson.Write(message)));

    /// <summary>Tells of a step that begins.</summary>
    public void TellBegun(RunStepObject step)
    {
        Tell("thread.run.step.created", step);
        Tell("thread.run.step.in_progress", step);
    }

    /// <summary>Tells of a message that begins.</summary>
    public void TellBegun(MessageObject message)
    {
        Tell("thread.message.created", message);
        Tell("thread.message.in_progress", message);
    }

    /// <param name="happened">Writes what is told.</param>
    public void Tell(Func<RunEvent> happened)
    {
        if (events.IsWatched(run.Id))
        {
            events.Publish(run.Id, happened());
        }
    }
}
