namespace AssistantsMcp.Engine.Schemas;

/// <summary>
/// The body of every request of the Assistants API v2, and the parameters of its lists. Both doors are built on
/// these: REST validates with them, the tools publish them as their input schemas.
/// </summary>
public static class RequestSchemas
{
    public static ObjectSchema CreateAssistant { get; } = Fields.Object(AssistantFields(Fields.NewToolResources), "model");

    public static ObjectSchema ModifyAssistant { get; } = Fields.Object(AssistantFields(Fields.ToolResources));

    public static ObjectSchema CreateMessage { get; } = Fields.Object(
        [
            new("role", Fields.MessageRole),
            new("content", Fields.MessageContent),
            new("attachments", Fields.Attachments),
            new("metadata", Fields.Metadata),
        ],
        "role", "content");

    public static ObjectSchema CreateThread { get; } = Fields.Object(
        [
            new("messages", new ArraySchema { Description = "Messages to start with, oldest first.", Items = CreateMessage }),
            new("tool_resources", Fields.NewToolResources),
            new("metadata", Fields.Metadata),
        ]);

    public static ObjectSchema ModifyThread { get; } = Fields.Object(
        [
            new("tool_resources", Fields.ToolResources),
            new("metadata", Fields.Metadata),
        ]);

    /// <summary>Messages and runs let themselves be modified in their metadata only.</summary>
    public static ObjectSchema ModifyMetadata { get; } = Fields.Object([new("metadata", Fields.Metadata)]);

    public static ObjectSchema CreateRun { get; } = Fields.Object(
        [
            new("assistant_id", Fields.AssistantId),
            new("model", Fields.RunModel),
            new("instructions", Fields.RunInstructions),
            new("additional_instructions", Fields.AdditionalInstructions),
            new("additional_messages", new ArraySchema { Description = "Messages to add to the thread first.", Nullable = true, Items = CreateMessage }),
            new("tools", Fields.RunTools),
            .. RunSettings(),
            new("reasoning_effort", Fields.ReasoningEffort),
            new("metadata", Fields.Metadata),
            new("stream", Fields.Stream),
        ],
        "assistant_id");

    public static ObjectSchema CreateThreadAndRun { get; } = Fields.Object(
        [
            new("assistant_id", Fields.AssistantId),
            new("thread", CreateThread),
            new("model", Fields.RunModel),
            new("instructions", Fields.RunInstructions),
            new("tools", Fields.RunTools),
            new("tool_resources", Fields.ToolResources),
            .. RunSettings(),
            new("metadata", Fields.Metadata),
            new("stream", Fields.Stream),
        ],
        "assistant_id");

    public static ObjectSchema SubmitToolOutputs { get; } = Fields.Object(
        [
            new("tool_outputs", new ArraySchema
            {
                Description = "One output for each pending call, in any order.",
                Items = Fields.Object(
                    [
                        new("tool_call_id", new TextSchema { Description = "Id of the call, from required_action." }),
                        new("output", new TextSchema { Description = "The function's result as text." }),
                    ]),
            }),
            new("stream", Fields.Stream),
        ],
        "tool_outputs");

    /// <summary>The body of a request that takes none: an empty object, or nothing.</summary>
    public static ObjectSchema Nothing { get; } = Fields.Object([]);

    /// <summary>Parameters of every list.</summary>
    public static ObjectSchema List { get; } = Fields.Object(
        [
            new("limit", new NumberSchema { Description = "Page size, 20 by default.", Whole = true, Minimum = 1, Maximum = 100 }),
            new("order", new TextSchema { Description = "By creation; desc (newest first) by default.", Values = ["asc", "desc"] }),
            new("after", new TextSchema { Description = "Id: the page continues behind it.", Pattern = Fields.IdPattern }),
            new("before", new TextSchema { Description = "Id: the page ends ahead of it.", Pattern = Fields.IdPattern }),
        ]);

    /// <summary>Parameters of the message list.</summary>
    public static ObjectSchema MessageList { get; } = Fields.Object(
        [.. List.Properties, new("run_id", new TextSchema { Description = "Only messages which this run wrote.", Pattern = Fields.IdPattern })]);

    /// <summary>Parameters of a run step read alone.</summary>
    public static ObjectSchema RunStep { get; } = Fields.Object(
        [
            new("include", new ArraySchema
            {
                Description = "Adds the found text to file search results.",
                Items = new TextSchema { Values = [FileSearchContent] },
            }),
        ]);

    /// <summary>Parameters of the run step list.</summary>
    public static ObjectSchema RunStepList { get; } = Fields.Object([.. List.Properties, .. RunStep.Properties]);

    /// <summary>The one value of <c>include[]</c>.</summary>
    public const string FileSearchContent = "step_details.tool_calls[*].file_search.results[*].content";

    /// <summary>The rule for ids, wherever a caller names one.</summary>
    public static TextPattern IdPattern => Fields.IdPattern;

    private static IEnumerable<KeyValuePair<string, Schema>> AssistantFields(Schema toolResources) =>
    [
        new("model", Fields.Model),
        new("name", Fields.Name),
        new("description", Fields.AssistantDescription),
        new("instructions", Fields.Instructions),
        new("tools", Fields.AssistantTools),
        new("tool_resources", toolResources),
        new("metadata", Fields.Metadata),
        new("temperature", Fields.Temperature),
        new("top_p", Fields.TopP),
        new("response_format", Fields.ResponseFormat),
        new("reasoning_effort", Fields.ReasoningEffort),
    ];

    private static IEnumerable<KeyValuePair<string, Schema>> RunSettings() =>
    [
        new("tool_choice", Fields.ToolChoice),
        new("parallel_tool_calls", Fields.ParallelToolCalls),
        new("temperature", Fields.Temperature),
        new("top_p", Fields.TopP),
        new("max_prompt_tokens", Fields.MaxPromptTokens),
        new("max_completion_tokens", Fields.MaxCompletionTokens),
        new("truncation_strategy", Fields.TruncationStrategy),
        new("response_format", Fields.ResponseFormat),
    ];
}
