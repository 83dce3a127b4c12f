using System.Text.Json;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Models;

/// <summary>A search of the provider's vector stores while it goes on.</summary>
internal sealed class OpenSearchCall(string id) : OpenItem(id, "file_search_call")
{
    private static readonly JsonElement _noScore = JsonElement.Parse("0.0"u8);

    private bool _started;

    public override bool Resembles(JsonElement item) => item.Text("id") is null;

    public override IEnumerable<ModelEvent> Start(JsonElement? item)
    {
        if (!_started)
        {
            _started = true;
            yield return new SearchCallStarted(Id);
        }
    }

    public override IEnumerable<ModelEvent> Finish(JsonElement? item)
    {
        foreach (var started in Start(item))
        {
            yield return started;
        }

        IsDone = true;
        if (item is { } whole)
        {
            yield return new SearchCallDone(Id, [.. whole.Elements("results").Select(ResultOf)], whole);
        }
    }

    private static SearchResult ResultOf(JsonElement result) => new(
        result.Text("file_id") ?? string.Empty,
        result.Text("filename") ?? string.Empty,
        result.Find("score") ?? _noScore,
        result.Find("attributes") ?? EngineJson.EmptyObject,
        result.Text("text") ?? string.Empty);
}
