using System.Text;

namespace AssistantsMcp.Measure.Targets;

/// <summary>Requests as bytes, ready to be sent.</summary>
internal static class Requests
{
    public const string Key = "sk-bench";

    public const string List = """{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}""";

    public static byte[] Get(string path) => Encoding.UTF8.GetBytes(Head("GET", path) + "\r\n");

    public static byte[] Post(string path, string json, params IEnumerable<string> headers) => Encoding.UTF8.GetBytes(
        $"{Head("POST", path)}{string.Concat(headers.Select(header => $"{header}\r\n"))}Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");

    /// <summary>A call of a tool.</summary>
    /// <param name="tool">Its name.</param>
    /// <param name="arguments">A JSON object.</param>
    /// <param name="id">The request's.</param>
    public static string Call(string tool, string arguments, int id = 1) =>
        $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}}}""";

    private static string Head(string method, string path) =>
        $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {Key}\r\nOpenAI-Beta: assistants=v2\r\nAccept: application/json, text/event-stream\r\n";
}
