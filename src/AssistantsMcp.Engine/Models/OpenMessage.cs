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

    /// <summary>A citation; it stands where the text has got to, unless it says which piece of the text it is about.</summary>
    public IEnumerable<ModelEvent> Annotate(long? contentIndex, long? number, JsonElement annotation)
    {
        var part = PartAt(contentIndex, isRefusal: false);
        if (annotation.Number("end_index") > CodePoints.Count(part.Streamed.ToString()))
        {
            // That piece is still to come; the whole message brings the citation again.
            return [];
        }

        return part.Annotations.Add(number ?? part.Annotations.Count) && CitationOf(annotation) is { } citation
            ? [Cite(part, citation, annotation, part.Streamed.ToString())]
            : [];
    }

    public override IEnumerable<ModelEvent> Finish(JsonElement? item)
    {
        foreach (var started in Start(item))
        {
            yield return started;
        }

        var isEmpty = true;
        foreach (var (index, isRefusal, text, annotations) in ContentOf(item))
        {
            var part = PartAt(index, isRefusal);
            if (text.Length > 0)
            {
                part.Final = text;
                isEmpty = false;
            }

            foreach (var late in Catchup(part, text, annotations))
            {
                yield return late;
            }
        }

        IsDone = true;
        var parts = _parts.ConvertAll(part => new ModelPart(part.IsRefusal, part.Text));

        // A server that streamed text and then sends an empty item would make the model forget what it said.
        yield return new MessageDone(Id, parts, item is { } whole && !(isEmpty && parts.Count > 0) ? whole : Compose(parts));
    }

    /// <summary>What of a part has not come yet, with each citation behind the text that it is about.</summary>
    private IEnumerable<ModelEvent> Catchup(Part part, string text, IEnumerable<JsonElement> annotations)
    {
        foreach (var (number, annotation) in annotations.Index())
        {
            if (!part.Annotations.Add(number) || CitationOf(annotation) is not { } citation)
            {
                continue;
            }

            if (RemainderOf(part, text[..PlaceOf(annotation, text)]) is { } upToHere)
            {
                yield return upToHere;
            }

            yield return Cite(part, citation, annotation, text);
        }

        if (RemainderOf(part, text) is { } rest)
        {
            yield return rest;
        }
    }

    /// <summary>What nothing in the text stands for, such as a picture, comes behind it.</summary>
    private static int PlaceOf(JsonElement annotation, string text) =>
        (annotation.Number("end_index") ?? annotation.Number("index")) is { } place and > 0 ? CodePoints.IndexOf(text, place) : text.Length;

    private ModelEvent? RemainderOf(Part part, string text)
    {
        if (Remainder(part.Streamed.ToString(), text) is not { } missing)
        {
            return null;
        }

        part.Streamed.Append(missing);
        return Delta(part, missing);
    }

    private Cited Cite(Part part, Citation citation, JsonElement annotation, string text)
    {
        if (citation is FoundFile)
        {
            return new Cited(Id, part.Number, citation, part.Streamed.Length, part.Streamed.Length);
        }

        var start = CodePoints.IndexOf(text, annotation.Number("start_index") ?? 0);
        var end = CodePoints.IndexOf(text, annotation.Number("end_index") ?? 0);
        return new Cited(Id, part.Number, citation, start, Math.Max(start, end));
    }

    private static Citation? CitationOf(JsonElement annotation) => (annotation.Text("type"), annotation.Text("file_id")) switch
    {
        ("file_citation", { } file) => new FoundFile(file, NameOf(annotation) ?? file),
        ("container_file_citation", { } file) when annotation.Text("container_id") is { } container =>
            new ContainerFile(container, file, Path.GetFileName(NameOf(annotation)) is { Length: > 0 } name ? name : file),
        _ => null,
    };

    /// <summary>The name becomes part of a text in which clients search: it stays on one line.</summary>
    private static string? NameOf(JsonElement annotation) => annotation.Text("filename") is { Length: > 0 } name
        ? string.Concat(name.Select(character => char.IsControl(character) ? '_' : character))
        : null;

    private static IEnumerable<(int Index, bool IsRefusal, string Text, IEnumerable<JsonElement> Annotations)> ContentOf(JsonElement? item)
    {
        if (item?.Text("content") is { Length: > 0 } plain)
        {
            yield return (0, false, plain, []);
        }

        foreach (var (index, content) in (item?.Elements("content") ?? []).Index())
        {
            switch (content.Text("type"))
            {
                case "output_text" or "text":
                    yield return (index, false, content.Text("text") ?? string.Empty, content.Elements("annotations"));
                    break;

                case "refusal":
                    yield return (index, true, content.Text("refusal") ?? string.Empty, []);
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

        /// <summary>The numbers of the annotations that came.</summary>
        public HashSet<long> Annotations { get; } = [];

        public string? Final { get; set; }

        public string Text => Final ?? Streamed.ToString();
    }
}
