using AssistantsMcp.Engine.Models;

namespace AssistantsMcp.Engine.Runs;

/// <summary>Tokens of a run or a step. The two spellings of "details" are the service's own.</summary>
internal sealed record Usage(
    long PromptTokens,
    long CompletionTokens,
    long TotalTokens,
    PromptTokenDetails PromptTokenDetails,
    CompletionTokensDetails CompletionTokensDetails)
{
    public static Usage From(ModelUsage usage) => new(
        usage.Prompt,
        usage.Completion,
        usage.Prompt + usage.Completion,
        new PromptTokenDetails(usage.CachedPrompt),
        new CompletionTokensDetails(usage.Reasoning));
}

internal sealed record PromptTokenDetails(long CachedTokens);

internal sealed record CompletionTokensDetails(long ReasoningTokens);
