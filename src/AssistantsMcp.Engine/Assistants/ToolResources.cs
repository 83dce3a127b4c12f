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
                ? new FileSearchResources([.. RequestBody.Part(search).Texts("vector_store_ids")])
                : FileSearch,
        };
    }

    /// <summary>The resources with more files for the code interpreter.</summary>
    public ToolResources WithCodeFiles(IEnumerable<string> fileIds) =>
        this with { CodeInterpreter = new CodeInterpreterResources([.. (CodeInterpreter?.FileIds ?? []).Union(fileIds)]) };

    public ToolResources WithVectorStore(string id) => this with { FileSearch = new FileSearchResources([id]) };

    /// <summary>The one vector store, if there is any.</summary>
    [JsonIgnore]
    public string? VectorStoreId => FileSearch is { VectorStoreIds: [var id, ..] } ? id : null;
}

/// <summary>Files that the code interpreter sees.</summary>
internal sealed record CodeInterpreterResources(IReadOnlyList<string> FileIds);

/// <summary>Vector stores that file search looks into.</summary>
internal sealed record FileSearchResources(IReadOnlyList<string> VectorStoreIds);
