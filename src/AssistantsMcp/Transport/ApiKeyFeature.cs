using System.Buffers;

namespace AssistantsMcp.Transport;

/// <summary>The well-formed key of this request's caller. It never prints.</summary>
internal sealed class ApiKeyFeature(string key)
{
    /// <summary>Keys of fewer letters are no secrets, and pieces of fewer letters give none away.</summary>
    public const int ShortestSecret = 12;

    private const string Scheme = "Bearer ";

    /// <summary>What keys are made of.</summary>
    private static readonly SearchValues<char> _letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>The key itself; for the client of the tools and nothing else.</summary>
    public string Key { get; } = key;

    /// <summary>The key in an <c>Authorization</c> header; null where there is none, or one too short to be secret.</summary>
    public static string? SecretOf(string? authorization) =>
        authorization?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) is true && authorization[Scheme.Length..].Trim() is { Length: >= ShortestSecret } key
            ? key
            : null;

    /// <summary>What the caller is told of a key that stands where something else belongs.</summary>
    /// <param name="name">Where it stands.</param>
    public static string Misplaced(string name) =>
        $"'{name}' holds your API key. Ids come from the tools that create and list; the key belongs into the address or the header alone.";

    /// <summary>Whether a text is the key, where keys are secret: an id that is would stand in the address of a request, and in logs of it.</summary>
    public bool IsSecret(string? text) => Key.Length >= ShortestSecret && text == Key;

    /// <summary>Whether the key stands in a text, also escaped as in an address, or in letters of another size: some libraries write a host small.</summary>
    public bool StandsIn(string text) =>
        Key.Length >= ShortestSecret && text.Length >= Key.Length && Uri.UnescapeDataString(text).Contains(Key, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the key stands in a text, or a piece of it that was copied in its place.</summary>
    public bool StandsInPartIn(string text) => StandsIn(text) || (Key.Length >= ShortestSecret && HoldsPiece(Uri.UnescapeDataString(text)));

    /// <summary>
    /// Removes the key from a text that another server wrote. Keys too short to be secret stay: <c>sandbox</c> is a word.
    /// </summary>
    public string Redact(string text) => Key.Length < ShortestSecret ? text : text.Replace(Key, "***", StringComparison.OrdinalIgnoreCase);

    private bool HoldsPiece(ReadOnlySpan<char> text)
    {
        while (text.Length >= ShortestSecret)
        {
            var length = text.IndexOfAnyExcept(_letters) is >= 0 and var end ? end : text.Length;
            if (length >= ShortestSecret && Key.AsSpan().Contains(text[..length], StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }

            text = text[Math.Min(length + 1, text.Length)..];
        }

        return false;
    }
}
