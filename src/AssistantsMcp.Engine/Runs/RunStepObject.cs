using System.Text.Json;
using System.Text.Json.Serialization;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Schemas;
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

    /// <summary>The run's, until the run is over.</summary>
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
        this with { Status = "completed", CompletedAt = now.ToUnixTimeSeconds(), Usage = usage };

    public RunStepObject Cancel(Usage usage, DateTimeOffset now) =>
        this with { Status = "cancelled", CancelledAt = now.ToUnixTimeSeconds(), Usage = usage };

    public RunStepObject Expire(Usage usage, DateTimeOffset now) =>
        this with { Status = "expired", ExpiredAt = now.ToUnixTimeSeconds(), Usage = usage };

    /// <summary>Steps know only two of a run's error codes.</summary>
    public RunStepObject Fail(RunError error, Usage usage, DateTimeOffset now) => this with
    {
        Status = "failed",
        FailedAt = now.ToUnixTimeSeconds(),
        LastError = error.Code == "rate_limit_exceeded" ? error : error with { Code = "server_error" },
        Usage = usage,
    };

    /// <summary>The step without the passages that a search found: only who asks for them gets them.</summary>
    public RunStepObject WithoutSearchContent() => StepDetails.ToolCalls is { } calls && calls.Any(call => call.FileSearch is not null)
        ? this with { StepDetails = StepDetails.Calls([.. calls.Select(WithoutContent)]) }
        : this;

    private static StepToolCall WithoutContent(StepToolCall call) => call.FileSearch is { } search
        ? call with { FileSearch = search with { Results = [.. search.Results.Select(result => result with { Content = null })] } }
        : call;

    /// <summary>The step as it is read once its run is over.</summary>
    public RunStepObject AfterRun() => this with { ExpiresAt = null };

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

/// <summary>One call of a tool; of the three last fields, the one that its type names is there.</summary>
internal sealed record StepToolCall
{
    public required string Id { get; init; }

    /// <summary><c>function</c>, <c>code_interpreter</c> or <c>file_search</c>.</summary>
    public required string Type { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StepFunction? Function { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StepCode? CodeInterpreter { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StepSearch? FileSearch { get; init; }

    public static StepToolCall Of(string id, StepFunction function) => new() { Id = id, Type = "function", Function = function };

    public static StepToolCall Of(string id, StepCode code) => new() { Id = id, Type = "code_interpreter", CodeInterpreter = code };

    public static StepToolCall Of(string id, StepSearch search) => new() { Id = id, Type = "file_search", FileSearch = search };
}

/// <param name="Name">The function.</param>
/// <param name="Arguments">As the model wrote them.</param>
/// <param name="Output">Null until it is submitted.</param>
internal sealed record StepFunction(string Name, string Arguments, string? Output);

/// <param name="Input">The code.</param>
/// <param name="Outputs">What it printed and drew.</param>
internal sealed record StepCode(string Input, IReadOnlyList<StepCodeOutput> Outputs);

/// <summary>What code printed (<c>logs</c>), or a picture that it drew (<c>image</c>).</summary>
internal sealed record StepCodeOutput
{
    public required string Type { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Logs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StepImage? Image { get; init; }
}

internal sealed record StepImage(string FileId);

internal sealed record StepSearch(StepRanking RankingOptions, IReadOnlyList<StepSearchResult> Results);

internal sealed record StepRanking(string Ranker, JsonElement ScoreThreshold)
{
    private static readonly StepRanking _usual = new(Fields.DefaultRanker, JsonElement.Parse("0.0"u8));

    /// <summary>The ranking that a run's tools ask for; the usual one where the model server searches unasked.</summary>
    /// <param name="tools">The tools as a run shows them, hence with all defaults filled in.</param>
    public static StepRanking Of(JsonElement tools)
    {
        var search = tools.EnumerateArray().FirstOrDefault(tool => tool.GetProperty("type").ValueEquals("file_search"));
        if (search.ValueKind == JsonValueKind.Undefined)
        {
            return _usual;
        }

        var ranking = search.GetProperty("file_search").GetProperty("ranking_options");
        return new StepRanking(ranking.GetProperty("ranker").GetString()!, ranking.GetProperty("score_threshold"));
    }
}

/// <summary>A passage that was found. What it says is stored, and shown to those who ask for it with <c>include[]</c>.</summary>
internal sealed record StepSearchResult
{
    public required string FileId { get; init; }

    public required string FileName { get; init; }

    /// <summary>0 to 1.</summary>
    public required JsonElement Score { get; init; }

    public required JsonElement Attributes { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StepSearchText>? Content { get; init; }
}

internal sealed record StepSearchText(string Text)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "text";
}
