using System.Text;
using System.Text.Json;
using AssistantsMcp.Engine.HostedTools;
using AssistantsMcp.Engine.Messages;
using AssistantsMcp.Engine.Models;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// A part of a message that a run writes: a text and what it cites, a refusal, or a picture. Model servers cite
/// beside the text; in this API a marker stands in the text for each citation.
/// </summary>
/// <param name="number">The part's number in the model's events.</param>
/// <param name="isRefusal">Whether the text is a refusal.</param>
/// <param name="pictureId">The file, where it is a picture.</param>
internal sealed class WrittenPart(int number, bool isRefusal = false, string? pictureId = null)
{
    private readonly StringBuilder _streamed = new();
    private readonly List<Mark> _marks = [];
    private string? _final;

    public int Number => number;

    public void Append(string text) => _streamed.Append(text);

    /// <summary>The text is whole; where this differs from what was streamed, this is the truth.</summary>
    public void Finish(string text) => _final = text;

    /// <summary>Takes a citation.</summary>
    /// <param name="cited">What is cited, and where.</param>
    /// <param name="marker">What stands for it where the text has nothing.</param>
    /// <returns>What joins the text, the annotation's number and the annotation.</returns>
    public (string Inserted, int Number, Annotation Annotation) Cite(Cited cited, string marker)
    {
        var text = Text;
        var (start, end) = PlaceOf(cited, text);
        var link = text[start..end];
        var isPath = cited.Citation is MadeFile;
        var mark = (isPath, link) switch
        {
            (true, { Length: > 0 }) => new Mark(start, "", 0, link, isPath, cited.Citation.FileId),
            (true, _) => Linked(text.Length, cited.Citation),
            _ => new Mark(start, marker, 0, marker, isPath, cited.Citation.FileId),
        };
        _marks.Add(mark);
        return (mark.Inserted, _marks.Count - 1, Compose().Annotations[^1]);
    }

    public void WriteTo(Utf8JsonWriter writer)
    {
        if (pictureId is not null || isRefusal)
        {
            var type = isRefusal ? "refusal" : "image_file";
            writer.WriteStartObject();
            writer.WriteString("type", type);
            if (isRefusal)
            {
                writer.WriteString(type, Text);
            }
            else
            {
                writer.WriteStartObject(type);
                writer.WriteString("file_id", pictureId);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
            return;
        }

        var (value, annotations) = Compose();
        MessageContent.WriteText(writer, value, annotations);
    }

    private string Text => _final ?? _streamed.ToString();

    /// <summary>
    /// The place that the server names, unless the link that it means stands elsewhere: servers count differently, or
    /// name no place.
    /// </summary>
    private static (int Start, int End) PlaceOf(Cited cited, string text)
    {
        var (start, end) = (Math.Min(cited.Start, text.Length), Math.Min(cited.End, text.Length));
        if (cited.Citation is not MadeFile made)
        {
            return (start, end);
        }

        var link = SandboxLink.To(made.FileName);
        return text[start..end] != link && text.IndexOf(link, StringComparison.Ordinal) is var found and >= 0
            ? (found, found + link.Length)
            : (start, end);
    }

    /// <summary>A file that nothing in the text stands for gets a link behind the text.</summary>
    private static Mark Linked(int position, Citation file)
    {
        var link = SandboxLink.To(file.FileName);
        var before = $"\n[{file.FileName}](";
        return new Mark(position, $"{before}{link})", before.Length, link, IsPath: true, file.FileId);
    }

    /// <summary>The text with all marks in it, and the annotations in the order in which they came.</summary>
    private (string Value, IReadOnlyList<Annotation> Annotations) Compose()
    {
        var text = Text;
        var value = new StringBuilder(text.Length);
        var annotations = new Annotation[_marks.Count];
        var (taken, count) = (0, 0);
        foreach (var (order, mark) in _marks.Index().OrderBy(pair => pair.Item.Position))
        {
            var before = text.AsSpan(taken..Math.Min(mark.Position, text.Length));
            value.Append(before).Append(mark.Inserted);
            taken += before.Length;
            count += CodePoints.Count(before);

            var start = count + CodePoints.Count(mark.Inserted.AsSpan(0, mark.Offset));
            annotations[order] = new Annotation(mark.IsPath, mark.Text, start, start + CodePoints.Count(mark.Text), mark.FileId);
            count += CodePoints.Count(mark.Inserted);
        }

        return (value.Append(text.AsSpan(taken)).ToString(), annotations);
    }

    /// <param name="Position">Its place in the model's own text.</param>
    /// <param name="Inserted">What joins the text there; nothing where the model wrote it itself.</param>
    /// <param name="Offset">Where the annotated piece begins behind that place.</param>
    /// <param name="Text">The annotated piece.</param>
    /// <param name="IsPath">Whether code made the file.</param>
    /// <param name="FileId">The file.</param>
    private readonly record struct Mark(int Position, string Inserted, int Offset, string Text, bool IsPath, string FileId);
}
