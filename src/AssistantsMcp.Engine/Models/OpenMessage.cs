using System.Text;
using System.Text.Json;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Models;

/// <summary>A message while it arrives. Its parts are numbered without gaps, whatever the server skips.</summary>
internal sealed class OpenMessage(string id) : OpenItem(id, "message")
{
    private readonly List<Part> _parts = [];
    private bool _started;

    public override bool Resembles(JsonElement item)
    {
        var streamed = string.Concat(_parts.Select(part => part.Text));
        var final = string.Concat(ContentOf(item).Select(content => content.Text));
        return IsDone ? final == streamed : streamed.Length > 0 && final.StartsWith(streamed, StringComparison.Ordinal);
    }

    public override IEnumerable<ModelEvent> Start(JsonElement? item)
    {
        if (!_started)
        {
            _started = true;
            yield return new MessageStarted(Id);
        }
    }

    /// <summary>More text. Servers that name no part mean the last one of the kind.</summary>
    public ModelEvent Append(long? contentIndex, bool isRefusal, string text)
    {
        var part = PartAt(contentIndex, isRefusal);
        part.Streamed.Append(text);
        return Delta(part, text);
    }

    public override IEnumerable<ModelEvent> Finish(JsonElement? item)
    {
        foreach (var started in Start(item))
        {
            yield return started;
        }

        var isEmpty = true;
        foreach (var (index, isRefusal, text) in ContentOf(item))
        {
            var part = PartAt(index, isRefusal);
            if (text.Length > 0)
            {
                part.Final = text;
                isEmpty = false;
            }

            if (Remainder(part.Streamed.ToString(), text) is { } missing)
            {
                part.Streamed.Append(missing);
                yield return Delta(part, missing);
            }
        }

        IsDone = true;
        var parts = _parts.ConvertAll(part => new ModelPart(part.IsRefusal, part.Text));

        // A server that streamed text and then sends an empty item would make the model forget what it said.
        yield return new MessageDone(Id, parts, item is { } whole && !(isEmpty && parts.Count > 0) ? whole : Compose(parts));
    }

    private static IEnumerable<(int Index, bool IsRefusal, string Text)> ContentOf(JsonElement? item)
    {
        if (item?.Text("content") is { Length: > 0 } plain)
        {
            yield return (0, false, plain);
        }

        foreach (var (index, content) in (item?.Elements("content") ?? []).Index())
        {
            switch (content.Text("type"))
            {
                case "output_text" or "text":
                    yield return (index, false, content.Text("text") ?? string.Empty);
                    break;

                case "refusal":
                    yield return (index, true, content.Text("refusal") ?? string.Empty);
                    break;
            }
        }
    }

    private static JsonElement Compose(List<ModelPart> parts) => EngineJson.Build(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("type", "message");
        writer.WriteString("role", "assistant");
        writer.WriteStartArray("content");
        foreach (var part in parts)
        {
            writer.WriteStartObject();
            writer.WriteString("type", part.IsRefusal ? "refusal" : "output_text");
            writer.WriteString(part.IsRefusal ? "refusal" : "text", part.Text);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private Part PartAt(long? contentIndex, bool isRefusal)
    {
        var part = _parts.LastOrDefault(part => part.IsRefusal == isRefusal && (contentIndex is null || part.ContentIndex == contentIndex));
        if (part is null)
        {
            part = new Part(_parts.Count, contentIndex ?? _parts.Count, isRefusal);
            _parts.Add(part);
        }

        return part;
    }

    private ModelEvent Delta(Part part, string text) =>
        part.IsRefusal ? new RefusalDelta(Id, part.Number, text) : new TextDelta(Id, part.Number, text);

    /// <param name="Number">The part's number in our events.</param>
    /// <param name="ContentIndex">Its number in the server's events.</param>
    /// <param name="IsRefusal">Whether it is a refusal.</param>
    private sealed record Part(int Number, long ContentIndex, bool IsRefusal)
    {
        public StringBuilder Streamed { get; } = new();

        public string? Final { get; set; }

        public string Text => Final ?? Streamed.ToString();
    }
}
