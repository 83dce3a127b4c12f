using System.Text.Json;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// Tools and the choice among them, whose objects the Responses API flattens.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Assistants</term><description>Responses</description></listheader>
/// <item><term><c>{type:function,function:{name,…}}</c></term><description><c>{type:function,name,…}</c>, always with <c>strict</c></description></item>
/// <item><term><c>{type:code_interpreter}</c> and files</term><description>the same, with its container</description></item>
/// <item><term><c>{type:file_search,file_search:{…}}</c> and stores</term><description>the same, flat, with the stores; left out where there are none</description></item>
/// <item><term><c>tool_choice</c> none, auto, required</term><description>the same</description></item>
/// <item><term><c>tool_choice{type:function,function:{name}}</c></term><description><c>{type:function,name}</c>; where that is not understood, no tool but this one, and <c>required</c></description></item>
/// </list>
/// </remarks>
internal static class ToolTranslation
{
    private const string CodeInterpreter = "code_interpreter";
    private const string FileSearch = "file_search";

    /// <summary>What the Assistants API searched for unless told otherwise.</summary>
    private const int DefaultResults = 20;

    /// <summary>The same for models of the first generation.</summary>
    private const int DefaultResultsOfSmallModels = 5;

    public static void WriteTools(Utf8JsonWriter body, ModelRequest request, BackendProfile backend)
    {
        // Servers refuse a choice, or a say in parallel calls, where there is nothing to call.
        var tools = Offered(request, backend);
        if (tools.Count == 0)
        {
            return;
        }

        body.WriteStartArray("tools");
        foreach (var tool in tools)
        {
            switch (tool.Text("type"))
            {
                case "function" when tool.Find("function") is { } function:
                    WriteFunction(body, function);
                    break;
                case CodeInterpreter:
                    WriteCodeInterpreter(body, request.Container);
                    break;
                case FileSearch:
                    WriteFileSearch(body, tool.Find("file_search") ?? EngineJson.EmptyObject, request);
                    break;
            }
        }

        body.WriteEndArray();
        WriteToolChoice(body, request.ToolChoice, tools, backend);
        body.WriteBoolean("parallel_tool_calls", request.ParallelToolCalls);
    }

    /// <summary>What of the hosted tools' work the server is to show.</summary>
    public static IEnumerable<string> Included(ModelRequest request, BackendProfile backend)
    {
        var tools = Offered(request, backend);
        if (tools.Exists(tool => tool.Text("type") == CodeInterpreter))
        {
            yield return "code_interpreter_call.outputs";
        }

        if (tools.Exists(tool => tool.Text("type") == FileSearch))
        {
            yield return "file_search_call.results";
        }
    }

    /// <summary>The tools that the model may call. A choice that the server would not honour is made by leaving the others out.</summary>
    private static List<JsonElement> Offered(ModelRequest request, BackendProfile backend)
    {
        var tools = request.Tools.Where(tool => IsUsable(tool, request, backend)).ToList();
        if (backend.ToolChoice == ToolChoices.Ignored && request.ToolChoice is { ValueKind: JsonValueKind.String } mode && mode.ValueEquals("none"u8))
        {
            return [];
        }

        var chosen = backend.ToolChoice != ToolChoices.Any && FunctionOf(request.ToolChoice) is { } name
            ? tools.FindAll(tool => FunctionOf(tool) == name)
            : tools;
        return chosen.Count > 0 ? chosen : tools;
    }

    private static string? FunctionOf(JsonElement? tool) => tool?.Find("function")?.Text("name");

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

    /// <summary>There is nothing to search without a store, and servers refuse the tool then.</summary>
    private static bool IsUsable(JsonElement tool, ModelRequest request, BackendProfile backend) => tool.Text("type") switch
    {
        CodeInterpreter => backend.HostsTools,
        FileSearch => backend.HostsTools && request.VectorStoreIds.Count > 0,
        _ => true,
    };

    private static void WriteCodeInterpreter(Utf8JsonWriter body, CodeContainer container)
    {
        body.WriteStartObject();
        body.WriteString("type", CodeInterpreter);
        if (container.Id is not null)
        {
            body.WriteString("container", container.Id);
        }
        else
        {
            body.WriteStartObject("container");
            body.WriteString("type", "auto");
            WriteTexts(body, "file_ids", container.ProviderFileIds);
            body.WriteEndObject();
        }

        body.WriteEndObject();
    }

    private static void WriteFileSearch(Utf8JsonWriter body, JsonElement search, ModelRequest request)
    {
        var usual = request.Model.StartsWith("gpt-3.5", StringComparison.Ordinal) ? DefaultResultsOfSmallModels : DefaultResults;
        body.WriteStartObject();
        body.WriteString("type", FileSearch);
        WriteTexts(body, "vector_store_ids", request.VectorStoreIds);
        body.WriteNumber("max_num_results", search.Number("max_num_results") ?? usual);

        // The one ranker that the Assistants API had goes by another name here.
        body.WriteStartObject("ranking_options");
        body.WriteString("ranker", "auto");
        body.WriteIfAny("score_threshold", search.Find("ranking_options")?.Find("score_threshold"));
        body.WriteEndObject();
        body.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter body, string name, IReadOnlyList<string> texts)
    {
        body.WriteStartArray(name);
        foreach (var text in texts)
        {
            body.WriteStringValue(text);
        }

        body.WriteEndArray();
    }

    private static void WriteToolChoice(Utf8JsonWriter body, JsonElement? toolChoice, List<JsonElement> tools, BackendProfile backend)
    {
        switch (toolChoice)
        {
            case { ValueKind: JsonValueKind.String } mode:
                body.WriteVerbatim("tool_choice", mode);
                break;

            case { ValueKind: JsonValueKind.Object } one when FunctionOf(one) is not null && backend.ToolChoice == ToolChoices.ModesOnly:
                body.WriteString("tool_choice", "required");
                break;

            case { ValueKind: JsonValueKind.Object } one when FunctionOf(one) is { } name:
                body.WriteStartObject("tool_choice");
                body.WriteString("type", "function");
                body.WriteString("name", name);
                body.WriteEndObject();
                break;

            case { ValueKind: JsonValueKind.Object } hosted when tools.Exists(tool => tool.Text("type") == hosted.Text("type")):
                body.WriteStartObject("tool_choice");
                body.WriteString("type", hosted.Text("type"));
                body.WriteEndObject();
                break;
        }
    }
}
