using System.Runtime.InteropServices;
using System.Text.Json;

namespace AssistantsMcp.Tools;

/// <summary>A completed run together with what it wrote, so that nobody has to ask for it.</summary>
internal static class RunAnswer
{
    /// <summary>The run with a field more, <c>messages</c>: the id and the text of each message it wrote, oldest first.</summary>
    /// <param name="run">The run.</param>
    /// <param name="messages">The list of its messages.</param>
    public static JsonElement Write(JsonElement run, JsonElement messages) => JsonElement.Parse(ShortJson.Write(writer =>
    {
        writer.WriteStartObject();
        foreach (var field in run.EnumerateObject())
        {
            writer.WritePropertyName(field.Name);
            writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(field.Value));
        }

        writer.WriteStartArray("messages");
        foreach (var message in messages.GetProperty("data").EnumerateArray())
        {
            writer.WriteStartObject();
            writer.WriteString("id", message.GetProperty("id").GetString());
            writer.WriteString("text", TextOf(message));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }).Span);

    private static string TextOf(JsonElement message) => string.Join('\n', message.GetProperty("content").EnumerateArray().Select(TextOfPart));

    private static string? TextOfPart(JsonElement part) => part.GetProperty("type").GetString() switch
    {
        "text" => part.GetProperty("text").GetProperty("value").GetString(),
        "refusal" => part.GetProperty("refusal").GetString(),
        "image_file" => $"[image {part.GetProperty("image_file").GetProperty("file_id").GetString()}]",
        var other => $"[{other}]",
    };
}
