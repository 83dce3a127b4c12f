using System.Text.Json;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Assistants;
using AssistantsMcp.Engine.Models;

namespace AssistantsMcp.Engine.Runs;

/// <summary>What the engine must remember of an active run beside its object.</summary>
internal sealed record RunState
{
    /// <summary>Put behind the instructions; the run object does not show them.</summary>
    public string? AdditionalInstructions { get; init; }

    /// <summary>On whose account the caller's key is used.</summary>
    public KeyAccount Account { get; init; }

    /// <summary>The assistant's files and vector stores when the run was created.</summary>
    /// <remarks>The reader of JSON knows no initializers: in the state of an earlier version's run this is null.</remarks>
    public ToolResources AssistantResources { get => field ?? ToolResources.None; init; }

    /// <summary>The span of the request that queued the run last; null where nobody traces.</summary>
    public string? Origin { get; init; }

    /// <summary>Whether the run's stream shows what file search found, passage by passage.</summary>
    public bool ShowsSearchContent { get; init; }

    /// <summary>Model turns that are recorded. The tool choice binds the first one only.</summary>
    public int Turns { get; init; }

    /// <summary>What the recorded turns used.</summary>
    public ModelUsage Usage { get; init; }

    /// <summary>How many bytes the prompts of the recorded turns had; counted only where a prompt budget asks for it.</summary>
    public long PromptBytes { get; init; }

    /// <summary>What the recorded turns produced, as Responses items, verbatim and in order, tool outputs between them.</summary>
    public IReadOnlyList<JsonElement> Items { get; init; } = [];

    /// <summary>The step whose function calls wait for outputs.</summary>
    public string? OpenStepId { get; init; }

    /// <summary>What the turn of that step used; it becomes the step's usage when the step is over.</summary>
    public ModelUsage OpenStepUsage { get; init; }

    /// <summary>
    /// Messages written behind a function call in the same turn. Their steps follow when the call's step is over:
    /// clients accept one open step at a time.
    /// </summary>
    public IReadOnlyList<string> MessagesWithoutStep { get; init; } = [];
}
