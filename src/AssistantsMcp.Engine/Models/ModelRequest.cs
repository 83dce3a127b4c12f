using System.Text.Json;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// One model turn of a run, in the words of the Assistants API; the model client translates it.
/// </summary>
internal sealed record ModelRequest
{
    /// <summary>The caller's key; sent upstream unless the server holds one of its own.</summary>
    public required ApiKey Key { get; init; }

    /// <summary>The tenant the key stands for: the circuit breaker's partition. Never sent, never logged.</summary>
    public required string Tenant { get; init; }

    /// <summary>The run's thread, from which a stable cache key is derived.</summary>
    public required string ThreadId { get; init; }

    /// <summary>Model name as stored, before aliases.</summary>
    public required string Model { get; init; }

    /// <summary>Instructions and additional instructions, already joined.</summary>
    public string? Instructions { get; init; }

    /// <summary>The thread's messages as wire objects (<c>thread.message</c>), oldest first.</summary>
    public required IReadOnlyList<JsonElement> Messages { get; init; }

    /// <summary>Images that messages name by file id, as data URLs, for a model server that takes no ids.</summary>
    public IReadOnlyDictionary<string, string> Images { get; init; } = new Dictionary<string, string>();

    /// <summary>What this run's earlier turns produced, as Responses items, verbatim and in order, with the tool outputs between them.</summary>
    public IReadOnlyList<JsonElement> Items { get; init; } = [];

    /// <summary>Tools as the run object shows them.</summary>
    public IReadOnlyList<JsonElement> Tools { get; init; } = [];

    /// <summary>Where the code interpreter works, if it is among the tools.</summary>
    public CodeContainer Container { get; init; } = CodeContainer.Empty;

    /// <summary>Where file search looks; without any, the tool is left out.</summary>
    public IReadOnlyList<string> VectorStoreIds { get; init; } = [];

    /// <summary>As the run object shows it: <c>"auto"</c>, <c>"none"</c>, <c>"required"</c> or an object. Later turns pass null.</summary>
    public JsonElement? ToolChoice { get; init; }

    public bool ParallelToolCalls { get; init; } = true;

    /// <summary>Set only where the assistant or the run named it.</summary>
    public JsonElement? Temperature { get; init; }

    /// <summary>Set only where the assistant or the run named it.</summary>
    public JsonElement? TopP { get; init; }

    public string? ReasoningEffort { get; init; }

    /// <summary>As the run object shows it: <c>"auto"</c> or an object.</summary>
    public JsonElement? ResponseFormat { get; init; }

    /// <summary>What is left of the run's completion budget, in tokens; null without one.</summary>
    public int? MaxOutputTokens { get; init; }
}

/// <summary>Where a provider's code interpreter works.</summary>
/// <param name="Id">A container that exists, or null for a new one.</param>
/// <param name="FileIds">The files in it.</param>
internal sealed record CodeContainer(string? Id, IReadOnlyList<string> FileIds)
{
    /// <summary>A new container without files.</summary>
    public static readonly CodeContainer Empty = new(null, []);

    /// <summary>The files as the provider names them; the same, unless some are kept by this server.</summary>
    public IReadOnlyList<string> ProviderFileIds { get; init; } = FileIds;
}
