using System.Text.Json;
using System.Text.Json.Serialization;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.Runs;

/// <summary>
/// A run step on the wire; the fields stand in the order in which the service sent them, with <c>expired_at</c> and
/// <c>metadata</c> added because the published schema requires them.
/// </summary>
internal sealed record RunStepObject
{
    public required string Id { get; init; }

    public string Object { get; } = "thread.run.step";

    /// <summary>Unix seconds, like every moment here.</summary>
    public required long CreatedAt { get; init; }

    public required string RunId { get; init; }

    public required string AssistantId { get; init; }

    public required string ThreadId { get; init; }

    /// <summary><c>message_creation</c> or <c>tool_calls</c>.</summary>
    public string Type => StepDetails.Type;

    /// <summary><c>in_progress</c>, <c>completed</c>, <c>cancelled</c>, <c>failed</c> or <c>expired</c>.</summary>
    public required string Status { get; init; }

    public long? CancelledAt { get; init; }

    public long? CompletedAt { get; init; }

    /// <summary>The run's, while the step is not over.</summary>
    public long? ExpiresAt { get; init; }

    public long? ExpiredAt { get; init; }

    public long? FailedAt { get; init; }

    public RunError? LastError { get; init; }

    public required StepDetails StepDetails { get; init; }

    public JsonElement Metadata { get; init; } = EngineJson.EmptyObject;

    /// <summary>Null until the step is over.</summary>
    public Usage? Usage { get; init; }

    public static RunStepObject Begin(RunObject run, StepDetails details, DateTimeOffset now) => new()
    {
        Id = ObjectId.NewStep(),
        CreatedAt = now.ToUnixTimeSeconds(),
        RunId = run.Id,
        AssistantId = run.AssistantId,
        ThreadId = run.ThreadId,
        Status = "in_progress",
        ExpiresAt = run.ExpiresAt,
        StepDetails = details,
    };

    public RunStepObject Complete(Usage usage, DateTimeOffset now) =>
        this with { Status = "completed", CompletedAt = now.ToUnixTimeSeconds(), ExpiresAt = null, Usage = usage };

    public RunStepObject Cancel(Usage usage, DateTimeOffset now) =>
        this with { Status = "cancelled", CancelledAt = now.ToUnixTimeSeconds(), ExpiresAt = null, Usage = usage };

    public RunStepObject Expire(Usage usage, DateTimeOffset now) =>
        this with { Status = "expired", ExpiredAt = now.ToUnixTimeSeconds(), ExpiresAt = null, Usage = usage };

    /// <summary>Steps know only two of a run's error codes.</summary>
    public RunStepObject Fail(RunError error, Usage usage, DateTimeOffset now) => this with
    {
        Status = "failed",
        FailedAt = now.ToUnixTimeSeconds(),
        ExpiresAt = null,
        LastError = error.Code == "rate_limit_exceeded" ? error : error with { Code = "server_error" },
        Usage = usage,
    };

    public NewObject ToNewObject() => new(Kind.RunStep, Id, EngineJson.Write(this), RunId);
}

/// <summary>What a step did: write one message, or call tools.</summary>
internal sealed record StepDetails
{
    public required string Type { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MessageCreation? MessageCreation { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StepToolCall>? ToolCalls { get; init; }

    public static StepDetails Message(string messageId) =>
        new() { Type = "message_creation", MessageCreation = new MessageCreation(messageId) };

    public static StepDetails Calls(IReadOnlyList<StepToolCall> calls) => new() { Type = "tool_calls", ToolCalls = calls };
}

internal sealed record MessageCreation(string MessageId);

internal sealed record StepToolCall(string Id, [property: JsonPropertyOrder(2)] StepFunction Function)
{
    [JsonPropertyOrder(1)]
    public string Type { get; } = "function";
}

/// <param name="Name">The function.</param>
/// <param name="Arguments">As the model wrote them.</param>
/// <param name="Output">Null until it is submitted.</param>
internal sealed record StepFunction(string Name, string Arguments, string? Output);
