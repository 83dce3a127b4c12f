using System.Text.Json.Serialization;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Assistants;

/// <summary>The files and vector stores of an assistant or a thread. A tool without any is absent.</summary>
internal sealed record ToolResources
{
    public static readonly ToolResources None = new();

    /// <summary>The code interpreter's empty list.</summary>
    public static readonly ToolResources NoFiles = new() { CodeInterpreter = new CodeInterpreterResources([]) };

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CodeInterpreterResources? CodeInterpreter { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FileSearchResources? FileSearch { get; init; }

    /// <summary>
    /// The resources after a request: a tool's list replaces its old one, a tool that is not named keeps its list,
    /// and <c>null</c> clears everything.
    /// </summary>
    public ToolResources Apply(RequestBody request)
    {
        if (!request.Has("tool_resources"))
        {
            return this;
        }

        if (request.Value("tool_resources") is not { } value)
        {
            return None;
        }

        var resources = RequestBody.Part(value);
        return new ToolResources
        {
            CodeInterpreter = resources.Value("code_interpreter") is { } interpreter
                ? new CodeInterpreterResources([.. RequestBody.Part(interpreter).Texts("file_ids")])
                : CodeInterpreter,
            FileSearch = resources.Value("file_search") is { } search
                ? Search(RequestBody.Part(search))
                : FileSearch,
        };
    }

    private static FileSearchResources Search(RequestBody search) =>
        search.Has("vector_stores")
            ? throw ApiException.NotSupported(
                "This server cannot make vector stores yet. Make one with your model provider and pass its id in 'vector_store_ids'.",
                "tool_resources.file_search.vector_stores")
            : new FileSearchResources([.. search.Texts("vector_store_ids")]);
}

/// <summary>Files that the code interpreter sees.</summary>
internal sealed record CodeInterpreterResources(IReadOnlyList<string> FileIds);

/// <summary>Vector stores that file search looks into.</summary>
internal sealed record FileSearchResources(IReadOnlyList<string> VectorStoreIds);
