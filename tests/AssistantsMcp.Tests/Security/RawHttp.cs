using System.Net.Sockets;
using System.Text;

namespace AssistantsMcp.Tests.Security;

/// <summary>Bytes on a connection, for what no HTTP client would send.</summary>
internal static class RawHttp
{
    /// <summary>Sends a text, one byte to a character, and reads until the server hangs up.</summary>
    public static async Task<string> SendAsync(TestApp app, string request)
    {
        using var connection = await ConnectAsync(app);
        using var stream = connection.GetStream();
        var reading = ReadToEndAsync(stream);
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        }
        catch (IOException)
        {
            // Hung up on before everything was sent.
        }

        return await reading.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public static async Task<TcpClient> ConnectAsync(TestApp app)
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(app.Http.BaseAddress!.Host, app.Http.BaseAddress.Port);
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
