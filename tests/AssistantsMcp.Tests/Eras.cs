using ModelContextProtocol.Client;

namespace AssistantsMcp.Tests;

/// <summary>Clients of both eras of the protocol: with <c>initialize</c>, and with <c>server/discover</c>.</summary>
internal static class Eras
{
    public const string Initialize = "2025-11-25";

    public const string Discover = "2026-07-28";

    /// <summary>The field that each request of this era has in its params.</summary>
    public const string Meta =
        """ "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}""";

    public static Task<McpClient> ConnectAsync(this TestApp app, string version, string key) => McpClient.CreateAsync(
        new HttpClientTransport(new() { Endpoint = new Uri(app.Http.BaseAddress!, $"/mcp/{key}"), TransportMode = HttpTransportMode.StreamableHttp }),
        new McpClientOptions { ProtocolVersion = version });

    /// <summary>The built program over standard input and output, in the sandbox.</summary>
    public static Task<McpClient> StartStdioAsync(TestDatabase database, string version) => McpClient.CreateAsync(
        new StdioClientTransport(new()
        {
            Command = "dotnet",
            Arguments = [ChildProcess.Program, "stdio", "--Sandbox:Enabled=true", .. database.Settings.Select(setting => $"--{setting}")],
            EnvironmentVariables = new Dictionary<string, string?> { ["OPENAI_API_KEY"] = "sandbox" },
        }),
        new McpClientOptions { ProtocolVersion = version });
}
