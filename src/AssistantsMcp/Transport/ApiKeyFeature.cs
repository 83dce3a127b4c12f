using System.Text.RegularExpressions;

namespace AssistantsMcp.Transport;

/// <summary>The well-formed key of this request's caller. It never prints.</summary>
internal sealed partial class ApiKeyFeature(string key)
{
    /// <summary>The rule for keys, for people.</summary>
    public const string Form = "1 to 256 letters, digits, '.', '_' and '-'.";

    private const int ShortestSecret = 12;

    /// <summary>The key itself; for the client of the tools and nothing else.</summary>
    public string Key { get; } = key;

    /// <summary>Whether a text can be a key. Anything else could smuggle a second header upstream.</summary>
    public static bool IsWellFormed(string text) => WellFormed().IsMatch(text);

    /// <summary>
    /// Removes the key from a text that another server wrote. Keys too short to be secret stay: <c>sandbox</c> is a word.
    /// </summary>
    public string Redact(string text) => Key.Length < ShortestSecret ? text : text.Replace(Key, "***", StringComparison.Ordinal);

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,256}\z")]
    private static partial Regex WellFormed();
}
