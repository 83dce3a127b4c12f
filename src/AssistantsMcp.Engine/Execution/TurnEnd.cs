using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Runs;

namespace AssistantsMcp.Engine.Execution;

/// <summary>How a model turn ended, and what it used.</summary>
/// <param name="Usage">Zero where nobody knows.</param>
internal abstract record TurnEnd(ModelUsage Usage)
{
    /// <summary>The model said all it wanted to.</summary>
    public sealed record Whole(ModelUsage Usage) : TurnEnd(Usage);

    /// <summary>The model was cut off, or not asked any more.</summary>
    public sealed record Short(IncompleteReason Reason, ModelUsage Usage) : TurnEnd(Usage)
    {
        /// <summary>Why the run is incomplete; null where the API has no word for it.</summary>
        public string? RunReason => Reason switch
        {
            IncompleteReason.MaxOutputTokens => "max_completion_tokens",
            IncompleteReason.MaxPromptTokens => "max_prompt_tokens",
            _ => null,
        };
    }

    public sealed record Failed(RunError Error, ModelUsage Usage) : TurnEnd(Usage);

    /// <summary>The client wanted it to end; the model may have been done by then.</summary>
    public sealed record Cancelled(ModelUsage Usage) : TurnEnd(Usage);

    public sealed record Expired() : TurnEnd(default(ModelUsage));

    /// <summary>Why a message that was being written is incomplete; null where it is not.</summary>
    public string? MessageReason => this switch
    {
        Short { Reason: IncompleteReason.MaxOutputTokens } => "max_tokens",
        Short => "content_filter",
        Failed => "run_failed",
        Cancelled => "run_cancelled",
        Expired => "run_expired",
        _ => null,
    };
}
