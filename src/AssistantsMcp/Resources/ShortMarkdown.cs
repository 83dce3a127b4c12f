using System.Globalization;
using System.Text;
using System.Text.Json;
using AssistantsMcp.Tools;

namespace AssistantsMcp.Resources;

/// <summary>Markdown that a model can afford to read.</summary>
internal static class ShortMarkdown
{
    /// <summary>What a text's entries may cost together; the rest of a result's tokens is for its head.</summary>
    public const int MostTokens = ToolResults.MostTokens - 500;

    public static int Cost(string text) => TokenEstimate.AtMost(Encoding.UTF8.GetBytes(text));

    /// <summary>The beginning of a text, as much of it as costs no more than so many tokens.</summary>
    public static string Cut(string text, int tokens)
    {
        var length = Math.Min(text.Length, tokens * 3);
        while (Cost(text[..length]) > tokens)
        {
            length = length * 7 / 8;
        }

        return text[..(length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
    }

    /// <summary>A value as JSON on one line, its long texts cut and marked with <c>…</c>.</summary>
    public static string Json(JsonElement value, int tokens) => Encoding.UTF8.GetString(ShortJson.Fit(value, tokens).Span).ReplaceLineEndings(" ");

    /// <summary>A moment of the API, Unix seconds, as people write it; empty where there is none.</summary>
    public static string Moment(JsonElement? unixSeconds) => unixSeconds is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var seconds)
        ? DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(seconds, 0, 200_000_000_000)).ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)
        : "";
}
