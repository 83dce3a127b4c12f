using System.Text.RegularExpressions;

namespace AssistantsMcp.Engine.Schemas;

/// <summary>
/// The fields that several requests share, each declared once. Limits are those of the Assistants API v2.
/// </summary>
internal static partial class Fields
{
    /// <summary>Most tools an assistant may have.</summary>
    public const int MaxAssistantTools = 128;

    /// <summary>Most tools a run may name in place of its assistant's.</summary>
    public const int MaxRunTools = 20;

    /// <summary>Most files that the code interpreter sees of an assistant, and of a thread.</summary>
    public const int MaxCodeFiles = 20;

    /// <summary>The ranker of file search that <c>auto</c> stands for.</summary>
    public const string DefaultRanker = "default_2024_08_21";

    /// <summary>Longest message text, in characters.</summary>
    public const int MaxMessageLength = 256_000;

    /// <summary>Ids are handed on, not made up: their rule is not published.</summary>
    public static readonly TextPattern IdPattern = new(
        Word(), Published: null, "expected an id made of letters, digits, '_' and '-' only.");

    private static readonly TextPattern FunctionNamePattern = new(
        Word(), "^[A-Za-z0-9_-]+$", "expected a name made of letters, digits, '_' and '-' only.");

    public static readonly Schema Metadata = new TextMapSchema
    {
        Description = "Your own pairs, keys up to 64 characters. Replaces the whole map.",
        Nullable = true,
        MaxProperties = 16,
        MaxNameLength = 64,
        MaxValueLength = 512,
    };

    public static readonly Schema Model = new TextSchema { Description = "Name of the model that answers." };

    public static readonly Schema Name = new TextSchema { Nullable = true, MaxLength = 256 };

    public static readonly Schema AssistantDescription = new TextSchema { Nullable = true, MaxLength = 512 };

    public static readonly Schema Instructions = InstructionsAs("System instructions: how to behave and answer.");

    public static readonly Schema RunModel = new TextSchema { Description = "In place of the assistant's model.", Nullable = true };

    public static readonly Schema RunInstructions = InstructionsAs("In place of the assistant's instructions.");

    public static readonly Schema AdditionalInstructions = InstructionsAs("Put behind the instructions.");

    public static readonly Schema Temperature = new NumberSchema { Description = "Sampling temperature.", Nullable = true, Minimum = 0, Maximum = 2 };

    public static readonly Schema TopP = new NumberSchema { Description = "Nucleus sampling share.", Nullable = true, Minimum = 0, Maximum = 1 };

    public static readonly Schema ReasoningEffort = new TextSchema
    {
        Nullable = true,
        Values = ["none", "minimal", "low", "medium", "high", "xhigh", "max"],
    };

    public static readonly Schema ResponseFormat = new EitherSchema(
        new TextSchema { Values = ["auto"] },
        new TaggedSchema(
        [
            new("text", Empty()),
            new("json_object", Empty()),
            new("json_schema", Object(
                [
                    new("json_schema", Object(
                        [
                            new("name", new TextSchema { MaxLength = 64, Pattern = FunctionNamePattern }),
                            new("description", new TextSchema { Nullable = true }),
                            new("schema", new FreeObjectSchema { Nullable = true }),
                            new("strict", new BooleanSchema { Nullable = true }),
                        ],
                        "name")),
                ],
                "json_schema")),
        ]))
    {
        Description = "Form of the answer.",
        Nullable = true,
    };

    public static readonly Schema AssistantTools = Tools(MaxAssistantTools, "Tools the model may call.");

    public static readonly Schema RunTools = Tools(MaxRunTools, "Tools for this run, in place of the assistant's.");

    public static readonly Schema ToolChoice = new EitherSchema(
        new TextSchema { Values = ["none", "auto", "required"] },
        new TaggedSchema(
        [
            new("function", Object([new("function", Object([new("name", new TextSchema())], "name"))], "function")),
            new("code_interpreter", Empty()),
            new("file_search", Empty()),
        ]))
    {
        Description = "Whether the first turn may, must or must not call a tool, or which one.",
        Nullable = true,
    };

    public static readonly Schema TruncationStrategy = new TaggedSchema(
    [
        new("auto", Object([new("last_messages", new NumberSchema { Whole = true, Nullable = true, Minimum = 1 })])),
        new("last_messages", Object([new("last_messages", new NumberSchema { Whole = true, Minimum = 1 })], "last_messages")),
    ])
    {
        Description = "How much of the thread the model sees: auto, or last_messages with a number.",
        Nullable = true,
    };

    /// <summary>How file search cuts a file into pieces.</summary>
    public static readonly Schema ChunkingStrategy = new TaggedSchema(
    [
        new("auto", Empty()),
        new("static", Object(
            [
                new("static", Object(
                    [
                        new("max_chunk_size_tokens", new NumberSchema { Whole = true, Minimum = 100, Maximum = 4096 }),
                        new("chunk_overlap_tokens", new NumberSchema { Whole = true, Minimum = 0 }),
                    ],
                    "max_chunk_size_tokens", "chunk_overlap_tokens")),
            ],
            "static")),
    ]);

