using System.Text.Json;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Messages;

/// <summary>The parts of a message: as clients send them, and as the API shows them.</summary>
internal static class MessageContent
{
    /// <summary>A request's content as parts: texts become objects with annotations, images get their default detail.</summary>
    /// <param name="content">A text or a list of parts that fits the schema.</param>
    public static JsonElement FromRequest(JsonElement content) => EngineJson.Build(writer =>
    {
        writer.WriteStartArray();
        if (content.ValueKind == JsonValueKind.String)
        {
            WriteText(writer, content.GetString()!);
        }
        else
        {
            foreach (var part in content.EnumerateArray())
            {
                WritePart(writer, part);
            }
        }

        writer.WriteEndArray();
    });

    /// <summary>A text of a request's or a run's message.</summary>
    public static void WriteText(Utf8JsonWriter writer, string text, params IEnumerable<Annotation> annotations)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "text");
        writer.WriteStartObject("text");
        writer.WriteString("value", text);
        writer.WriteStartArray("annotations");
        foreach (var annotation in annotations)
        {
            annotation.WriteTo(writer);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WritePart(Utf8JsonWriter writer, JsonElement part)
    {
        var type = part.GetProperty("type").GetString()!;
        if (type == "text")
        {
            WriteText(writer, part.GetProperty("text").GetString()!);
            return;
        }

        var (idName, image) = (type == "image_url" ? "url" : "file_id", RequestBody.Part(part.GetProperty(type)));
        writer.WriteStartObject();
        writer.WriteString("type", type);
        writer.WriteStartObject(type);
        writer.WriteString(idName, image.Text(idName));
        writer.WriteString("detail", image.Text("detail") ?? "auto");
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
