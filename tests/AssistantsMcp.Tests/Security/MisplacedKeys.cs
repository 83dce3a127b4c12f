namespace AssistantsMcp.Tests.Security;

/// <summary>Messages of the MCP door with a key where a name, an id or an address belongs.</summary>
internal static class MisplacedKeys
{
    /// <summary>The whole key, the key as addresses and JSON escape it and as some libraries write it, and pieces of it.</summary>
    public static IEnumerable<string> Spellings(string key) =>
    [
        key, key.ToLowerInvariant(), key.ToUpperInvariant(), $"x{key}x", key[..^2], key[3..],
        string.Concat(key.Select(letter => $"%{(int)letter:x2}")), string.Concat(key.Select(letter => $"\\u{(int)letter:x4}")), $"%73{key[1..]}",
    ];

    /// <summary>Each is refused; but for the last two kinds, a tool says so itself.</summary>
    public static IEnumerable<string> Messages(string key) => Spellings(key).SelectMany(Refused).Concat(Answered(key));

    /// <summary>Messages that hold the key in places of all kinds.</summary>
    /// <param name="key">In whatever spelling.</param>
    public static IEnumerable<string> Refused(string key) =>
    [
        Request("resources/read", $$"""{"uri":"assistants://{{key}}"}"""),
        Request("resources/read", $$"""{"uri":"threads://{{key}}/messages?after={{key}}"}"""),
        Request("resources/read", $$"""{"uri":"runs://thread_1/{{key}}"}"""),
        Request("resources/read", $$"""{"uri":"docs://{{key}}"}"""),
        Request("resources/read", $$"""{"uri":"{{key}}"}"""),
        Request("resources/subscribe", $$"""{"uri":"assistants://{{key}}"}"""),
        Request("resources/unsubscribe", $$"""{"uri":"assistants://{{key}}"}"""),
        Request("resources/list", $$"""{"cursor":"{{key}}"}"""),
        Request("resources/templates/list", $$"""{"cursor":"{{key}}"}"""),
        Request("completion/complete", $$$"""{"ref":{"type":"ref/resource","uri":"assistants://{{{key}}}"},"argument":{"name":"assistant_id","value":""}}"""),
        Request("completion/complete", $$$"""{"ref":{"type":"ref/prompt","name":"{{{key}}}"},"argument":{"name":"assistant_id","value":""}}"""),
        Request("completion/complete", $$$"""{"ref":{"type":"ref/prompt","name":"debug-run"},"argument":{"name":"{{{key}}}","value":"{{{key}}}"}}"""),
        Request("completion/complete", $$$$"""{"ref":{"type":"ref/prompt","name":"debug-run"},"argument":{"name":"run_id","value":""},"context":{"arguments":{"thread_id":"{{{{key}}}}"}}}"""),
        Request("prompts/get", $$"""{"name":"{{key}}"}"""),
        Request("tools/call", $$$"""{"name":"{{{key}}}","arguments":{}}"""),
        Request("tools/list", $$$"""{"_meta":{"progressToken":"{{{key}}}","tracestate":"a={{{key}}}"}}"""),
        Request("logging/setLevel", $$"""{"level":"{{key}}"}"""),
        Request("initialize", $$$"""{"protocolVersion":"{{{key}}}","capabilities":{},"clientInfo":{"name":"x","version":"1"}}"""),
        Request(key, "{}"),
        $$"""{"jsonrpc":"2.0","id":"{{key}}","method":"ping"}""",
        $$"""{"jsonrpc":"{{key}}","id":1,"method":"ping"}""",
        $$$"""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"{{{key}}}","reason":"{{{key}}}"}}""",
        $$"""{"jsonrpc":"2.0","method":"{{key}}"}""",
    ];

    /// <summary>Messages that the SDK gets to see.</summary>
    private static IEnumerable<string> Answered(string key) =>
    [
        Request("initialize", $$$"""{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"{{{key}}}","version":"{{{key}}}"}}"""),
        Request("prompts/get", $$$"""{"name":"summarize-thread","arguments":{"thread_id":"{{{key}}}"}}"""),
        Request("prompts/get", $$$"""{"name":"summarize-thread","arguments":{"{{{key}}}":"x"}}"""),
        Request("tools/call", $$$"""{"name":"assistant-get","arguments":{"assistant_id":"{{{key}}}"}}"""),
        Request("tools/call", $$$"""{"name":"assistant-get","arguments":{"assistant_id":"asst_{{{key}}}"}}"""),
        Request("tools/call", $$$"""{"name":"assistant-get","arguments":{"assistant_id":"{{{key.ToLowerInvariant()}}}"}}"""),
        Request("tools/call", $$$"""{"name":"assistant-get","arguments":{"assistant_id":"{{{key[..^2]}}}"}}"""),
        Request("tools/call", $$$"""{"name":"assistant-get","arguments":{"{{{key}}}":"x"}}"""),
        Request("tools/call", $$$"""{"name":"assistant-list","arguments":{"order":"{{{key}}} "}}"""),
    ];

    private static string Request(string method, string parameters) => $$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""";
}
