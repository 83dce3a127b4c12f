using System.Net;
using System.Net.Sockets;

namespace AssistantsMcp.Tests;

internal static class LoopbackPort
{
    /// <summary>A port of the loopback address on which nobody listens now.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
