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

/// <summary>A message cites a file, or links one that its code made.</summary>
/// <param name="ItemId">Names the item within this turn.</param>
/// <param name="Part">The part of the message.</param>
/// <param name="Citation">What is cited.</param>
/// <param name="Start">Where in the part's text (UTF-16) the link begins, or the place that is cited.</param>
/// <param name="End">Where the link ends; the same as the start where nothing in the text stands for the file.</param>
internal sealed record Cited(string ItemId, int Part, Citation Citation, int Start, int End) : ModelEvent;

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

/// <summary>The model begins to write code for its provider's code interpreter.</summary>
internal sealed record CodeCallStarted(string ItemId) : ModelEvent;

/// <summary>More of the code.</summary>
internal sealed record CodeDelta(string ItemId, string Fragment) : ModelEvent;

/// <summary>The code has run.</summary>
/// <param name="ItemId">Names the item within this turn.</param>
/// <param name="Code">All of the code.</param>
/// <param name="ContainerId">Where it ran; null where the server does not say.</param>
/// <param name="Outputs">What came of it.</param>
/// <param name="Item">The item as the model server sent it, for replay within the run; null where it never did.</param>
internal sealed record CodeCallDone(string ItemId, string Code, string? ContainerId, IReadOnlyList<CodeOutput> Outputs, JsonElement? Item) : ModelEvent;

/// <summary>The model begins to search its provider's vector stores.</summary>
internal sealed record SearchCallStarted(string ItemId) : ModelEvent;

/// <summary>The search is over.</summary>
/// <param name="ItemId">Names the item within this turn.</param>
/// <param name="Results">What was found, the best first.</param>
/// <param name="Item">The item as the model server sent it, for replay within the run.</param>
internal sealed record SearchCallDone(string ItemId, IReadOnlyList<SearchResult> Results, JsonElement Item) : ModelEvent;

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
internal sealed record TurnFailed(string Code, string Message, ModelUsage Usage) : ModelEvent
{
    /// <summary>What went wrong, as <c>error.type</c> of spans and metrics: the HTTP status where there is one.</summary>
    public string ErrorType { get; init; } = Code;

    /// <summary>Whether the prompt was more than the model can read, so that a shorter one may do.</summary>
    public bool IsTooLong { get; init; }
}

/// <summary>Why a model stopped early.</summary>
internal enum IncompleteReason
{
    MaxOutputTokens,

    /// <summary>The run's prompt budget; it ends between two turns.</summary>
    MaxPromptTokens,
    ContentFilter,
}

/// <summary>One part of a model's message.</summary>
/// <param name="IsRefusal">Whether the text is a refusal.</param>
/// <param name="Text">The whole text.</param>
internal sealed record ModelPart(bool IsRefusal, string Text);

/// <summary>What stands behind a place in a text.</summary>
internal abstract record Citation(string FileId, string FileName);

/// <summary>A file in which the statement was found.</summary>
internal sealed record FoundFile(string FileId, string FileName) : Citation(FileId, FileName);

/// <summary>A file that the model's code made, in the container where it ran.</summary>
/// <param name="ContainerId">The container, which the provider keeps for minutes only.</param>
/// <param name="FileId">The file's id in the container.</param>
/// <param name="FileName">Its name, without a path.</param>
internal sealed record ContainerFile(string ContainerId, string FileId, string FileName) : Citation(FileId, FileName);

/// <summary>A file that the model's code made, kept by this server.</summary>
internal sealed record MadeFile(string FileId, string FileName) : Citation(FileId, FileName);

/// <summary>What came of running code.</summary>
internal abstract record CodeOutput;

/// <summary>What the code printed.</summary>
internal sealed record CodeLogs(string Text) : CodeOutput;

/// <summary>A picture that the code drew.</summary>
/// <param name="Url">Where it is: a data URL, or a place at the model server.</param>
internal sealed record CodeImage(string Url) : CodeOutput;

/// <summary>A picture that the code drew, kept by this server.</summary>
internal sealed record CodeImageFile(string FileId) : CodeOutput;

/// <summary>A passage that a search found.</summary>
/// <param name="FileId">The file in which it stands.</param>
/// <param name="FileName">That file's name.</param>
/// <param name="Score">0 to 1, as the model server wrote it.</param>
/// <param name="Attributes">The file's attributes in its vector store: an object.</param>
/// <param name="Text">The passage.</param>
internal sealed record SearchResult(string FileId, string FileName, JsonElement Score, JsonElement Attributes, string Text);

/// <summary>Tokens used by one model turn.</summary>
internal readonly record struct ModelUsage(long Prompt, long Completion, long CachedPrompt = 0, long Reasoning = 0)
{
    public static ModelUsage operator +(ModelUsage left, ModelUsage right) => new(
        left.Prompt + right.Prompt,
        left.Completion + right.Completion,
        left.CachedPrompt + right.CachedPrompt,
        left.Reasoning + right.Reasoning);
}
