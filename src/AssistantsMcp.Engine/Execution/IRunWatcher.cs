namespace AssistantsMcp.Engine.Execution;

/// <summary>Somebody who is told what happens to a run, event by event.</summary>
internal interface IRunWatcher
{
    void Add(RunEvent happened);

    /// <summary>The run has ended, or waits for its client: nothing more will come.</summary>
    void End();
}
