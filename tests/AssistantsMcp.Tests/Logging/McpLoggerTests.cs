namespace AssistantsMcp.Tests.Logging;

/// <summary>What the MCP SDK logs.</summary>
public sealed class McpLoggerTests
{
    [Theory]
    [InlineData("resources/read", """{"uri":"docs://getting-started"}""", "Information", "ReadResource \"docs://getting-started\" completed.")]
    [InlineData("tools/call", """{"name":"assistant-list","arguments":{"limit":1}}""", "Information", "assistants-mcp method 'tools/call' request handler called.")]
    [InlineData("puffin-method", """{"uri":"puffin"}""", "Warning", "assistants-mcp received request for method '_OTHER', but no handler is available.")]
    public async Task Line_NamesWhatIsKnown(string method, string parameters, string level, string text)
    {
        await using var app = await TestApp.StartAsync();

        using var response = await app.PostAsync($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""", "/mcp/sandbox");
        await response.Content.ReadAsStringAsync();

        Assert.Contains(app.Log.Lines, line => line.StartsWith($"{level} ModelContextProtocol.Server.McpServer: {text}", StringComparison.Ordinal));
        Assert.DoesNotContain(app.Log.Lines, line => line.Contains("puffin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AddressOfAnObject_IsShownAsItsTemplate()
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true"]);
        var assistant = await app.CallAsync("assistant-create", "{}", "sandbox");

        using var response = await app.PostAsync($$$"""{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"assistants://{{{assistant.Id}}}"}}""", "/mcp/sandbox");
        await response.Content.ReadAsStringAsync();

        var lines = app.Log.Lines.Where(line => line.Contains("ModelContextProtocol", StringComparison.Ordinal)).ToList();
        Assert.Contains(lines, line => line.Contains("ReadResource \"assistants://{assistant_id}\" completed.", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains(assistant.Id, StringComparison.Ordinal));
    }
}
