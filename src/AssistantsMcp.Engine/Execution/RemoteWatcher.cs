using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.Execution;

/// <summary>Tells another process, which streams a run to a client, what happens to the run here.</summary>
internal sealed class RemoteWatcher(INotices notices, string process, string runId) : IRunWatcher
{
    private readonly Lock _order = new();
    private int _number;

    public void Add(RunEvent happened)
    {
        lock (_order)
        {
            foreach (var notice in RelayedEvent.Of(runId, happened))
            {
                Tell(notice);
            }
        }
    }

    public void End()
    {
        lock (_order)
        {
            Tell(RelayedEvent.End(runId));
        }
    }

    /// <summary>Numbered, so that the other side notices when one is missing.</summary>
    private void Tell(RelayedEvent notice) => notices.Tell(process, (notice with { Number = _number++ }).ToString());
}
