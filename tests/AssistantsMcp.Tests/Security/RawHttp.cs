using System.Net.Sockets;
using System.Text;

namespace AssistantsMcp.Tests.Security;

/// <summary>Bytes on a connection, for what no HTTP client would send.</summary>
internal static class RawHttp
{
    /// <summary>Sends a text, one byte to a character, and reads until the server hangs up.</summary>
    public static Task<string> SendAsync(TestApp app, string request) => SendAsync(app.Http.BaseAddress!, request);

    /// <param name="server">Where to.</param>
    /// <param name="request">What is sent.</param>
    /// <param name="hangsUp">Whether the end of what is sent is shown, for requests of which more could come.</param>
    public static async Task<string> SendAsync(Uri server, string request, bool hangsUp = false)
    {
        using var connection = await ConnectAsync(server);
        using var stream = connection.GetStream();
        var reading = ReadToEndAsync(stream);
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
            if (hangsUp)
            {
                connection.Client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // Hung up on before everything was sent.
        }

        return await reading.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public static Task<TcpClient> ConnectAsync(TestApp app) => ConnectAsync(app.Http.BaseAddress!);

    private static async Task<TcpClient> ConnectAsync(Uri server)
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(server.Host, server.Port);
        return connection;
    }

    /// <summary>What arrives until the connection ends, be it by a reset.</summary>
    public static async Task<string> ReadToEndAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var chunk = new byte[16 * 1024];
        try
        {
            while (await stream.ReadAsync(chunk) is > 0 and var count)
            {
                text.Append(Encoding.Latin1.GetString(chunk, 0, count));
            }
        }
        catch (IOException)
        {
            // What came before stands.
        }

        return text.ToString();
    }
}
