using System.Text.Json;

namespace AssistantsMcp.Tests.Api.Contract;

/// <summary>
/// What recorded traffic of the service says beyond the published document: the fields of each object in their order,
/// and the places where the wire was not as published. Where the two contradict, the recordings win.
/// </summary>
/// <remarks>
/// An object has every field that the document requires and every field that the recordings show. A place is a schema
/// of the document with the names below it: <c>RunObject.last_error</c>, <c>AssistantObject.tools[]</c>.
/// </remarks>
internal static class Recordings
{
    /// <summary>The form of the event <c>error</c>: the whole error body. The document shows the inner object alone, which half of the clients cannot read.</summary>
    public const string ErrorEventSchema = "ErrorResponse";

    /// <summary>Routes of this server's own, beside those of the document.</summary>
    public static readonly JsonElement OwnPaths = JsonElement.Parse("""
        {
          "/threads": { "get": { "responses": { "200": { "content": { "application/json": { "schema": {
            "type": "object",
            "properties": {
              "object": { "type": "string", "enum": ["list"] },
              "data": { "type": "array", "items": { "$ref": "#/components/schemas/ThreadObject" } },
              "first_id": { "type": "string", "nullable": true },
              "last_id": { "type": "string", "nullable": true },
              "has_more": { "type": "boolean" }
            },
            "required": ["object", "data", "first_id", "last_id", "has_more"]
          } } } } } } }
        }
        """);

    /// <summary>Fields that were null although the document gives them no null.</summary>
    private static readonly Dictionary<string, string> _nulls = new()
    {
        ["RunObject.instructions"] = "An assistant without instructions makes runs without instructions.",
        ["ListAssistantsResponse.first_id"] = "An empty list has no first id,",
        ["ListAssistantsResponse.last_id"] = "and no last one.",
        ["ListMessagesResponse.first_id"] = "The same.",
        ["ListMessagesResponse.last_id"] = "The same.",
        ["ListRunsResponse.first_id"] = "The same.",
        ["ListRunsResponse.last_id"] = "The same.",
        ["ListRunStepsResponse.first_id"] = "The same.",
        ["ListRunStepsResponse.last_id"] = "The same.",
    };

    /// <summary>Limits of the document that the service did not keep.</summary>
    private static readonly Dictionary<(string Place, string Word), string> _limits = new()
    {
        [("RunObject.max_prompt_tokens", "minimum")] = "Budgets of 16 were accepted and echoed; 256 is published.",
        [("RunObject.max_completion_tokens", "minimum")] = "The same.",
        [("RunObject.tools", "maxItems")] = "A run shows its assistant's tools, up to 128; 20 is the limit of the override.",
    };

    /// <summary>Fields of the wire that the document does not name.</summary>
    private static readonly JsonElement _fields = JsonElement.Parse("""
        {
          "AssistantObject.reasoning_effort": { "type": "string", "nullable": true },
          "RunObject.tool_resources": { "type": "object" },
          "RunObject.reasoning_effort": { "type": "string", "nullable": true },
          "RunStepObject.expires_at": { "type": "integer", "nullable": true },
          "RunCompletionUsage.prompt_token_details": { "type": "object", "properties": { "cached_tokens": { "type": "integer" } }, "required": ["cached_tokens"] },
          "RunCompletionUsage.completion_tokens_details": { "type": "object", "properties": { "reasoning_tokens": { "type": "integer" } }, "required": ["reasoning_tokens"] },
          "RunStepCompletionUsage.prompt_token_details": { "type": "object", "properties": { "cached_tokens": { "type": "integer" } }, "required": ["cached_tokens"] },
          "RunStepCompletionUsage.completion_tokens_details": { "type": "object", "properties": { "reasoning_tokens": { "type": "integer" } }, "required": ["reasoning_tokens"] },
          "RunStepDetailsToolCallsFileSearchResultObject.attributes": { "type": "object" },
          "RunStepDeltaStepDetailsToolCallsFileSearchObject.file_search.ranking_options": { "$ref": "#/components/schemas/RunStepDetailsToolCallsFileSearchRankingOptionsObject" },
          "RunStepDeltaStepDetailsToolCallsFileSearchObject.file_search.results": { "type": "array" }
        }
        """);

