using System.Text.Json;
using AssistantsMcp.Tests.Models;

namespace AssistantsMcp.Tests.Api.Traces;

/// <summary>One answer of the model as a trace writes it: a list of texts in pieces, calls, and how it ends.</summary>
internal static class ScriptedTurn
{
    public static void Add(FakeResponsesServer model, string json)
    {
        var items = JsonElement.Parse(json).EnumerateArray().ToList();
        if (items is [var only] && only.ValueKind == JsonValueKind.Object && only.TryGetProperty("status", out var status))
        {
            model.Always(reply => reply.StatusAsync(status.GetInt32(), only.GetProperty("body").GetRawText()));
            return;
        }

        model.Next(async reply =>
        {
            await reply.EventsAsync([Upstream.Created, .. Events(items)]);
            if (items is [.., var last] && last.ValueKind == JsonValueKind.Object && last.TryGetProperty("hang", out _))
            {
                await reply.HangAsync();
            }
        });
    }

    private static IEnumerable<string> Events(List<JsonElement> items)
    {
        var isEnded = false;
        foreach (var (index, item) in items.Index())
        {
            if (item.ValueKind == JsonValueKind.Array)
            {
                foreach (var next in Text([.. item.EnumerateArray().Select(piece => piece.GetString()!)], index, index < items.Count - 1))
                {
                    yield return next;
                }
            }
            else if (item.TryGetProperty("call", out var call))
            {
                foreach (var next in Call(call.GetString()!, item.GetProperty("name").GetString()!, [.. item.GetProperty("arguments").EnumerateArray().Select(piece => piece.GetString()!)], index))
                {
                    yield return next;
                }
            }
            else if (Hosted(item, index) is { Length: > 0 } hosted)
            {
                foreach (var next in hosted)
                {
                    yield return next;
                }
            }
            else
            {
                isEnded = true;
                if (item.TryGetProperty("incomplete", out var reason))
                {
                    yield return Upstream.Incomplete(reason.GetString()!);
                }
                else if (item.TryGetProperty("failed", out var error))
                {
                    yield return $$$"""{"type":"response.failed","response":{"status":"failed","error":{{{error.GetRawText()}}},"usage":{{{Upstream.Usage}}}}}""";
                }
            }
        }

        if (!isEnded)
        {
            yield return Upstream.Completed();
        }
    }

    /// <summary>Text that something other than another item follows is cut short: its end is not told.</summary>
    private static string[] Text(string[] pieces, int index, bool isCut)
    {
        var id = $"msg_{index}";
        string[] deltas = [Upstream.Added(Upstream.EmptyMessage(id), index), .. pieces.Select(piece => Upstream.TextDelta(piece, id, index))];
        return isCut ? deltas : [.. deltas, Upstream.Done(Upstream.Message(string.Concat(pieces), id), index)];
    }

    /// <summary>Work of a tool that the back end runs itself, or a text that cites what it found.</summary>
    private static string[] Hosted(JsonElement item, int index)
    {
        if (item.TryGetProperty("code", out var code))
        {
            return UpstreamTools.CodeInterpreter(Texts(code), [UpstreamTools.Logs(item.GetProperty("logs").GetString()!)], $"ci_{index}", index);
        }

        if (item.TryGetProperty("search", out var words))
        {
            var found = item.GetProperty("found").EnumerateArray().Select(file => UpstreamTools.SearchResult(
                file.GetProperty("file_id").GetString()!, file.GetProperty("filename").GetString()!, file.GetProperty("text").GetString()!, file.GetProperty("score").GetRawText()));
            return UpstreamTools.FileSearch(Texts(words), [.. found], $"fs_{index}", index);
        }

        if (!item.TryGetProperty("text", out var pieces))
        {
            return [];
        }

        var (id, first) = ($"msg_{index}", Texts(pieces)[0]);
        var citation = UpstreamTools.FileCitation(item.GetProperty("cites").GetProperty("file_id").GetString()!, item.GetProperty("cites").GetProperty("filename").GetString()!, first.Length);
        return
        [
            Upstream.Added(Upstream.EmptyMessage(id), index),
            Upstream.TextDelta(first, id, index),
            UpstreamTools.AnnotationAdded(citation, id: id, index: index),
            .. Texts(pieces).Skip(1).Select(piece => Upstream.TextDelta(piece, id, index)),
            Upstream.Done(UpstreamTools.AnnotatedMessage(string.Concat(Texts(pieces)), [citation], id), index),
        ];
    }

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(text => text.GetString()!)];

    private static string[] Call(string callId, string name, string[] arguments, int index)
    {
        var id = $"fc_{index}";
        return
        [
            Upstream.Added(Upstream.Call(name, "", callId, id), index),
            .. arguments.Select(piece => Upstream.ArgumentsDelta(piece, id, index)),
            Upstream.Done(Upstream.Call(name, string.Concat(arguments), callId, id), index),
        ];
    }
}
