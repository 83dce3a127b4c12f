using System.Text.Json;
using System.Text.Json.Serialization;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Assistants;
using AssistantsMcp.Engine.Messages;

namespace AssistantsMcp.Engine.Runs;

/// <summary>
/// A run on the wire; the fields stand in the order in which the service sent them. Its methods are the state
/// machine: each is one legal transition and returns the run after it.
/// </summary>
/// <remarks>
/// <code>
/// queued → in_progress → completed | failed | incomplete | requires_action → queued → …
/// any active state → expired;   any but cancelling → cancelling → cancelled
/// </code>
/// </remarks>
internal sealed record RunObject
{
    private static readonly JsonElement _noFiles = JsonElement.Parse("""{"code_interpreter":{"file_ids":[]}}"""u8);

    public required string Id { get; init; }

    public string Object { get; } = "thread.run";

    /// <summary>Unix seconds, like every moment here.</summary>
    public required long CreatedAt { get; init; }

    public required string AssistantId { get; init; }

    public required string ThreadId { get; init; }

    /// <summary>One of <see cref="RunStatuses"/>.</summary>
    public string Status { get; init; } = RunStatuses.Queued;

    /// <summary>Set anew when the run goes on after tool outputs.</summary>
    public long? StartedAt { get; init; }

    /// <summary>Counts from creation and is not renewed; null once the run has ended, except where it expired.</summary>
    public long? ExpiresAt { get; init; }

    public long? CancelledAt { get; init; }

    public long? FailedAt { get; init; }

    /// <summary>Also set for <c>incomplete</c>.</summary>
    public long? CompletedAt { get; init; }

    /// <summary>Only in <c>requires_action</c>.</summary>
    public RequiredAction? RequiredAction { get; init; }

    /// <summary>Only in <c>failed</c>.</summary>
    public RunError? LastError { get; init; }

    public required string Model { get; init; }

    public string? Instructions { get; init; }

    public required JsonElement Tools { get; init; }

    public JsonElement ToolResources { get; init; } = EngineJson.EmptyObject;

    public JsonElement Metadata { get; init; } = EngineJson.EmptyObject;

    public JsonElement Temperature { get; init; } = EngineJson.One;

    public JsonElement TopP { get; init; } = EngineJson.One;

    public string? ReasoningEffort { get; init; }

    public int? MaxCompletionTokens { get; init; }

    public int? MaxPromptTokens { get; init; }

    public TruncationStrategy TruncationStrategy { get; init; } = TruncationStrategy.Auto;

    /// <summary>Only in <c>incomplete</c>.</summary>
    public IncompleteDetails? IncompleteDetails { get; init; }

    /// <summary>Null until the run has ended.</summary>
    public Usage? Usage { get; init; }

    public JsonElement ResponseFormat { get; init; } = EngineJson.Auto;

    public JsonElement ToolChoice { get; init; } = EngineJson.Auto;

    public bool ParallelToolCalls { get; init; } = true;

    /// <summary>A run of an assistant as it is now; what the request names replaces the assistant's value.</summary>
    public static RunObject Create(
        string id, RequestBody request, AssistantObject assistant, string threadId, DateTimeOffset now, TimeSpan lifetime) => new()
    {
        Id = id,
        CreatedAt = now.ToUnixTimeSeconds(),
        AssistantId = assistant.Id,
        ThreadId = threadId,
        ExpiresAt = now.ToUnixTimeSeconds() + (long)lifetime.TotalSeconds,
        Model = request.Text("model") ?? assistant.Model,
        Instructions = request.Text("instructions") ?? assistant.Instructions,
        Tools = request.Value("tools") is { } tools ? ToolDefinitions.Normalize(tools) : assistant.Tools,
        Metadata = request.Metadata(EngineJson.EmptyObject),
        Temperature = request.Value("temperature") ?? assistant.Temperature,
        TopP = request.Value("top_p") ?? assistant.TopP,
        ReasoningEffort = request.Text("reasoning_effort") ?? assistant.ReasoningEffort,
        MaxCompletionTokens = request.Number("max_completion_tokens"),
        MaxPromptTokens = request.Number("max_prompt_tokens"),
        TruncationStrategy = request.Value("truncation_strategy") is { } strategy ? TruncationStrategy.Read(strategy) : TruncationStrategy.Auto,
        ResponseFormat = request.Value("response_format") ?? assistant.ResponseFormat,
        ToolChoice = request.Value("tool_choice") ?? EngineJson.Auto,
        ParallelToolCalls = request.Value("parallel_tool_calls") is not { ValueKind: JsonValueKind.False },
    };

