using System.Text;
using System.Text.RegularExpressions;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>
/// How the sandbox finds passages: by words, with the same result every time. A passage's score is the share of the
/// query's different words that occur in it.
/// </summary>
internal static partial class SandboxSearch
{
    /// <summary>Length of a passage, in characters: about the service's 800 tokens.</summary>
    private const int PassageLength = 3200;

    private static readonly UTF8Encoding _strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A file's text, or null where it is none.</summary>
    public static string? Text(ReadOnlySpan<byte> content)
    {
        if (content.Contains((byte)0))
        {
            return null;
        }

        try
        {
            return _strictUtf8.GetString(content.StartsWith(Encoding.UTF8.Preamble) ? content[Encoding.UTF8.Preamble.Length..] : content);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>The passages of a text, one behind the other, cut between words where there are any.</summary>
    public static IEnumerable<string> Passages(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = Math.Min(start + PassageLength, text.Length);
            if (end < text.Length && text.LastIndexOfAny([' ', '\n'], end - 1, PassageLength / 2) is > 0 and var gap)
            {
                end = gap + 1;
            }
            else if (end < text.Length && char.IsHighSurrogate(text[end - 1]))
            {
                end--;
            }

            yield return text[start..end];
            start = end;
        }
    }

    /// <summary>The passages of a text, each with how well it fits a query: from 0 to 1.</summary>
    public static IEnumerable<(string Passage, double Score)> Rate(IReadOnlySet<string> query, string text, CancellationToken cancellationToken)
    {
        foreach (var passage in Passages(text))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return (passage, Score(query, passage));
        }
    }

    private static double Score(IReadOnlySet<string> query, string passage) =>
        query.Count == 0 ? 0 : (double)query.Intersect(Words(passage)).Count() / query.Count;

    /// <summary>The different words of a text, in lower case.</summary>
    public static HashSet<string> Words(string text) =>
        [.. Word().Matches(text).Select(word => word.Value.ToLowerInvariant())];

    [GeneratedRegex(@"[\p{L}\p{N}]+")]
    private static partial Regex Word();
}

/// <summary>A passage that was found.</summary>
/// <param name="FileId">The file it stands in.</param>
/// <param name="Filename">The file's name.</param>
/// <param name="Score">How well it fits, from 0 to 1.</param>
/// <param name="Attributes">The file's attributes in its store.</param>
/// <param name="Text">The passage.</param>
internal sealed record SandboxSearchHit(string FileId, string Filename, double Score, System.Text.Json.JsonElement Attributes, string Text);
