using AssistantsMcp.Engine.Schemas;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>The parameters and bodies of the routes of uploads and vector stores.</summary>
internal static class SandboxSchemas
{
    /// <summary>What files can be uploaded for.</summary>
    public static readonly string[] Purposes = ["assistants", "batch", "fine-tune", "vision", "user_data", "evals"];

    public static readonly ObjectSchema CreateUpload = Fields.Object(
        [
            new("filename", new TextSchema()),
            new("purpose", new TextSchema { Values = Purposes }),
            new("bytes", new NumberSchema { Whole = true, Minimum = 0 }),
            new("mime_type", new TextSchema()),
        ],
        "filename", "purpose", "bytes", "mime_type");

    public static readonly ObjectSchema CompleteUpload = Fields.Object(
        [
            new("part_ids", new ArraySchema { Items = new TextSchema() }),
            new("md5", new TextSchema()),
        ],
        "part_ids");

    private static readonly Schema _expiresAfter = new ObjectSchema
    {
        Nullable = true,
        Properties = new OrderedDictionary<string, Schema>
        {
            ["anchor"] = new TextSchema { Values = ["last_active_at"] },
            ["days"] = new NumberSchema { Whole = true, Minimum = 1, Maximum = 365 },
        },
        Required = ["anchor", "days"],
    };

    private static readonly Schema _attributes = new FreeObjectSchema { Nullable = true };

    private static readonly Schema _fileIds = new ArraySchema { MaxItems = 500, Items = new TextSchema() };

    public static readonly ObjectSchema CreateVectorStore = Fields.Object(
        [
            new("file_ids", _fileIds),
            new("name", Fields.Name),
            new("description", Fields.AssistantDescription),
            new("expires_after", _expiresAfter),
            new("chunking_strategy", Fields.ChunkingStrategy),
            new("metadata", Fields.Metadata),
        ]);

    public static readonly ObjectSchema ModifyVectorStore = Fields.Object(
        [
            new("name", Fields.Name),
            new("expires_after", _expiresAfter),
            new("metadata", Fields.Metadata),
        ]);

    public static readonly ObjectSchema CreateVectorStoreFile = Fields.Object(
        [
            new("file_id", new TextSchema()),
            new("chunking_strategy", Fields.ChunkingStrategy),
            new("attributes", _attributes),
        ],
        "file_id");

    public static readonly ObjectSchema ModifyVectorStoreFile = Fields.Object([new("attributes", _attributes)], "attributes");

    public static readonly ObjectSchema CreateFileBatch = Fields.Object(
        [
            new("file_ids", _fileIds),
            new("files", new ArraySchema { MaxItems = 500, Items = CreateVectorStoreFile }),
            new("chunking_strategy", Fields.ChunkingStrategy),
            new("attributes", _attributes),
        ]);

    public static readonly ObjectSchema SearchVectorStore = Fields.Object(
        [
            new("query", new EitherSchema(new TextSchema(), new ArraySchema { MinItems = 1, Items = new TextSchema() })),
            new("rewrite_query", new BooleanSchema()),
            new("max_num_results", new NumberSchema { Whole = true, Minimum = 1, Maximum = 50 }),
            new("ranking_options", new FreeObjectSchema()),
            new("filters", new FreeObjectSchema { Nullable = true }),
        ],
        "query");
}
