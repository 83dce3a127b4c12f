using System.Text.Json;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.PassThrough;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>
/// The sandbox's answers where the response format asks for JSON: <c>{"answer":text}</c>, or the smallest instance
/// of the schema, with the text in its string fields. An answer that is a JSON object already stays as it is.
/// </summary>
internal static class SandboxJson
{
    private const int DeepestSchema = 24;

    public static string Shape(string text, JsonElement? responseFormat)
    {
        var type = responseFormat is { } format ? format.Text("type") : null;
        if (type is not ("json_object" or "json_schema") || IsObject(text))
        {
            return text;
        }

        return EngineJson.Build(writer =>
        {
            if (responseFormat?.Find("json_schema")?.Find("schema") is { } schema)
            {
                WriteInstance(writer, schema, schema, text, 0);
                return;
            }

            writer.WriteStartObject();
            writer.WriteString("answer", text);
            writer.WriteEndObject();
        }).GetRawText();
    }

    private static bool IsObject(string text)
    {
        try
        {
            using var parsed = JsonDocument.Parse(text);
            return parsed.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void WriteInstance(Utf8JsonWriter writer, JsonElement schema, JsonElement root, string text, int depth)
    {
        // A recursive schema has to end somewhere.
        if (depth > DeepestSchema)
        {
            writer.WriteNullValue();
            return;
        }

        if (schema.Find("const") is { } constant)
        {
            writer.WriteVerbatim(constant);
        }
        else if (schema.Elements("enum").Take(1).ToList() is [var first])
        {
            writer.WriteVerbatim(first);
        }
        else if (Alternative(schema, root) is { } other)
        {
            WriteInstance(writer, other, root, text, depth + 1);
        }
        else
        {
            WriteOfType(writer, schema, root, text, depth);
        }
    }

    private static void WriteOfType(Utf8JsonWriter writer, JsonElement schema, JsonElement root, string text, int depth)
    {
        switch (TypeOf(schema))
        {
            case "object":
                writer.WriteStartObject();
                foreach (var name in schema.Elements("required").Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!))
                {
                    writer.WritePropertyName(name);
                    WriteInstance(writer, schema.Find("properties")?.Find(name) ?? default, root, text, depth + 1);
                }

                writer.WriteEndObject();
                break;

            case "array":
                writer.WriteStartArray();
                for (var i = 0; i < Math.Min(schema.Number("minItems") ?? 0, 16); i++)
                {
                    WriteInstance(writer, schema.Find("items") ?? default, root, text, depth + 1);
                }

                writer.WriteEndArray();
                break;

            case "integer" or "number":
                writer.WriteNumberValue(schema.Number("minimum") ?? 0);
                break;

            case "boolean":
                writer.WriteBooleanValue(false);
                break;

            case "null":
                writer.WriteNullValue();
                break;

            default:
                writer.WriteStringValue(text);
                break;
        }
    }

    private static JsonElement? Alternative(JsonElement schema, JsonElement root)
    {
        if (schema.Text("$ref") is { } reference && reference.StartsWith('#'))
        {
            JsonElement? target = root;
            foreach (var step in reference[1..].Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                target = target?.Find(step);
            }

            return target;
        }

        foreach (var keyword in (ReadOnlySpan<string>)["anyOf", "oneOf", "allOf"])
        {
            if (schema.Elements(keyword).Take(1).ToList() is [var first])
            {
                return first;
            }
        }

        return null;
    }

    private static string? TypeOf(JsonElement schema) =>
        schema.Text("type")
        ?? schema.Elements("type").Select(type => type.GetString()).FirstOrDefault(type => type != "null")
        ?? (schema.Find("properties") is null ? null : "object");
}
