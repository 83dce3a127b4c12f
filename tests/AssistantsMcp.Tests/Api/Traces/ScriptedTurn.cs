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
