using System.Text.Json;
using System.Text.Json.Serialization;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.Messages;

/// <summary>
/// A message on the wire; the fields stand in the order in which the service sent them. The four between
/// <c>run_id</c> and <c>role</c> were on the wire in streams only; the published schema requires them everywhere.
/// </summary>
internal sealed record MessageObject
{
    public required string Id { get; init; }

    public string Object { get; } = "thread.message";

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>Null for a message that a client made, whatever its role.</summary>
    public string? AssistantId { get; init; }

    public required string ThreadId { get; init; }

    /// <summary>Null for a message that a client made.</summary>
    public string? RunId { get; init; }

    /// <summary><c>in_progress</c>, <c>completed</c> or <c>incomplete</c>.</summary>
    public required string Status { get; init; }

    public IncompleteDetails? IncompleteDetails { get; init; }

    /// <summary>Unix seconds.</summary>
    public long? IncompleteAt { get; init; }

    /// <summary>Unix seconds.</summary>
    public long? CompletedAt { get; init; }

    /// <summary><c>user</c> or <c>assistant</c>.</summary>
    public required string Role { get; init; }

    /// <summary>A list of parts, also where the client sent a plain text.</summary>
    public required JsonElement Content { get; init; }

    public JsonElement Attachments { get; init; } = EngineJson.EmptyArray;

    public JsonElement Metadata { get; init; } = EngineJson.EmptyObject;

    /// <summary>
    /// Whether the model was commenting or answering, where it said so: told this again, it answers better. Not of this
    /// API, which is older; absent unless a model server named it.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Phase { get; init; }

    /// <summary>A message that a client adds to a thread.</summary>
    public static MessageObject Create(RequestBody request, string threadId, DateTimeOffset now) => new()
    {
        Id = ObjectId.NewMessage(),
        CreatedAt = now.ToUnixTimeSeconds(),
        ThreadId = threadId,
        Status = "completed",
        CompletedAt = now.ToUnixTimeSeconds(),
        Role = request.Text("role")!,
        Content = MessageContent.FromRequest(request.Value("content")!.Value),
        Attachments = request.Value("attachments") ?? EngineJson.EmptyArray,
        Metadata = request.Metadata(EngineJson.EmptyObject),
    };

    /// <summary>The messages of a list in a checked request, in order.</summary>
    public static IReadOnlyList<MessageObject> CreateMany(IEnumerable<JsonElement> requests, string threadId, DateTimeOffset now) =>
        [.. requests.Select(request => Create(RequestBody.Part(request), threadId, now))];

    /// <summary>A message that a run begins to write.</summary>
    public static MessageObject Begin(string threadId, string assistantId, string runId, DateTimeOffset now) => new()
    {
        Id = ObjectId.NewMessage(),
        CreatedAt = now.ToUnixTimeSeconds(),
        AssistantId = assistantId,
        ThreadId = threadId,
        RunId = runId,
        Status = "in_progress",
        Role = "assistant",
        Content = EngineJson.EmptyArray,
    };

    public MessageObject Complete(JsonElement content, DateTimeOffset now) =>
        this with { Status = "completed", CompletedAt = now.ToUnixTimeSeconds(), Content = content };

    /// <param name="content">What was written so far.</param>
    /// <param name="reason"><c>max_tokens</c>, <c>content_filter</c>, <c>run_cancelled</c>, <c>run_failed</c> or <c>run_expired</c>.</param>
    /// <param name="now">When it was cut short.</param>
    public MessageObject CutShort(JsonElement content, string reason, DateTimeOffset now) => this with
    {
        Status = "incomplete",
        IncompleteDetails = new IncompleteDetails(reason),
        IncompleteAt = now.ToUnixTimeSeconds(),
        Content = content,
    };

    public NewObject ToNewObject() => new(Kind.Message, Id, EngineJson.Write(this), ThreadId, RunId);
}

/// <summary>Why something ended early.</summary>
internal sealed record IncompleteDetails(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason);
