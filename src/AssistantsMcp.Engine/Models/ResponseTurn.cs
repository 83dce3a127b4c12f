using System.Text.Json;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// Turns the events of one streamed response into <see cref="ModelEvent"/>s and keeps their order whatever the
/// server leaves out: llama.cpp numbers nothing and ends all items last, others announce no items at all.
/// </summary>
/// <remarks>
/// An event belongs to the item whose id it names; failing that, to the item at its place in the output; failing
/// that, to the open one. Source: Responses API, streaming events.
/// </remarks>
/// <param name="callIds">The call ids of the run.</param>
/// <param name="errors">What words failures.</param>
/// <param name="cutAt">The output tokens at which an answer was cut short even where the server calls it completed; null where it would say so.</param>
internal sealed class ResponseTurn(CallIds callIds, UpstreamErrors errors, int? cutAt)
{
    private readonly List<OpenItem> _items = [];

    /// <exception cref="JsonException">A field that matters is missing or of the wrong type.</exception>
    public IEnumerable<ModelEvent> Accept(string type, JsonElement data) => type switch
    {
        "response.output_item.added" => Added(data),
        "response.output_text.delta" => Text(data, isRefusal: false),
        "response.refusal.delta" => Text(data, isRefusal: true),
        "response.function_call_arguments.delta" => Arguments(data),
        "response.output_text.annotation.added" => Annotation(data),
        "response.code_interpreter_call_code.delta" => Code(data),
        "response.output_item.done" => Done(ItemOf(data), data.Number("output_index")),
        "response.completed" or "response.incomplete" or "response.failed" => Ended(type, data.Find("response") ?? data),
        "error" => [errors.OfEvent(data, default)],
        _ => [],
    };

    private IEnumerable<ModelEvent> Added(JsonElement data)
    {
        var (item, index) = (ItemOf(data), data.Number("output_index"));
        var type = TypeOf(item);

        // Deltas may have come first, under a name or under none.
        var open = Named(type, item) ?? _items.Find(o => o.Type == type && !o.IsDone && !o.IsNamed && o.OutputIndex == index) ?? Add(type, item);
        open.Learn(index, item.Text("id"), item.Text("call_id"));
        return open.Start(item);
    }

    private IEnumerable<ModelEvent> Text(JsonElement data, bool isRefusal)
    {
        var text = DeltaOf(data);
        if (Target(data, "message") is not OpenMessage message)
        {
            yield break;
        }

        foreach (var started in message.Start(null))
        {
            yield return started;
        }

        if (text.Length > 0)
        {
            yield return message.Append(data.Number("content_index"), isRefusal, text);
        }
    }

    private IEnumerable<ModelEvent> Arguments(JsonElement data)
    {
        var fragment = DeltaOf(data);
        return Target(data, "function_call") is OpenCall call && fragment.Length > 0 ? call.Append(fragment) : [];
    }

    private IEnumerable<ModelEvent> Annotation(JsonElement data) =>
        Target(data, "message") is OpenMessage message && data.Find("annotation") is { } annotation
            ? [.. message.Start(null), .. message.Annotate(data.Number("content_index"), data.Number("annotation_index"), annotation)]
            : [];

    private IEnumerable<ModelEvent> Code(JsonElement data)
    {
        var fragment = DeltaOf(data);
        return Target(data, "code_interpreter_call") is OpenCodeCall call && fragment.Length > 0 ? [.. call.Start(null), call.Append(fragment)] : [];
    }

    private IEnumerable<ModelEvent> Done(JsonElement item, long? index, HashSet<OpenItem>? claimed = null)
    {
        var type = TypeOf(item);
        var open = Named(type, item) ?? Unnamed(type, item, index, claimed) ?? Add(type, item);
        open.Learn(index, item.Text("id"), item.Text("call_id"));
        claimed?.Add(open);
        return open.IsDone ? [] : open.Finish(item);
    }

