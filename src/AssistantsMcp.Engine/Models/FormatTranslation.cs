using System.Text.Json;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// The answer's format, whose object the Responses API flattens.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Assistants</term><description>Responses</description></listheader>
/// <item><term><c>response_format</c> auto, text</term><description>left out</description></item>
/// <item><term><c>response_format{type:json_object}</c></term><description><c>text.format</c>, the same; where that is passed over, a schema that any object fits</description></item>
/// <item><term><c>response_format{type:json_schema,json_schema:{…}}</c></term><description><c>text.format{type:json_schema,…}</c></description></item>
/// <item><term>either</term><description>to llama.cpp as it is: it reads the field of chat completions, and no other</description></item>
/// </list>
/// </remarks>
internal static class FormatTranslation
{
    public static void WriteFormat(Utf8JsonWriter body, JsonElement? responseFormat, BackendProfile backend)
    {
        if (responseFormat is not { ValueKind: JsonValueKind.Object } format || format.Text("type") is not ("json_object" or "json_schema"))
        {
            return;
        }

        if (backend.Formats == Formats.Chat)
        {
            body.WriteVerbatim("response_format", format);
            return;
        }

        body.WriteStartObject("text");
        body.WriteStartObject("format");
        if (format.Find("json_schema") is { ValueKind: JsonValueKind.Object } definition)
        {
            body.WriteString("type", "json_schema");
            body.WriteIfAny("name", definition.Find("name"));
            body.WriteIfAny("description", definition.Find("description"));
            body.WriteIfAny("schema", definition.Find("schema"));
            body.WriteIfAny("strict", definition.Find("strict"));
        }
        else if (backend.Formats == Formats.SchemaOnly)
        {
            body.WriteString("type", "json_schema");
            body.WriteString("name", "json_object");
            body.WritePropertyName("schema");
            body.WriteRawValue("""{"type":"object"}"""u8);
        }
        else
        {
            body.WriteString("type", "json_object");
        }

        body.WriteEndObject();
        body.WriteEndObject();
    }
}
