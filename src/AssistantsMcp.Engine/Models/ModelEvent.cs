using System.Text.Json;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// What a model turn consists of, in arrival order. Every item is started before its deltas and done after them;
/// the last event is one of <see cref="TurnCompleted"/>, <see cref="TurnIncomplete"/> and <see cref="TurnFailed"/>,
/// and there is exactly one of these.
/// </summary>
internal abstract record ModelEvent;

/// <summary>The model begins a message.</summary>
/// <param name="ItemId">Names the item within this turn.</param>
internal sealed record MessageStarted(string ItemId) : ModelEvent;

/// <summary>More text of a message's part.</summary>
internal sealed record TextDelta(string ItemId, int Part, string Text) : ModelEvent;

/// <summary>More text of a refusal.</summary>
internal sealed record RefusalDelta(string ItemId, int Part, string Text) : ModelEvent;

/// <summary>A message is whole. Its parts are the truth where they differ from the deltas.</summary>
/// <param name="ItemId">Names the item within this turn.</param>
/// <param name="Parts">The parts in order.</param>
/// <param name="Item">The item as the model server sent it, for replay within the run.</param>
internal sealed record MessageDone(string ItemId, IReadOnlyList<ModelPart> Parts, JsonElement Item) : ModelEvent;

/// <summary>The model begins to call a function.</summary>
/// <param name="ItemId">Names the item within this turn.</param>
/// <param name="CallId">The call's id, at most 64 characters, as tool outputs will name it.</param>
/// <param name="Name">The function.</param>
internal sealed record FunctionCallStarted(string ItemId, string CallId, string Name) : ModelEvent;

/// <summary>More of a call's arguments.</summary>
internal sealed record ArgumentsDelta(string ItemId, string Fragment) : ModelEvent;

/// <summary>A function call is whole.</summary>
/// <param name="ItemId">Names the item within this turn.</param>
/// <param name="CallId">The call's id.</param>
/// <param name="Name">The function.</param>
/// <param name="Arguments">All of its arguments, as the model wrote them.</param>
/// <param name="Item">The item as the model server sent it, for replay within the run.</param>
internal sealed record FunctionCallDone(string ItemId, string CallId, string Name, string Arguments, JsonElement Item) : ModelEvent;

/// <summary>An item without a twin in the Assistants API, such as reasoning; replayed within the run.</summary>
internal sealed record HiddenItemDone(JsonElement Item) : ModelEvent;

/// <summary>The turn ended as it should.</summary>
internal sealed record TurnCompleted(ModelUsage Usage) : ModelEvent;

/// <summary>The model stopped early.</summary>
internal sealed record TurnIncomplete(IncompleteReason Reason, ModelUsage Usage) : ModelEvent;

/// <summary>The turn failed: a refusal, an outage, a stream that ended without a terminal event.</summary>
/// <param name="Code"><c>server_error</c>, <c>rate_limit_exceeded</c> or <c>invalid_prompt</c>.</param>
/// <param name="Message">For the caller: cause, then remedy; without secrets.</param>
/// <param name="Usage">What was used all the same; zero where the model server did not say.</param>
internal sealed record TurnFailed(string Code, string Message, ModelUsage Usage) : ModelEvent;

/// <summary>Why a model stopped early.</summary>
internal enum IncompleteReason
{
    MaxOutputTokens,
    ContentFilter,
}

/// <summary>One part of a model's message.</summary>
/// <param name="IsRefusal">Whether the text is a refusal.</param>
/// <param name="Text">The whole text.</param>
internal sealed record ModelPart(bool IsRefusal, string Text);

/// <summary>Tokens used by one model turn.</summary>
internal readonly record struct ModelUsage(long Prompt, long Completion, long CachedPrompt = 0, long Reasoning = 0)
{
    public static ModelUsage operator +(ModelUsage left, ModelUsage right) => new(
        left.Prompt + right.Prompt,
        left.Completion + right.Completion,
        left.CachedPrompt + right.CachedPrompt,
        left.Reasoning + right.Reasoning);
}
