using System.Text.Json;
using AssistantsMcp.Faults.Recording;

namespace AssistantsMcp.Faults.Checking;

/// <summary>Writes histories that never happened: one second after the other, in the name of one client.</summary>
internal sealed class Forgery
{
    private readonly List<HistoryEntry> _entries = [];
    private double _now;

    public IReadOnlyList<HistoryEntry> Entries => _entries;

    public static string Message(string id, string text, string? run = null, string status = "completed") =>
        $$$"""{"id":"{{{id}}}","object":"thread.message","thread_id":"thread_1","run_id":{{{Quote(run)}}},"status":"{{{status}}}","metadata":{},"content":[{"type":"text","text":{"value":"{{{text}}}"}}]}""";

    public static string Run(string status, string id = "run_1") =>
        $$$"""{"id":"{{{id}}}","object":"thread.run","thread_id":"thread_1","status":"{{{status}}}","metadata":{"marker":"text 1"}}""";

    public static string Step(string id, string messageId) =>
        $$$$"""{"id":"{{{{id}}}}","object":"thread.run.step","thread_id":"thread_1","run_id":"run_1","status":"completed","step_details":{"message_creation":{"message_id":"{{{{messageId}}}}"}}}""";

    public Forgery Post(string path, string answer, string? idempotencyKey = null) => Call("POST", path, 200, answer, idempotencyKey);

    public Forgery Get(string path, string answer) => Call("GET", path, 200, answer);

    public Forgery Missing(string path) => Call("GET", path, 404, """{"error":{}}""");

    public Forgery List(string path, params string[] items) => Page(path, hasMore: false, items);

    public Forgery Page(string path, bool hasMore, params string[] items)
    {
        var last = items.Length == 0 ? null : JsonElement.Parse(items[^1]).GetProperty("id").GetString();
        return Get(path, $$"""{"object":"list","data":[{{string.Join(',', items)}}],"has_more":{{(hasMore ? "true" : "false")}},"last_id":{{Quote(last)}}}""");
    }

    public Forgery Asked(string marker = "text 1", int turn = 0) => Add(new ModelCall(++_now, marker, turn));

    public Forgery Answered(string text, string marker = "text 1", int turn = 0) => Add(new ModelAnswer(++_now, marker, turn, text));

    private Forgery Call(string method, string path, int status, string answer, string? idempotencyKey = null) =>
        Add(new ClientCall(++_now, ++_now, "sk-1", method, path, null, status, JsonElement.Parse(answer), idempotencyKey));

    private Forgery Add(HistoryEntry entry)
    {
        _entries.Add(entry);
        return this;
    }

    private static string Quote(string? text) => text is null ? "null" : $"\"{text}\"";
}
