using System.Net;

namespace AssistantsMcp.Tests.Transport;

/// <summary>How large a message of the MCP door may be.</summary>
public sealed class MessageSizeTests
{
    [Theory]
    [InlineData(4000, HttpStatusCode.OK)]
    [InlineData(70_000, HttpStatusCode.RequestEntityTooLarge)]
    public async Task MessageAboveTheLimit_IsRefusedWithTheRemedy(int bytes, HttpStatusCode status)
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true", "Limits:ToolCallBytes=8192"]);

        using var answer = await app.PostAsync(
            $$$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"assistant-create","arguments":{"model":"m","instructions":"{{{{new string('x', bytes)}}}}"}}}""",
            "/mcp/sandbox");

        Assert.Equal(status, answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotContain("\"isError\":true", text, StringComparison.Ordinal);
        Assert.Equal(status != HttpStatusCode.OK, text.Contains("larger than 8192 bytes (Limits:ToolCallBytes). Send what is that long over the REST API", StringComparison.Ordinal));
    }
}