    /// <summary>A worker begins, or begins again after another one was lost.</summary>
    public RunObject Start(DateTimeOffset now)
    {
        Expect(RunStatuses.Queued, RunStatuses.InProgress);
        return this with { Status = RunStatuses.InProgress, StartedAt = now.ToUnixTimeSeconds() };
    }

    /// <summary>The model called functions, which the client must run.</summary>
    public RunObject RequireAction(IReadOnlyList<RequiredToolCall> calls)
    {
        Expect(RunStatuses.InProgress);
        return this with { Status = RunStatuses.RequiresAction, RequiredAction = new RequiredAction(new SubmitToolOutputs(calls)) };
    }

    /// <summary>The outputs are there; the run waits for a worker again.</summary>
    public RunObject Resume()
    {
        Expect(RunStatuses.RequiresAction);
        return this with { Status = RunStatuses.Queued, RequiredAction = null };
    }

    public RunObject Complete(Usage usage, DateTimeOffset now)
    {
        Expect(RunStatuses.InProgress);
        return this with { Status = RunStatuses.Completed, Usage = usage, CompletedAt = now.ToUnixTimeSeconds(), ExpiresAt = null };
    }

    /// <param name="reason"><c>max_completion_tokens</c>, <c>max_prompt_tokens</c>, or null where the API has no word for it.</param>
    /// <param name="usage">What all its turns used.</param>
    /// <param name="now">When it ended.</param>
    public RunObject EndIncomplete(string? reason, Usage usage, DateTimeOffset now)
    {
        Expect(RunStatuses.InProgress);
        return this with
        {
            Status = RunStatuses.Incomplete,
            IncompleteDetails = new IncompleteDetails(reason),
            Usage = usage,
            CompletedAt = now.ToUnixTimeSeconds(),
            ExpiresAt = null,
        };
    }

    public RunObject Fail(RunError error, Usage usage, DateTimeOffset now)
    {
        Expect(RunStatuses.Queued, RunStatuses.InProgress);
        return this with { Status = RunStatuses.Failed, LastError = error, Usage = usage, FailedAt = now.ToUnixTimeSeconds(), ExpiresAt = null };
    }

    /// <summary>The client wants it to end.</summary>
    public RunObject RequestCancel()
    {
        Expect(RunStatuses.Queued, RunStatuses.InProgress, RunStatuses.RequiresAction);
        return this with { Status = RunStatuses.Cancelling, RequiredAction = null };
    }

    public RunObject Cancel(Usage usage, DateTimeOffset now)
    {
        Expect(RunStatuses.Cancelling);
        return this with { Status = RunStatuses.Cancelled, Usage = usage, CancelledAt = now.ToUnixTimeSeconds(), ExpiresAt = null };
    }

    public RunObject Expire(Usage usage)
    {
        Expect(RunStatuses.Queued, RunStatuses.InProgress, RunStatuses.RequiresAction, RunStatuses.Cancelling);
        return this with { Status = RunStatuses.Expired, Usage = usage, RequiredAction = null };
    }

    /// <summary>The run as events show it: the service put the code interpreter's empty list there, and <c>{}</c> in answers.</summary>
    public RunObject AsStreamed() => this with { ToolResources = _noFiles };

    private void Expect(params ReadOnlySpan<string> statuses)
    {
        if (!statuses.Contains(Status))
        {
            throw new InvalidOperationException($"Run {Id} is {Status}, expected {string.Join(" or ", statuses!)}.");
        }
    }
}

/// <summary>What a run that is <c>requires_action</c> waits for.</summary>
internal sealed record RequiredAction(SubmitToolOutputs SubmitToolOutputs)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "submit_tool_outputs";
}

internal sealed record SubmitToolOutputs(IReadOnlyList<RequiredToolCall> ToolCalls);

internal sealed record RequiredToolCall(string Id, [property: JsonPropertyOrder(2)] CalledFunction Function)
{
    [JsonPropertyOrder(1)]
    public string Type { get; } = "function";
}

internal sealed record CalledFunction(string Name, string Arguments);

/// <summary>Why a run or a step failed.</summary>
/// <param name="Code"><c>server_error</c>, <c>rate_limit_exceeded</c> or, on runs only, <c>invalid_prompt</c>.</param>
/// <param name="Message">Cause, then remedy.</param>
internal sealed record RunError(string Code, string Message);

/// <summary>How much of the thread the model sees.</summary>
internal sealed record TruncationStrategy(string Type, int? LastMessages)
{
    public static readonly TruncationStrategy Auto = new("auto", null);

    public static TruncationStrategy Read(JsonElement value)
    {
        var request = RequestBody.Part(value);
        return new TruncationStrategy(request.Text("type")!, request.Number("last_messages"));
    }
}
