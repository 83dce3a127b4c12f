using System.Globalization;
using System.Text.Json;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Models;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>Says things the way a streaming model does: begun, in pieces of a few characters, done.</summary>
internal static class SandboxSpeech
{
    private const int CharactersPerDelta = 6;
    private const int LongestQuote = 200;

    /// <summary>The beginning of a text, in whole characters.</summary>
    public static string Cut(string text, long longest) => text[..WholeCharacters(text, 0, (int)Math.Min(text.Length, longest))];

    /// <summary>Says what a search found first, and cites the file.</summary>
    public static IEnumerable<ModelEvent> Quote(string id, IReadOnlyList<SandboxSearchHit> hits)
    {
        if (hits is not [var best, ..])
        {
            return Message(id, "I found nothing.");
        }

        var text = $"I found: {Cut(best.Text.ReplaceLineEndings(" ").Trim(), LongestQuote)}";
        return Message(id, text, new Cited(id, 0, new FoundFile(best.FileId, best.Filename), text.Length, text.Length));
    }

    public static IEnumerable<ModelEvent> Search(string id, string words, IReadOnlyList<SandboxSearchHit> hits)
    {
        yield return new SearchCallStarted(id);
        yield return new SearchCallDone(
            id,
            [.. hits.Select(hit => new SearchResult(hit.FileId, hit.Filename, JsonElement.Parse(hit.Score.ToString("0.0###", CultureInfo.InvariantCulture)), hit.Attributes, hit.Text))],
            EngineJson.Build(item =>
            {
                item.WriteStartObject();
                item.WriteString("type", "file_search_call");
                item.WriteString("id", id);
                item.WriteStartArray("queries");
                item.WriteStringValue(words);
                item.WriteEndArray();
                item.WriteEndObject();
            }));
    }

    public static IEnumerable<ModelEvent> Message(string id, string text, params IEnumerable<Cited> citations)
    {
        yield return new MessageStarted(id);
        foreach (var piece in Pieces(text))
        {
            yield return new TextDelta(id, 0, piece);
        }

        foreach (var cited in citations)
        {
            yield return cited;
        }

        yield return new MessageDone(id, [new ModelPart(IsRefusal: false, text)], EngineJson.Build(item =>
        {
            item.WriteStartObject();
            item.WriteString("type", "message");
            item.WriteString("id", id);
            item.WriteString("role", "assistant");
            item.WriteStartArray("content");
            item.WriteStartObject();
            item.WriteString("type", "output_text");
            item.WriteString("text", text);
            item.WriteEndObject();
            item.WriteEndArray();
            item.WriteEndObject();
        }));
    }

    public static IEnumerable<ModelEvent> Call(string id, string callId, string name, string arguments)
    {
        yield return new FunctionCallStarted(id, callId, name);
        foreach (var piece in Pieces(arguments))
        {
            yield return new ArgumentsDelta(id, piece);
        }

        yield return new FunctionCallDone(id, callId, name, arguments, EngineJson.Build(item =>
        {
            item.WriteStartObject();
            item.WriteString("type", "function_call");
            item.WriteString("id", id);
            item.WriteString("call_id", callId);
            item.WriteString("name", name);
            item.WriteString("arguments", arguments);
            item.WriteEndObject();
        }));
    }

    private static IEnumerable<string> Pieces(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = WholeCharacters(text, start, Math.Min(text.Length, start + CharactersPerDelta));
            yield return text[start..end];
            start = end;
        }
    }

    /// <summary>Where to cut so that no surrogate pair is split.</summary>
    private static int WholeCharacters(string text, int start, int end) =>
        end > start && end < text.Length && char.IsHighSurrogate(text[end - 1]) ? end - 1 : end;
}
