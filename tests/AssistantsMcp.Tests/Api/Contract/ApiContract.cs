using System.Runtime.CompilerServices;
using System.Text.Json;

namespace AssistantsMcp.Tests.Api.Contract;

/// <summary>The published description of the API's answers, with what the recordings add to it: which answer has which schema.</summary>
/// <remarks>
/// <c>assistants.openapi.json</c> is cut from OpenAI's document. Its dialect mixes OpenAPI 3.0's <c>nullable</c> with
/// JSON Schema's <c>{"type":"null"}</c>, even in one schema, and the recordings overrule it field by field, so it is
/// read by a small validator of its own (<see cref="SchemaCheck"/>), which knows both.
/// </remarks>
internal static class ApiContract
{
    private static readonly JsonElement _document = JsonElement.Parse(File.ReadAllText(DocumentPath()));
    private static readonly JsonElement _schemas = _document.GetProperty("components").GetProperty("schemas");
    private static readonly List<Route> _routes = [.. Routes()];

    private static readonly Dictionary<string, JsonElement> _events = EventSchemas("AssistantStreamEvent")
        .ToDictionary(schema => Properties(schema, "event").GetProperty("enum")[0].GetString()!, schema => Properties(schema, "data"));

    /// <summary>The names of all events of a stream.</summary>
    public static IEnumerable<string> EventNames => _events.Keys;

    /// <summary>What is wrong with an answer; nothing if it is as described, or if its route is none of this API's.</summary>
    /// <param name="method">Of the request.</param>
    /// <param name="path">Of the request, with <c>/v1</c>, without its query.</param>
    /// <param name="status">Of the answer.</param>
    /// <param name="body">Of the answer.</param>
    public static IReadOnlyList<string> Faults(HttpMethod method, string path, int status, JsonElement body)
    {
        if (status >= 400)
        {
            return Faults("ErrorResponse", body);
        }

        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries)[1..];
        return _routes.Find(route => route.Fits(method.Method, segments)) is { } found
            ? SchemaCheck.Faults(_schemas, found.Schema, body)
            : [$"{method} {path} is no route of the contract, yet it was answered with {status}"];
    }

    /// <summary>What is wrong with an object of that schema.</summary>
    public static IReadOnlyList<string> Faults(string schema, JsonElement value) =>
        SchemaCheck.Faults(_schemas, JsonElement.Parse($$"""{"$ref":"#/components/schemas/{{schema}}"}"""), value);

    /// <summary>What is wrong with one event of a stream.</summary>
    public static IReadOnlyList<string> EventFaults(string name, string data)
    {
        if (name == "done")
        {
            return data == "[DONE]" ? [] : [$"done carries {data}"];
        }

        return !_events.TryGetValue(name, out var schema) ? [$"there is no event {name}"]
            : name == "error" ? Faults(Recordings.ErrorEventSchema, JsonElement.Parse(data))
            : SchemaCheck.Faults(_schemas, schema, JsonElement.Parse(data));
    }

    private static IEnumerable<Route> Routes()
    {
        foreach (var path in _document.GetProperty("paths").EnumerateObject().Concat(Recordings.OwnPaths.EnumerateObject()))
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                var content = operation.Value.GetProperty("responses").GetProperty("200").GetProperty("content");
                yield return new Route(
                    operation.Name.ToUpperInvariant(),
                    path.Name.Split('/', StringSplitOptions.RemoveEmptyEntries),
                    content.GetProperty("application/json").GetProperty("schema"));
            }
        }
    }

    /// <summary>The pairs of name and data that a union of events comes down to.</summary>
    private static IEnumerable<JsonElement> EventSchemas(string union) =>
        !_schemas.GetProperty(union).TryGetProperty("oneOf", out var members)
            ? [_schemas.GetProperty(union)]
            : members.EnumerateArray().SelectMany(member =>
                member.TryGetProperty("$ref", out var reference) ? EventSchemas(reference.GetString()!.Split('/')[^1]) : [member]);

    private static JsonElement Properties(JsonElement schema, string name) => schema.GetProperty("properties").GetProperty(name);

    private static string DocumentPath([CallerFilePath] string thisFile = "") =>
        Path.Combine(Path.GetDirectoryName(thisFile)!, "assistants.openapi.json");

    private sealed record Route(string Method, string[] Segments, JsonElement Schema)
    {
        /// <summary>The literal <c>/threads/runs</c> stands before <c>/threads/{thread_id}</c> in the document.</summary>
        public bool Fits(string method, string[] path) =>
            method == Method && path.Length == Segments.Length && Segments.Zip(path).All(pair => pair.First.StartsWith('{') || pair.First == pair.Second);
    }
}
