using System.Text.Json;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Assistants;

/// <summary>An assistant on the wire; the fields stand in the order in which the service sent them.</summary>
internal sealed record AssistantObject
{
    public required string Id { get; init; }

    public string Object { get; } = "assistant";

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public string? Instructions { get; init; }

    /// <summary>As sent; aliases apply when a run is executed.</summary>
    public required string Model { get; init; }

    /// <summary>Normalised by <see cref="ToolDefinitions"/>.</summary>
    public JsonElement Tools { get; init; } = EngineJson.EmptyArray;

    public JsonElement TopP { get; init; } = EngineJson.One;

    public JsonElement Temperature { get; init; } = EngineJson.One;

    public string? ReasoningEffort { get; init; }

    public ToolResources ToolResources { get; init; } = ToolResources.None;

    public JsonElement Metadata { get; init; } = EngineJson.EmptyObject;

    public JsonElement ResponseFormat { get; init; } = EngineJson.Auto;

    public static AssistantObject Create(RequestBody request, DateTimeOffset now) => new AssistantObject
    {
        Id = ObjectId.NewAssistant(),
        CreatedAt = now.ToUnixTimeSeconds(),
        Model = request.Text("model")!,
    }.Apply(request);

    /// <summary>The assistant after a request: what is absent stays, what is <c>null</c> returns to its default.</summary>
    public AssistantObject Apply(RequestBody request)
    {
        var tools = request.Has("tools") ? ToolDefinitions.Normalize(request.Value("tools") ?? EngineJson.EmptyArray) : Tools;
        var resources = ToolResources.Apply(request);
        return this with
        {
            Name = request.Text("name", Name),
            Description = request.Text("description", Description),
            Instructions = request.Text("instructions", Instructions),
            Model = request.Text("model") ?? Model,
            Tools = tools,
            TopP = request.Value("top_p", TopP, EngineJson.One),
            Temperature = request.Value("temperature", Temperature, EngineJson.One),
            ReasoningEffort = request.Text("reasoning_effort", ReasoningEffort),
            ToolResources = WithListFor(tools, resources),
            Metadata = request.Metadata(Metadata),
            ResponseFormat = request.Value("response_format", ResponseFormat, EngineJson.Auto),
        };
    }

    /// <summary>The service showed the code interpreter's list, if empty, as soon as an assistant had that tool.</summary>
    private static ToolResources WithListFor(JsonElement tools, ToolResources resources) =>
        resources.CodeInterpreter is null && tools.EnumerateArray().Any(tool => tool.GetProperty("type").ValueEquals("code_interpreter"))
            ? resources with { CodeInterpreter = new CodeInterpreterResources([]) }
            : resources;
}
