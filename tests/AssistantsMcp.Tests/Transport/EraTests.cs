using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using AssistantsMcp.Tools;
using ModelContextProtocol.Client;

namespace AssistantsMcp.Tests.Transport;

/// <summary>Clients of every protocol version are served: those that begin with <c>initialize</c>, and those of 2026-07-28, which begin with nothing.</summary>
public sealed class EraTests
{
    public static TheoryData<string> InitializedVersions { get; } = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

    [Theory]
    [MemberData(nameof(InitializedVersions))]
    public async Task ClientThatInitializes_IsServedInItsVersion(string version)
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true"]);

        var hello = await ResultAsync(app, "initialize", Initialize(version), version);
        var list = await ResultAsync(app, "tools/list", "{}", version);
        var thread = await ResultAsync(app, "tools/call", """{"name":"thread-create"}""", version);

        Assert.Equal(version, hello.GetProperty("protocolVersion").GetString());
        Assert.True(hello.GetProperty("capabilities").TryGetProperty("tools", out _));
        Assert.Contains("run-create", hello.GetProperty("instructions").GetString(), StringComparison.Ordinal);
        Assert.Equal(22, list.GetProperty("tools").GetArrayLength());
        Assert.StartsWith("thread_", new ToolAnswer(thread).Id, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2024-11-05")]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task OfficialClient_IsServedInItsVersionOverBothTransports(string version)
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true"]);
        await using var database = TestDatabase.Create();
        IClientTransport[] transports =
        [
            new HttpClientTransport(new() { Endpoint = new Uri(app.Http.BaseAddress!, "/mcp/sandbox"), TransportMode = HttpTransportMode.StreamableHttp }),
            new StdioClientTransport(new()
            {
                Command = "dotnet",
                Arguments = [ChildProcess.Program, "stdio", "--Sandbox:Enabled=true", .. database.Settings.Select(setting => $"--{setting}")],
                EnvironmentVariables = new Dictionary<string, string?> { ["OPENAI_API_KEY"] = "sandbox" },
            }),
        ];

        foreach (var transport in transports)
        {
            await using var client = await McpClient.CreateAsync(transport, new() { ProtocolVersion = version });
            var tools = await client.ListToolsAsync();
            var made = await client.CallToolAsync("thread-create");

            Assert.Equal(version, client.NegotiatedProtocolVersion);
            Assert.Equal(ToolCatalog.Names, tools.Select(tool => tool.Name));
            Assert.NotEqual(true, made.IsError);
        }
    }

    [Fact]
    public async Task ClientOf2026_DiscoversAndCallsWithoutInitializing()
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true"]);

        var server = await ResultAsync(app, "server/discover", $"{{{Eras.Meta}}}", "2026-07-28");
        var thread = await ResultAsync(app, "tools/call", $$"""{"name":"thread-create",{{Eras.Meta}}}""", "2026-07-28", "thread-create");

        Assert.Equal(["2026-07-28"], server.GetProperty("supportedVersions").EnumerateArray().Select(version => version.GetString()));
        Assert.Contains("run-create", server.GetProperty("instructions").GetString(), StringComparison.Ordinal);
        Assert.Equal("assistants-mcp", server.GetProperty("_meta").GetProperty("io.modelcontextprotocol/serverInfo").GetProperty("name").GetString());
        Assert.Equal("complete", thread.GetProperty("resultType").GetString());
        Assert.StartsWith("thread_", new ToolAnswer(thread).Id, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tools/list", "2026-07-28", null, -32602)]
    [InlineData("tools/call", "2026-07-28", "thread-get", -32020)]
    [InlineData("initialize", "2026-07-28", null, -32601)]
    [InlineData("tools/list", "2099-01-01", null, -32022)]
    public async Task RequestOf2026ThatContradictsItself_IsRefused(string method, string version, string? name, int code)
    {
        await using var app = await TestApp.StartAsync();
        var parameters = name is null && method != "initialize" ? "{}" : $$"""{"name":"thread-create",{{Eras.Meta}}}""";

        var (status, body) = await PostAsync(app, method, parameters, version, name);

        Assert.NotEqual(HttpStatusCode.OK, status);
        Assert.Equal(code, body.GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task List_MayBeKeptForAnHourByItsCallerAlone()
    {
        await using var app = await TestApp.StartAsync();

        var list = await ResultAsync(app, "tools/list", $"{{{Eras.Meta}}}", "2026-07-28");

        Assert.Equal((3_600_000, "private"), (list.GetProperty("ttlMs").GetInt64(), list.GetProperty("cacheScope").GetString()));
    }

    [Fact]
    public async Task List_IsTheSameEachTimeAndInBothEras()
    {
        await using var app = await TestApp.StartAsync();
        await using var other = await TestApp.StartAsync();

        var lists = await Task.WhenAll(
            ResultAsync(app, "tools/list", "{}", "2025-11-25"),
            ResultAsync(app, "tools/list", $"{{{Eras.Meta}}}", "2026-07-28"),
            ResultAsync(app, "tools/list", $"{{{Eras.Meta}}}", "2026-07-28"),
            ResultAsync(other, "tools/list", $"{{{Eras.Meta}}}", "2026-07-28"));

        Assert.Single(lists.Select(list => list.GetProperty("tools").GetRawText()).Distinct());
    }

    [Theory]
    [InlineData("tools/list")]
    [InlineData("prompts/list")]
    [InlineData("resources/list")]
    [InlineData("resources/templates/list")]
    public async Task ListThatIsKept_IsToEachVersionWhatItsFirstAnswerWas(string method)
    {
        (string Version, string Parameters)[] callers =
            [("2024-11-05", "{}"), ("2025-11-25", "{}"), ("2025-11-25", """{"_meta":{"progressToken":7} }"""), ("2026-07-28", $"{{{Eras.Meta}}}")];
        var first = await Task.WhenAll(callers.Select(async caller =>
        {
            await using var fresh = await TestApp.StartAsync();
            return await ResultAsync(fresh, method, caller.Parameters, caller.Version);
        }));
        await using var app = await TestApp.StartAsync();

        for (var round = 0; round < 3; round++)
        {
            foreach (var ((version, parameters), expected) in callers.Zip(first))
            {
                Assert.Equal(expected.GetRawText(), (await ResultAsync(app, method, parameters, version)).GetRawText());
            }
        }
    }

    private static string Initialize(string version) =>
        $$$"""{"protocolVersion":"{{{version}}}","capabilities":{},"clientInfo":{"name":"test","version":"1"} }""";

    private static async Task<JsonElement> ResultAsync(TestApp app, string method, string parameters, string version, string? name = null)
    {
        var (status, body) = await PostAsync(app, method, parameters, version, name);
        Assert.True(status == HttpStatusCode.OK && body.TryGetProperty("result", out _), body.GetRawText());
        return body.GetProperty("result");
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(TestApp app, string method, string parameters, string version, string? name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp/sandbox")
        {
            Content = new StringContent($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}} }""", MediaTypeHeaderValue.Parse("application/json")),
        };
        if (method != "initialize" || version == "2026-07-28")
        {
            request.Headers.Add("MCP-Protocol-Version", version);
        }

        request.Headers.Add("Mcp-Method", method);
        if (name is not null)
        {
            request.Headers.Add("Mcp-Name", name);
        }

        using var response = await app.Http.SendAsync(request);
        return (response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
    }
}
