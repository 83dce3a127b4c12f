using System.ClientModel;
using System.Globalization;
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
    /// <exception cref="UnreadableAnswerException">The answer is not a JSON object.</exception>
    public static CallToolResult ToToolResult(this ClientResult result)
    {
        var content = result.GetRawResponse().Content;
        var answer = ParseObject(content);
        if (IsShort(content.ToMemory().Span))
        {
            return Result(answer, content.ToString());
        }

        if (ListPage.TryRead(answer) is not { } page)
        {
            return Result(answer, ToText(ShortJson.Fit(answer, MostTokens - NoteTokens)), $"Long values are cut here and marked with …; structuredContent holds them whole. {Why}");
        }

        var (json, note) = page.Fit(MostTokens - NoteTokens);
        return Result(JsonElement.Parse(json.Span), ToText(json), $"{note} {Why}");
    }

    /// <summary>A failure that the model gets to read.</summary>
    public static CallToolResult Error(string text) => new() { IsError = true, Content = [new TextContentBlock { Text = text }] };

    /// <summary>No byte costs more than a token, so most answers need not be looked at.</summary>
    private static bool IsShort(ReadOnlySpan<byte> json) => json.Length <= MostTokens || TokenEstimate.AtMost(json) <= MostTokens;

    private static CallToolResult Result(JsonElement structured, params IEnumerable<string> texts) => new()
    {
        Content = [.. texts.Select(text => new TextContentBlock { Text = text })],
        StructuredContent = structured,
    };

    private static string ToText(ReadOnlyMemory<byte> json) => Encoding.UTF8.GetString(json.Span);

    private static JsonElement ParseObject(BinaryData content)
    {
        try
        {
            var json = JsonElement.Parse(content.ToMemory().Span);
            return json.ValueKind == JsonValueKind.Object ? json : throw new UnreadableAnswerException();
        }
        catch (JsonException)
        {
            throw new UnreadableAnswerException();
        }
    }
}

/// <summary>A server answered a request with success and something that is no object of the API.</summary>
internal sealed class UnreadableAnswerException : Exception;
