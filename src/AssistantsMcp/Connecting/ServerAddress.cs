using AssistantsMcp.Transport;

namespace AssistantsMcp.Connecting;

/// <summary>The address of a server's MCP door, as clients are told it. It holds no key.</summary>
internal sealed record ServerAddress
{
    private readonly Uri _url;

    private ServerAddress(Uri url) => _url = url;

    /// <summary>Where a server listens that was told nothing else.</summary>
    public static ServerAddress Default { get; } = TryParse(AssistantsMcpHost.DefaultUrl, out _)!;

    /// <summary>The REST door beside it.</summary>
    public string Api => Shown(_url.GetLeftPart(UriPartial.Path)[..^McpPaths.Root.Length] + "/v1");

    /// <summary>Whether the way to it leaves this machine unencrypted.</summary>
    public bool IsPlainRemote => _url.Scheme == Uri.UriSchemeHttp && !_url.IsLoopback;

    /// <summary>Reads what a user writes: the address of the server, or that of its MCP door.</summary>
    /// <param name="text">The address.</param>
    /// <param name="problem">Why it is none, as one sentence that repeats nothing of it, since it may hold a key.</param>
    public static ServerAddress? TryParse(string text, out string? problem)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
        {
            problem = "The url is no web address. Write http://HOST:PORT or https://HOST/mcp.";
            return null;
        }

        var path = url.AbsolutePath.TrimEnd('/') is { Length: > 0 } given ? given : McpPaths.Root;
        problem =
            url.UserInfo.Length > 0 || url.Fragment.Length > 0 ? "The url must hold neither a user name nor a fragment ('#')."
            : McpPaths.Split(path) is not null ? "The url holds something behind /mcp/, which would be a key. Leave it out: the snippet says where the key belongs."
            : !path.EndsWith(McpPaths.Root, StringComparison.OrdinalIgnoreCase) ? $"The path of the url must end with {McpPaths.Root}."
            : null;
        return problem is null ? new ServerAddress(new UriBuilder(url) { Path = path }.Uri) : null;
    }

    public override string ToString() => Shown(_url.AbsoluteUri);

    /// <summary>Percent-encodes what a shell would take for its own.</summary>
    private static string Shown(string url) => url
        .Replace("$", "%24", StringComparison.Ordinal)
        .Replace("'", "%27", StringComparison.Ordinal)
        .Replace("!", "%21", StringComparison.Ordinal);
}
