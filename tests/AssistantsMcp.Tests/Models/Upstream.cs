using System.Text.Json;

namespace AssistantsMcp.Tests.Models;

/// <summary>Events of a streamed response as OpenAI sends them.</summary>
internal static class Upstream
{
    public const string Created = """{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","status":"in_progress","output":[]}}""";

    public const string Usage = """{"input_tokens":11,"input_tokens_details":{"cached_tokens":4},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":18}""";

    public static string Added(string item, int index = 0) => $$"""{"type":"response.output_item.added","output_index":{{index}},"item":{{item}}}""";

    public static string Done(string item, int index = 0) => $$"""{"type":"response.output_item.done","output_index":{{index}},"item":{{item}}}""";

    public static string TextDelta(string text, string id = "msg_a", int index = 0, int part = 0) =>
        $$"""{"type":"response.output_text.delta","item_id":"{{id}}","output_index":{{index}},"content_index":{{part}},"delta":{{Quote(text)}}}""";

    public static string ArgumentsDelta(string text, string id, int index) =>
        $$"""{"type":"response.function_call_arguments.delta","item_id":"{{id}}","output_index":{{index}},"delta":{{Quote(text)}}}""";

    public static string Completed(params string[] output) => Ended("completed", "null", output);

    public static string Incomplete(string reason, params string[] output) => Ended("incomplete", $$"""{"reason":"{{reason}}"}""", output);

    public static string Message(string text, string id = "msg_a", string status = "completed") =>
        $$$"""{"id":"{{{id}}}","type":"message","status":"{{{status}}}","role":"assistant","content":[{"type":"output_text","text":{{{Quote(text)}}},"annotations":[]}]}""";

    public static string EmptyMessage(string id = "msg_a") => $$"""{"id":"{{id}}","type":"message","status":"in_progress","role":"assistant","content":[]}""";

    public static string Call(string name, string arguments, string callId = "call_a", string id = "fc_a") =>
        $$"""{"id":"{{id}}","type":"function_call","status":"completed","call_id":"{{callId}}","name":"{{name}}","arguments":{{Quote(arguments)}}}""";

    public static string Quote(string text) => JsonSerializer.Serialize(text);

    private static string Ended(string status, string details, string[] output) =>
        $$$"""{"type":"response.{{{status}}}","response":{"id":"resp_1","status":"{{{status}}}","incomplete_details":{{{details}}},"output":[{{{string.Join(',', output)}}}],"usage":{{{Usage}}}}}""";
}
