using AssistantsMcp.Engine.Runs;

namespace AssistantsMcp.Engine.Execution;

/// <summary>What a turn has produced and a step tells of: a message, or calls of tools.</summary>
internal abstract class WrittenItem
{
    /// <summary>The step; null for a message whose step must wait for its client's function calls.</summary>
    public RunStepObject? Step { get; set; }

    /// <summary>Whether its end has been told.</summary>
    public bool IsTold { get; set; }

    /// <summary>Whether the model was through with it.</summary>
    public abstract bool IsWhole { get; }
}
