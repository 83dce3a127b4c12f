using System.Text.Json.Nodes;

namespace AssistantsMcp.Measure.Targets;

/// <summary>Reads answers of MCP servers, plain or as one event.</summary>
internal static class ToolAnswer
{
    /// <summary>Whether the text of a tool's result is an object, or holds it as a part.</summary>
    public static bool Holds(string body, JsonNode expected) =>
        Result(body)?["content"]?.AsArray().Any(block => block?["text"] is JsonValue text && HoldsPart(Parse(text.GetValue<string>()), expected)) is true;

    /// <summary>Whether a list holds exactly the expected tools with their schemas.</summary>
    public static bool Lists(string body, JsonArray expected) =>
        Result(body)?["tools"] is JsonArray tools && tools.Count == expected.Count && expected.All(tool => tools.Any(listed =>
            JsonNode.DeepEquals(listed!["name"], tool!["name"]) && JsonNode.DeepEquals(listed["inputSchema"], tool["inputSchema"])));

    private static bool HoldsPart(JsonNode? node, JsonNode expected) => JsonNode.DeepEquals(node, expected) || node switch
    {
        JsonObject fields => fields.Any(field => HoldsPart(field.Value, expected)),
        JsonArray items => items.Any(item => HoldsPart(item, expected)),
        _ => false,
    };

    /// <summary>JSON, or null where a text is none.</summary>
    public static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private static JsonNode? Result(string body)
    {
        var data = body.StartsWith('{') ? body : body.Split('\n').LastOrDefault(line => line.StartsWith("data:", StringComparison.Ordinal))?["data:".Length..];
        return data is null ? null : Parse(data)?["result"];
    }
}