    /// <summary>Resources as a modification takes them: ids only.</summary>
    public static readonly Schema ToolResources = ToolResourcesWith([]);

    /// <summary>Resources as a creation takes them: a vector store may be made on the way.</summary>
    public static readonly Schema NewToolResources = ToolResourcesWith(
        [
            new("vector_stores", new ArraySchema
            {
                Description = "Makes one vector store from files.",
                MaxItems = 1,
                Items = Object(
                    [
                        new("file_ids", new ArraySchema { Items = Id() }),
                        new("chunking_strategy", ChunkingStrategy),
                        new("metadata", Metadata),
                    ]),
            }),
        ]);

    public static readonly Schema MessageRole = new TextSchema { Values = ["user", "assistant"] };

    public static readonly Schema MessageContent = new EitherSchema(
        new TextSchema { MaxLength = MaxMessageLength },
        new ArraySchema
        {
            MinItems = 1,
            Items = new TaggedSchema(
            [
                new("text", Object([new("text", new TextSchema { MaxLength = MaxMessageLength })], "text")),
                new("image_url", Object([new("image_url", Object([new("url", new TextSchema()), new("detail", Detail())], "url"))], "image_url")),
                new("image_file", Object([new("image_file", Object([new("file_id", new TextSchema()), new("detail", Detail())], "file_id"))], "image_file")),
            ]),
        })
    {
        Description = "A text, or a list of parts.",
    };

    public static readonly Schema Attachments = new ArraySchema
    {
        Description = "Files for the thread's tools.",
        Nullable = true,
        Items = Object(
            [
                new("file_id", Id()),
                new("tools", new ArraySchema
                {
                    Items = new TaggedSchema([new("code_interpreter", Empty()), new("file_search", Empty())]),
                }),
            ]),
    };

    public static readonly Schema MaxPromptTokens = TokenBudget("Most prompt tokens of the whole run.");

    public static readonly Schema MaxCompletionTokens = TokenBudget("Most completion tokens of the whole run.");

    public static readonly Schema ParallelToolCalls = new BooleanSchema { Description = "False: at most one tool call per turn." };

    public static readonly Schema Stream = new BooleanSchema { Nullable = true };

    public static readonly Schema AssistantId = new TextSchema();

    public static ObjectSchema Object(IEnumerable<KeyValuePair<string, Schema>> fields, params IEnumerable<string> required) =>
        new() { Properties = new OrderedDictionary<string, Schema>(fields), Required = [.. required] };

    private static ObjectSchema Empty() => Object([]);

    /// <summary>The id of something that lives with the model provider; it becomes part of a path there.</summary>
    private static TextSchema Id() => new() { Pattern = IdPattern };

    private static TextSchema InstructionsAs(string description) =>
        new() { Description = description, Nullable = true, MaxLength = 256_000 };

    private static TextSchema Detail() => new() { Values = ["auto", "low", "high"] };

    private static NumberSchema TokenBudget(string description) =>
        new() { Description = description, Nullable = true, Whole = true, Minimum = 1 };

    private static ArraySchema Tools(int maxItems, string description) => new()
    {
        Description = description,
        Nullable = true,
        MaxItems = maxItems,
        Items = new TaggedSchema(
        [
            new("code_interpreter", Empty()),
            new("function", Object(
                [
                    new("function", Object(
                        [
                            new("name", new TextSchema { MaxLength = 64, Pattern = FunctionNamePattern }),
                            new("description", new TextSchema { Nullable = true }),
                            new("parameters", new FreeObjectSchema { Description = "JSON Schema of the arguments.", Nullable = true }),
                            new("strict", new BooleanSchema { Nullable = true }),
                        ],
                        "name")),
                ],
                "function")),
            new("file_search", Object(
                [
                    new("file_search", Object(
                        [
                            new("max_num_results", new NumberSchema { Whole = true, Minimum = 1, Maximum = 50 }),
                            new("ranking_options", Object(
                                [
                                    new("ranker", new TextSchema { Values = ["auto", DefaultRanker] }),
                                    new("score_threshold", new NumberSchema { Minimum = 0, Maximum = 1 }),
                                ],
                                "score_threshold")),
                        ])),
                ])),
        ]),
    };

    private static ObjectSchema ToolResourcesWith(IEnumerable<KeyValuePair<string, Schema>> fileSearchFields) => new()
    {
        Description = "Files and vector stores for the hosted tools.",
        Nullable = true,
        Properties = new OrderedDictionary<string, Schema>
        {
            ["code_interpreter"] = Object([new("file_ids", new ArraySchema { MaxItems = MaxCodeFiles, Items = Id() })]),
            ["file_search"] = Object([new("vector_store_ids", new ArraySchema { MaxItems = 1, Items = Id() }), .. fileSearchFields]),
        },
    };

    [GeneratedRegex(@"^[A-Za-z0-9_-]+\z")]
    private static partial Regex Word();
}
