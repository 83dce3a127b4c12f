using System.Text.Json;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// Tools, the choice among them and the answer's format, whose objects the Responses API flattens.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Assistants</term><description>Responses</description></listheader>
/// <item><term><c>{type:function,function:{name,…}}</c></term><description><c>{type:function,name,…}</c>, always with <c>strict</c></description></item>
/// <item><term><c>tool_choice</c> none, auto, required</term><description>the same</description></item>
/// <item><term><c>tool_choice{type:function,function:{name}}</c></term><description><c>{type:function,name}</c></description></item>
/// <item><term><c>response_format</c> auto, text</term><description>left out</description></item>
/// <item><term><c>response_format{type:json_object}</c></term><description><c>text.format</c>, the same</description></item>
/// <item><term><c>response_format{type:json_schema,json_schema:{…}}</c></term><description><c>text.format{type:json_schema,…}</c></description></item>
/// </list>
/// </remarks>
internal static class ToolTranslation
{
    public static void WriteTools(Utf8JsonWriter body, ModelRequest request)
    {
        // Servers refuse a choice, or a say in parallel calls, where there is nothing to call.
        if (request.Tools.Count == 0)
        {
            return;
        }

        body.WriteStartArray("tools");
        foreach (var tool in request.Tools)
        {
            switch (tool.Text("type"))
            {
                case "function" when tool.Find("function") is { } function:
                    WriteFunction(body, function);
                    break;
            }
        }

        body.WriteEndArray();
        WriteToolChoice(body, request.ToolChoice);
        body.WriteBoolean("parallel_tool_calls", request.ParallelToolCalls);
    }

    public static void WriteTextFormat(Utf8JsonWriter body, JsonElement? responseFormat)
    {
        if (responseFormat is not { ValueKind: JsonValueKind.Object } format || format.Text("type") is not ("json_object" or "json_schema"))
        {
            return;
        }

        body.WriteStartObject("text");
        body.WriteStartObject("format");
        body.WriteString("type", format.Text("type"));
        if (format.Find("json_schema") is { ValueKind: JsonValueKind.Object } definition)
        {
            body.WriteIfAny("name", definition.Find("name"));
            body.WriteIfAny("description", definition.Find("description"));
            body.WriteIfAny("schema", definition.Find("schema"));
            body.WriteIfAny("strict", definition.Find("strict"));
        }

        body.WriteEndObject();
        body.WriteEndObject();
    }

    private static void WriteFunction(Utf8JsonWriter body, JsonElement function)
    {
        body.WriteStartObject();
        body.WriteString("type", "function");
        body.WriteIfAny("name", function.Find("name"));
        body.WriteIfAny("description", function.Find("description"));
        body.WritePropertyName("parameters");
        if (function.Find("parameters") is { } parameters)
        {
            body.WriteVerbatim(parameters);
        }
        else
        {
            body.WriteRawValue("""{"type":"object","properties":{}}"""u8);
        }

        // Left out, it means true here and false in the Assistants API.
        body.WriteBoolean("strict", function.Find("strict") is { ValueKind: JsonValueKind.True });
        body.WriteEndObject();
    }

    private static void WriteToolChoice(Utf8JsonWriter body, JsonElement? toolChoice)
    {
        switch (toolChoice)
        {
            case { ValueKind: JsonValueKind.String } mode:
                body.WriteVerbatim("tool_choice", mode);
                break;

            case { ValueKind: JsonValueKind.Object } one when one.Find("function")?.Text("name") is { } name:
                body.WriteStartObject("tool_choice");
                body.WriteString("type", "function");
                body.WriteString("name", name);
                body.WriteEndObject();
                break;
        }
    }
}
