using System.ClientModel;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ModelContextProtocol.Protocol;

namespace AssistantsMcp.Tools;

/// <summary>Results of tools.</summary>
internal static class ToolResults
{
    /// <summary>The most that a result's text may cost the model that reads it; clients refuse or cut what costs more.</summary>
    public const int MostTokens = 25_000;

    /// <summary>What is kept free for the sentence that says what was cut.</summary>
    private const int NoteTokens = 200;

    private static readonly string Why = string.Create(CultureInfo.InvariantCulture, $"No text is longer than {MostTokens:N0} tokens.");

    /// <summary>
    /// The API's JSON, unchanged, as text and as structured content. Where the text would cost more than
    /// <see cref="MostTokens"/>, a list ends earlier, in both, and the text of an object is shortened.
    /// </summary>
    /// <param name="result">The answer.</param>
    /// <param name="isSummary">Whether long texts are to be cut in any case.</param>
    /// <exception cref="UnreadableAnswerException">The answer is not a JSON object.</exception>
    public static CallToolResult ToToolResult(this ClientResult result, bool isSummary = false) => result.ReadObject().ToToolResult(isSummary);

    /// <inheritdoc cref="ToToolResult(ClientResult, bool)"/>
    /// <param name="answer">The answer.</param>
    /// <param name="isSummary">Whether long texts are to be cut in any case.</param>
    /// <param name="note">A sentence for the model to go with it.</param>
    public static CallToolResult ToToolResult(this JsonElement answer, bool isSummary, string? note = null)
    {
        if (isSummary && Summary.Of(answer) is { } summary)
        {
            return summary.ToToolResult(isSummary: false, note is null ? Summary.Note : $"{note} {Summary.Note}");
        }

        var json = JsonMarshal.GetRawUtf8Value(answer);
        if (IsShort(json))
        {
            return Result(answer, json, note);
        }

        if (ListPage.TryRead(answer) is { } page)
        {
            var (shorter, cut) = page.Fit(MostTokens - NoteTokens);
            return Result(JsonElement.Parse(shorter.Span), shorter.Span, note, cut, Why);
        }

        var text = ShortJson.Fit(answer, MostTokens - NoteTokens).Span;
        return Result(answer, text, note, "Long values are cut here and marked with …; structuredContent holds them whole.", Why);
    }

    /// <summary>The answer as the object that it is.</summary>
    /// <exception cref="UnreadableAnswerException">It is something else.</exception>
    public static JsonElement ReadObject(this ClientResult result)
    {
        try
        {
            var json = JsonElement.Parse(result.GetRawResponse().Content.ToMemory().Span);
            return json.ValueKind == JsonValueKind.Object ? json : throw new UnreadableAnswerException();
        }
        catch (JsonException)
        {
            throw new UnreadableAnswerException();
        }
    }

    /// <summary>A failure that the model gets to read.</summary>
    public static CallToolResult Error(string text) => new() { IsError = true, Content = [new TextContentBlock { Text = text }] };

    /// <summary>No byte costs more than a token, so most answers need not be looked at.</summary>
    private static bool IsShort(ReadOnlySpan<byte> json) => json.Length <= MostTokens || TokenEstimate.AtMost(json) <= MostTokens;

    private static CallToolResult Result(JsonElement structured, ReadOnlySpan<byte> json, params ReadOnlySpan<string?> notes)
    {
        List<ContentBlock> content = [new TextContentBlock { Text = Encoding.UTF8.GetString(json) }];
        if (notes is not [null])
        {
            content.Add(new TextContentBlock { Text = string.Join(' ', notes.ToArray().OfType<string>()) });
        }

        return new() { Content = content, StructuredContent = structured };
    }
}

/// <summary>A server answered a request with success and something that is no object of the API.</summary>
internal sealed class UnreadableAnswerException : Exception;
