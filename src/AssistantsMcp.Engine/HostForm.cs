using System.Net;

namespace AssistantsMcp.Engine;

/// <summary>The names under which a server can be addressed, as they stand in the header <c>Host</c>, without a port.</summary>
public static class HostForm
{
    /// <summary>Stands for every name.</summary>
    public const string Any = "*";

    /// <summary>Whether a text can be a setting: a name, an address, or <see cref="Any"/>.</summary>
    public static bool Fits(string host) =>
        host == Any || (Uri.CheckHostName(host) != UriHostNameType.Unknown && host.All(char.IsAscii) && (!host.Contains(':', StringComparison.Ordinal) || host[0] == '['));

    /// <summary>Whether a name means the user's own machine whatever a name server says, and is written in its usual form.</summary>
    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address) && address.ToString() == host.Trim('[', ']'));
}
