using System.Text.RegularExpressions;

namespace AssistantsMcp.Engine;

/// <summary>What an API key looks like, at both doors. Anything else could smuggle a second header upstream.</summary>
public static partial class KeyForm
{
    /// <summary>The rule, for people.</summary>
    public const string Rule = "1 to 256 letters, digits, '.', '_' and '-'";

    /// <summary>Whether a text can be a key.</summary>
    public static bool Fits(string text) => Form().IsMatch(text);

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,256}\z")]
    private static partial Regex Form();
}
