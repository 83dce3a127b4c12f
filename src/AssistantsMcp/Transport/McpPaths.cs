using System.Text.RegularExpressions;

namespace AssistantsMcp.Transport;

/// <summary>Where the MCP door is, and where a key can stand in a path.</summary>
internal static partial class McpPaths
{
    public const string Root = "/mcp";

    /// <summary>Stands where something was taken out. No route matches it.</summary>
    public const string Removed = "/~";

    /// <summary>
    /// Splits a path that carries something behind <c>/mcp/</c>. OAuth probes carry it too:
    /// <c>/.well-known/oauth-protected-resource/mcp/KEY</c>.
    /// </summary>
    /// <returns>The path up to and with <c>/mcp</c>, and what is behind it; null when there is nothing to hide.</returns>
    public static (string Head, string Tail)? Split(string path)
    {
        if (!MayCarryKey(path))
        {
            return null;
        }

        var match = Carrier().Match(path);
        return match.Success ? (match.Groups["head"].Value, match.Groups["tail"].Value) : null;
    }

    /// <summary>Whether a text, such as a query, could hold an address with a key in it.</summary>
    public static bool MayCarryKey(string text) => text.Contains("mcp", StringComparison.OrdinalIgnoreCase) && Carrier().IsMatch(text);

    [GeneratedRegex("^(?<head>.*?(?:/|%2f)mcp)(?:/|%2f)(?<tail>.*)$", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Carrier();
}
