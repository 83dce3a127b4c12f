using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using AssistantsMcp.Clients;

namespace AssistantsMcp.Tools;

/// <summary>What is known of a run while it is waited for: from the run itself, or from the events of its stream.</summary>
internal sealed class WatchedRun
{
    private static readonly string[] _settled = ["completed", "failed", "incomplete", "cancelled", "expired", "requires_action"];

    private readonly StringBuilder _text = new();
    private readonly Lock _lock = new();

    public string? ThreadId { get; private set; }

    public string? Id { get; private set; }

    public string? Status { get; private set; }

    /// <summary>Whether it has ended, or waits for its caller.</summary>
    public bool IsSettled => _settled.Contains(Status);

    /// <summary>The end of what it has written so far.</summary>
    /// <param name="length">How many characters, at most.</param>
    public string Tail(int length)
    {
        lock (_lock)
        {
            if (_text.Length <= length)
            {
                return _text.ToString();
            }

            var start = _text.Length - length;
            start += char.IsLowSurrogate(_text[start]) ? 1 : 0;
            return $"…{_text.ToString(start, _text.Length - start)}";
        }
    }

    /// <param name="run">The run as the API shows it.</param>
    public void Apply(JsonElement run) => (ThreadId, Id, Status) = (run.Text("thread_id"), run.Text("id"), run.Text("status"));

    /// <param name="happened">An event of its stream.</param>
    public void Apply(SseItem<string> happened)
    {
        if (happened.EventType.StartsWith("thread.run.", StringComparison.Ordinal) && !happened.EventType.StartsWith("thread.run.step.", StringComparison.Ordinal))
        {
            Apply(JsonElement.Parse(happened.Data));
        }
        else if (happened.EventType == "thread.message.delta")
        {
            Append(JsonElement.Parse(happened.Data).GetProperty("delta"));
        }
    }

    private void Append(JsonElement delta)
    {
        foreach (var part in delta.TryGetProperty("content", out var content) ? content.EnumerateArray() : default)
        {
            if (part.TryGetProperty("text", out var text) && text.Text("value") is { } value)
            {
                lock (_lock)
                {
                    _text.Append(value);
                }
            }
        }
    }
}
