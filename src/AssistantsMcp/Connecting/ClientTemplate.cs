namespace AssistantsMcp.Connecting;

/// <summary>How one MCP client is told of this server.</summary>
/// <param name="Id">Its name on the command line.</param>
/// <param name="Name">Its name as its makers write it.</param>
/// <param name="Language">What its snippet is written in: <c>json</c>, <c>toml</c>, <c>yaml</c> or <c>bash</c>.</param>
/// <param name="Place">Where the snippet belongs, as a sentence; code stands between backticks.</param>
/// <param name="Key">Where the key comes from, as a sentence.</param>
/// <param name="Remote">The snippet for a server at an address.</param>
/// <param name="Local">The snippet that starts the program itself.</param>
internal sealed record ClientTemplate(
    string Id,
    string Name,
    string Language,
    string Place,
    string Key,
    Func<ServerAddress, string> Remote,
    Func<LocalProgram, string> Local)
{
    /// <summary>The name under which every client lists the server.</summary>
    public const string ServerName = "assistants";

    /// <summary>Stands where a key belongs. No snippet ever holds one.</summary>
    public const string KeyPlaceholder = "YOUR_API_KEY";

    /// <summary>What else calling a server takes, as a sentence.</summary>
    public string? RemoteNeed { get; init; }

    /// <summary>What its user has to know besides the snippet for a server; code stands between backticks.</summary>
    public string RemoteHint => RemoteNeed is null ? LocalHint : $"{LocalHint} {RemoteNeed}";

    /// <summary>The same for the snippet that starts the program.</summary>
    public string LocalHint => $"{Place} {Key}";
}
