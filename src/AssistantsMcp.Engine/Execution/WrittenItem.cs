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

    /// <summary>The model's name for what must end before anything else can begin; null where nothing must.</summary>
    public abstract string? OpenItemId { get; }

    /// <summary>It ends with the turn, whole or not.</summary>
    /// <param name="isCut">Whether the turn was cut off.</param>
    public abstract void Close(bool isCut);
}
