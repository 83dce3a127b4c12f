using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Runs;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// What a run may still use. Both budgets are those of the whole run, all its model turns together, and count what the
/// turns really used. The first turn is always taken, a later one only where something is left for it.
/// </summary>
internal readonly struct RunBudget(RunObject run, RunState state)
{
    /// <summary>A model server takes no smaller budget for an answer.</summary>
    private const int SmallestAnswer = 16;

    /// <summary>Completion tokens for the next turn; null without a limit.</summary>
    public int? Completion =>
        run.MaxCompletionTokens is { } most ? (int)Math.Max(most - state.Usage.Completion, SmallestAnswer) : null;

    /// <summary>Prompt tokens for the next turn; null without a limit.</summary>
    public long? Prompt => run.MaxPromptTokens - UsedPrompt;

    /// <summary>Which budget leaves nothing for another turn; null when the turn can be taken.</summary>
    public IncompleteReason? UsedUp =>
        state.Turns == 0 ? null
        : run.MaxCompletionTokens - state.Usage.Completion < SmallestAnswer ? IncompleteReason.MaxOutputTokens
        : Prompt <= 0 ? IncompleteReason.MaxPromptTokens
        : null;

    /// <summary>Some model servers report no usage; then the size of the prompts must do.</summary>
    private long UsedPrompt =>
        state.Usage.Prompt > 0 ? state.Usage.Prompt : (long)(state.PromptBytes / PromptSize.BytesPerToken);
}
