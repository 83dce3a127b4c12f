using System.Text.Json;

namespace AssistantsMcp.Engine.Messages;

/// <summary>What stands behind a piece of a message's text: a file that says so, or a file that code made.</summary>
/// <param name="IsPath">Whether it is a <c>file_path</c> (made by code) or a <c>file_citation</c> (found by search).</param>
/// <param name="Text">The piece of the text. It is never empty, and its like stands nowhere else: clients replace it.</param>
/// <param name="StartIndex">Where it begins, in characters (code points).</param>
/// <param name="EndIndex">Where it ends, exclusive.</param>
/// <param name="FileId">The file.</param>
internal sealed record Annotation(bool IsPath, string Text, int StartIndex, int EndIndex, string FileId)
{
    /// <summary>An annotation as it was written.</summary>
    public static Annotation Read(JsonElement annotation)
    {
        var type = annotation.GetProperty("type").GetString()!;
        return new Annotation(
            type == "file_path",
            annotation.GetProperty("text").GetString()!,
            annotation.GetProperty("start_index").GetInt32(),
            annotation.GetProperty("end_index").GetInt32(),
            annotation.GetProperty(type).GetProperty("file_id").GetString()!);
    }

    /// <param name="writer">Where the annotation is written to.</param>
    /// <param name="deltaIndex">Its place among its like, for a delta only; there a citation has an empty quote too.</param>
    public void WriteTo(Utf8JsonWriter writer, int? deltaIndex = null)
    {
        var type = IsPath ? "file_path" : "file_citation";
        writer.WriteStartObject();
        if (deltaIndex is { } index)
        {
            writer.WriteNumber("index", index);
        }

        writer.WriteString("type", type);
        writer.WriteString("text", Text);
        writer.WriteNumber("start_index", StartIndex);
        writer.WriteNumber("end_index", EndIndex);
        writer.WriteStartObject(type);
        writer.WriteString("file_id", FileId);
        if (deltaIndex is not null && !IsPath)
        {
            writer.WriteString("quote", string.Empty);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