    private IEnumerable<ModelEvent> Ended(string type, JsonElement response)
    {
        var usage = UsageOf(response);
        var status = response.Text("status");
        if (type == "response.failed" || status is "failed" or "cancelled")
        {
            yield return errors.OfEvent(response, usage);
            yield break;
        }

        // Some servers stream no items, or never end them, and show them only here.
        var claimed = new HashSet<OpenItem>();
        foreach (var (index, item) in response.Elements("output").Index())
        {
            foreach (var late in Done(item, index, claimed))
            {
                yield return late;
            }
        }

        var isIncomplete = type == "response.incomplete" || status == "incomplete" || usage.Completion >= cutAt;

        // Text that was shown is a message, even cut short; a call cut short is nothing that could be answered.
        foreach (var late in _items.Where(o => !o.IsDone && (o is OpenMessage || !isIncomplete)).SelectMany(o => o.Finish(null)))
        {
            yield return late;
        }

        if (!isIncomplete)
        {
            yield return new TurnCompleted(usage);
            yield break;
        }

        var reason = response.Find("incomplete_details")?.Text("reason");
        yield return new TurnIncomplete(reason == "content_filter" ? IncompleteReason.ContentFilter : IncompleteReason.MaxOutputTokens, usage);
    }

    /// <summary>The item that a delta belongs to; one that was never announced begins here. Null where it has ended, which says all.</summary>
    private OpenItem? Target(JsonElement data, string type)
    {
        var (id, index) = (data.Text("item_id"), data.Number("output_index"));
        var open = _items.Find(o => o.Type == type && o.IsCalled(id))
            ?? _items.FindLast(o => o.Type == type && !o.IsDone && index is not null && o.OutputIndex == index)
            ?? _items.FindLast(o => o.Type == type && !o.IsDone && (id is null ? index is null || o.OutputIndex is null : !o.IsNamed))
            ?? Add(type, id);
        open.Learn(index, id);
        return open.IsDone ? null : open;
    }

    private OpenItem? Named(string type, JsonElement item) =>
        _items.Find(o => o.Type == type && (o.IsCalled(item.Text("id")) || o.IsCalled(item.Text("call_id"))));

    /// <summary>The item at that place, or the first open one without a name, or one with the same content.</summary>
    private OpenItem? Unnamed(string type, JsonElement item, long? index, HashSet<OpenItem>? claimed)
    {
        var candidates = _items.Where(o => o.Type == type && claimed?.Contains(o) != true && !o.Contradicts(item, index)).OrderBy(o => o.IsDone).ToList();
        var isNameless = item.Text("id") is null && item.Text("call_id") is null;
        return candidates.Find(o => index is not null && o.OutputIndex == index && (isNameless || !o.IsDone))
            ?? candidates.Find(o => !o.IsDone && (isNameless || !o.IsNamed))
            ?? candidates.Find(o => (claimed is not null || !o.IsDone) && o.Resembles(item));
    }

    private OpenItem Add(string type, JsonElement item) => Add(type, item.Text("id") ?? item.Text("call_id"));

    private OpenItem Add(string type, string? name)
    {
        var id = string.IsNullOrEmpty(name) || _items.Exists(o => o.Id == name) ? $"item_{_items.Count}" : name;
        OpenItem open = type switch
        {
            "message" => new OpenMessage(id),
            "function_call" => new OpenCall(id, callIds),
            "code_interpreter_call" => new OpenCodeCall(id),
            "file_search_call" => new OpenSearchCall(id),
            _ => new OpenHiddenItem(id, type),
        };
        _items.Add(open);
        return open;
    }

    private static JsonElement ItemOf(JsonElement data) =>
        data.Find("item") is { ValueKind: JsonValueKind.Object } item ? item : throw new JsonException("An event has no item.");

    private static string TypeOf(JsonElement item) => item.Text("type") ?? throw new JsonException("An item has no type.");

    private static string DeltaOf(JsonElement data) => data.Text("delta") ?? throw new JsonException("A delta is no text.");

    private static ModelUsage UsageOf(JsonElement response)
    {
        var usage = response.Find("usage") ?? default;
        return new ModelUsage(
            usage.Number("input_tokens") ?? 0,
            usage.Number("output_tokens") ?? 0,
            usage.Find("input_tokens_details")?.Number("cached_tokens") ?? 0,
            usage.Find("output_tokens_details")?.Number("reasoning_tokens") ?? 0);
    }
}
