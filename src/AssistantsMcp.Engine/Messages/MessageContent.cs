using System.Text.Json;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Models;

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

    /// <summary>The parts that a model wrote.</summary>
    public static JsonElement FromModel(IEnumerable<ModelPart> parts) => EngineJson.Build(writer =>
    {
        writer.WriteStartArray();
        foreach (var part in parts)
        {
            if (part.IsRefusal)
            {
                writer.WriteStartObject();
                writer.WriteString("type", "refusal");
                writer.WriteString("refusal", part.Text);
                writer.WriteEndObject();
            }
            else
            {
                WriteText(writer, part.Text);
            }
        }

        writer.WriteEndArray();
    });

    private static void WriteText(Utf8JsonWriter writer, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "text");
        writer.WriteStartObject("text");
        writer.WriteString("value", text);
        writer.WriteStartArray("annotations");
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