    /// <summary>The fields of each object, in the order of the wire; a question mark stands behind those that are not always there.</summary>
    private static readonly Dictionary<string, string[]> _orders = new Dictionary<string, string>
    {
        // Objects.
        ["AssistantObject"] = "id object created_at name description instructions model tools top_p temperature reasoning_effort tool_resources metadata response_format",
        ["ThreadObject"] = "id object created_at metadata tool_resources",
        ["MessageObject"] = "id object created_at assistant_id thread_id run_id status incomplete_details incomplete_at completed_at role content attachments metadata",
        ["RunObject"] =
            "id object created_at assistant_id thread_id status started_at expires_at cancelled_at failed_at completed_at required_action last_error model " +
            "instructions tools tool_resources metadata temperature top_p reasoning_effort max_completion_tokens max_prompt_tokens truncation_strategy " +
            "incomplete_details usage response_format tool_choice parallel_tool_calls",
        ["RunStepObject"] =
            "id object created_at run_id assistant_id thread_id type status cancelled_at completed_at expires_at expired_at failed_at last_error step_details metadata usage",

        // What objects hold.
        ["AssistantObject.tool_resources"] = "code_interpreter? file_search?",
        ["ThreadObject.tool_resources"] = "code_interpreter? file_search?",
        ["AssistantToolsCode"] = "type",
        ["AssistantToolsFileSearch"] = "type file_search",
        ["AssistantToolsFileSearch.file_search"] = "max_num_results? ranking_options",
        ["FileSearchRankingOptions"] = "ranker score_threshold hybrid_search?",
        ["AssistantToolsFunction"] = "type function",
        ["FunctionObject"] = "name description? parameters strict",
        ["TruncationObject"] = "type last_messages",
        ["RunObject.required_action"] = "type submit_tool_outputs",
        ["RunObject.required_action.submit_tool_outputs"] = "tool_calls",
        ["RunToolCallObject"] = "id type function",
        ["RunToolCallObject.function"] = "name arguments",
        ["RunObject.last_error"] = "code message",
        ["RunObject.incomplete_details"] = "reason?",
        ["MessageObject.incomplete_details"] = "reason",
        ["RunCompletionUsage"] = "prompt_tokens completion_tokens total_tokens prompt_token_details completion_tokens_details",
        ["RunCompletionUsage.prompt_token_details"] = "cached_tokens",
        ["RunCompletionUsage.completion_tokens_details"] = "reasoning_tokens",
        ["RunStepCompletionUsage"] = "prompt_tokens completion_tokens total_tokens prompt_token_details completion_tokens_details",
        ["RunStepCompletionUsage.prompt_token_details"] = "cached_tokens",
        ["RunStepCompletionUsage.completion_tokens_details"] = "reasoning_tokens",

        // Steps.
        ["RunStepDetailsMessageCreationObject"] = "type message_creation",
        ["RunStepDetailsMessageCreationObject.message_creation"] = "message_id",
        ["RunStepDetailsToolCallsObject"] = "type tool_calls",
        ["RunStepDetailsToolCallsFunctionObject"] = "id type function",
        ["RunStepDetailsToolCallsFunctionObject.function"] = "name arguments output",
        ["RunStepDetailsToolCallsCodeObject"] = "id type code_interpreter",
        ["RunStepDetailsToolCallsCodeObject.code_interpreter"] = "input outputs",
        ["RunStepDetailsToolCallsFileSearchObject"] = "id type file_search",
        ["RunStepDetailsToolCallsFileSearchObject.file_search"] = "ranking_options results",
        ["RunStepDetailsToolCallsFileSearchRankingOptionsObject"] = "ranker score_threshold",
        ["RunStepDetailsToolCallsFileSearchResultObject"] = "file_id file_name score attributes content?",

        // Parts of messages.
        ["MessageContentTextObject"] = "type text",
        ["MessageContentTextObject.text"] = "value annotations",
        ["MessageContentRefusalObject"] = "type refusal",
        ["MessageContentImageFileObject"] = "type image_file",
        ["MessageContentImageFileObject.image_file"] = "file_id detail?",
        ["MessageContentImageUrlObject"] = "type image_url",
        ["MessageContentImageUrlObject.image_url"] = "url detail",
        ["MessageContentTextAnnotationsFileCitationObject"] = "type text start_index end_index file_citation",
        ["MessageContentTextAnnotationsFileCitationObject.file_citation"] = "file_id",
        ["MessageContentTextAnnotationsFilePathObject"] = "type text start_index end_index file_path",
        ["MessageContentTextAnnotationsFilePathObject.file_path"] = "file_id",

        // Deltas.
        ["MessageDeltaObject"] = "id object delta",
        ["MessageDeltaObject.delta"] = "content",
        ["MessageDeltaContentTextObject"] = "index type text",
        ["MessageDeltaContentTextObject.text"] = "value? annotations?",
        ["MessageDeltaContentTextAnnotationsFileCitationObject.file_citation"] = "file_id quote",
        ["RunStepDeltaObject"] = "id object delta",
        ["RunStepDeltaObject.delta"] = "step_details",
        ["RunStepDeltaStepDetailsToolCallsObject"] = "type tool_calls",
        ["RunStepDeltaStepDetailsToolCallsFunctionObject"] = "index id? type function",
        ["RunStepDeltaStepDetailsToolCallsFunctionObject.function"] = "name? arguments output?",
        ["RunStepDeltaStepDetailsToolCallsCodeObject"] = "index id? type code_interpreter",
        ["RunStepDeltaStepDetailsToolCallsCodeObject.code_interpreter"] = "input? outputs?",
        ["RunStepDeltaStepDetailsToolCallsFileSearchObject"] = "index id type file_search",
        ["RunStepDeltaStepDetailsToolCallsFileSearchObject.file_search"] = "ranking_options results",

        // Envelopes.
        ["ListAssistantsResponse"] = "object data first_id last_id has_more",
        ["ListMessagesResponse"] = "object data first_id last_id has_more",
        ["ListRunsResponse"] = "object data first_id last_id has_more",
        ["ListRunStepsResponse"] = "object data first_id last_id has_more",
        ["DeleteAssistantResponse"] = "id object deleted",
        ["DeleteThreadResponse"] = "id object deleted",
        ["DeleteMessageResponse"] = "id object deleted",
        ["ErrorResponse"] = "error",
        ["Error"] = "message type param code",
    }.ToDictionary(order => order.Key, order => order.Value.Split(' '));

    public static bool MayBeNull(string place) => _nulls.ContainsKey(place);

    public static bool Overrules(string place, string word) => _limits.ContainsKey((place, word));

    /// <summary>The schema of a field that only the recordings name.</summary>
    public static JsonElement? Field(string place, string name) => _fields.TryGetProperty($"{place}.{name}", out var schema) ? schema : null;

    /// <summary>How an object's fields differ from the recorded ones; nothing if none are recorded.</summary>
    public static IEnumerable<string> OrderFaults(string place, JsonElement value)
    {
        if (!_orders.TryGetValue(place, out var order))
        {
            return [];
        }

        var names = value.EnumerateObject().Select(field => field.Name).ToList();
        var expected = order.Where(name => !name.EndsWith('?') || names.Contains(name[..^1])).Select(name => name.TrimEnd('?'));
        return names.SequenceEqual(expected) ? [] : [$"has the fields {string.Join(' ', names)} in place of {string.Join(' ', order)}"];
    }
}
