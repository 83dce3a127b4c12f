using System.Text.Json;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Schemas;

namespace AssistantsMcp.Engine.Assistants;

/// <summary>Tool definitions as the API echoes them: with what a caller left out filled in.</summary>
internal static class ToolDefinitions
{
    /// <summary>Fills in what a caller left out: a function's parameters and <c>strict</c>, the ranking of file search.</summary>
    /// <param name="tools">A list that fits the schema of <c>tools</c>.</param>
    public static JsonElement Normalize(JsonElement tools) => EngineJson.Build(writer =>
    {
        writer.WriteStartArray();
        foreach (var tool in tools.EnumerateArray())
        {
            writer.WriteStartObject();
            var type = tool.GetProperty("type").GetString()!;
            writer.WriteString("type", type);
            switch (type)
            {
                case "function":
                    WriteFunction(writer, RequestBody.Part(tool.GetProperty("function")));
                    break;
                case "file_search":
                    WriteFileSearch(writer, RequestBody.Part(tool).Value("file_search"));
                    break;
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    /// <summary>What kinds of tool a list names.</summary>
    public static IEnumerable<string> TypesOf(JsonElement tools) => tools.EnumerateArray().Select(tool => tool.GetProperty("type").GetString()!);

    private static void WriteFunction(Utf8JsonWriter writer, RequestBody function)
    {
        writer.WriteStartObject("function");
        writer.WriteString("name", function.Text("name"));
        if (function.Text("description") is { } description)
        {
            writer.WriteString("description", description);
        }

        writer.WritePropertyName("parameters");
        if (function.Value("parameters") is { } parameters)
        {
            parameters.WriteTo(writer);
        }
        else
        {
            writer.WriteRawValue("""{"type":"object","properties":{}}"""u8);
        }

        writer.WriteBoolean("strict", function.IsTrue("strict"));
        writer.WriteEndObject();
    }

    private static void WriteFileSearch(Utf8JsonWriter writer, JsonElement? given)
    {
        var search = RequestBody.Part(given ?? EngineJson.EmptyObject);
        var ranking = RequestBody.Part(search.Value("ranking_options") ?? EngineJson.EmptyObject);
        writer.WriteStartObject("file_search");
        if (search.Value("max_num_results") is { } count)
        {
            writer.WritePropertyName("max_num_results");
            count.WriteTo(writer);
        }

        writer.WriteStartObject("ranking_options");
        // The ranker "auto" was shown as the one it stood for.
        writer.WriteString("ranker", Fields.DefaultRanker);
        writer.WritePropertyName("score_threshold");
        writer.WriteRawValue(ranking.Value("score_threshold")?.GetRawText() ?? "0.0");
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
