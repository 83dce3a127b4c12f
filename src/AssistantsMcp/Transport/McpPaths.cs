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

    /// <summary>Whether a path begins like one of this server's, or like one that clients look for on every server.</summary>
    public static bool IsKnown(string path) => Known().IsMatch(path);

    /// <summary>Whether anything behind a path reads its query.</summary>
    public static bool ReadsQuery(string path) => new PathString(path).StartsWithSegments("/v1");

    [GeneratedRegex(@"^/?\z|^/(v1|mcp|healthz|readyz|metrics|\.well-known|favicon\.ico|robots\.txt)(/|\z)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Known();

    [GeneratedRegex("^(?<head>.*?(?:/|%2f)mcp)(?:/|%2f)(?<tail>.*)$", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Carrier();
}
