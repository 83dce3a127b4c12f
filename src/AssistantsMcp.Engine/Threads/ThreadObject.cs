using System.Text.Json;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Assistants;

namespace AssistantsMcp.Engine.Threads;

/// <summary>A thread on the wire; the fields stand in the order in which the service sent them.</summary>
internal sealed record ThreadObject
{
    public required string Id { get; init; }

    public string Object { get; } = "thread";

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }

    public JsonElement Metadata { get; init; } = EngineJson.EmptyObject;

    public ToolResources ToolResources { get; init; } = ToolResources.None;

    public static ThreadObject Create(RequestBody request, DateTimeOffset now) => new ThreadObject
    {
        Id = ObjectId.NewThread(),
        CreatedAt = now.ToUnixTimeSeconds(),
    }.Apply(request);

    /// <summary>The thread after a request: what is absent stays, what is <c>null</c> returns to its default.</summary>
    public ThreadObject Apply(RequestBody request) => this with
    {
        Metadata = request.Metadata(Metadata),
        ToolResources = ToolResources.Apply(request),
    };

    /// <summary>
    /// The thread as it is read, and as <c>thread.created</c> shows it: without any resources the service showed the code
    /// interpreter's empty list there, but <c>{}</c> in its answers to create and modify.
    /// </summary>
    public ThreadObject AsRetrieved() =>
        ToolResources == ToolResources.None ? this with { ToolResources = ToolResources.NoFiles } : this;
}
