using System.Text.RegularExpressions;

namespace AssistantsMcp.Engine;

/// <summary>Where a web page comes from, as browsers say it in the header <c>Origin</c>.</summary>
/// <param name="Scheme">Lower case.</param>
/// <param name="Host">Lower case, compared as it is written.</param>
/// <param name="Port">Empty for the scheme's own; <see cref="AnyPort"/> in settings only.</param>
public sealed partial record WebOrigin(string Scheme, string Host, string Port)
{
    private const string AnyPort = "*";

    /// <summary>Reads an origin; null when the text is none, such as <c>null</c>, or has more to it, such as a path.</summary>
    public static WebOrigin? TryParse(string text)
    {
        if (Form().Match(text) is not { Success: true } match)
        {
            return null;
        }

        var (scheme, port) = (match.Groups["scheme"].Value.ToLowerInvariant(), match.Groups["port"].Value);
        return new WebOrigin(scheme, match.Groups["host"].Value.ToLowerInvariant(), (scheme, port) is ("http", "80") or ("https", "443") ? "" : port);
    }

    /// <summary>Whether the page comes from the user's own machine.</summary>
    public bool IsLoopback => Scheme is "http" or "https" && Port != AnyPort && HostForm.IsLoopback(Host);

    /// <summary>Whether this setting stands for an origin.</summary>
    public bool Covers(WebOrigin origin) => Port == AnyPort ? origin.Port != AnyPort && this with { Port = origin.Port } == origin : this == origin;

    public override string ToString() => Port.Length == 0 ? $"{Scheme}://{Host}" : $"{Scheme}://{Host}:{Port}";

    [GeneratedRegex(@"^(?<scheme>[a-z][a-z0-9+.-]*)://(?<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(:(?<port>[0-9]{1,5}|\*))?\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
