using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>
/// Where the code of a thread's runs works, so that its variables and files are there for the next run. It is kept
/// here because a run's input holds messages only, from which the provider could not tell. Not on the wire.
/// </summary>
internal sealed record CodeContainerObject
{
    /// <summary>The provider's id of the container.</summary>
    public required string Id { get; init; }

    /// <summary>The files of the assistant and the thread that were put into it.</summary>
    public required IReadOnlyList<string> FileIds { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long LastActiveAt { get; init; }

    public NewObject ToNewObject(string threadId) => new(Kind.CodeContainer, ObjectId.NewContainerRecord(), EngineJson.Write(this), threadId);
}
