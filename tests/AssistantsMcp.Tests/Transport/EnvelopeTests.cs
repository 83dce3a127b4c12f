using System.Net;

namespace AssistantsMcp.Tests.Transport;

/// <summary>A tool call may carry what the API takes, with its own words around it.</summary>
public sealed class EnvelopeTests
{
    [Theory]
    [InlineData(4000, HttpStatusCode.OK)]
    [InlineData(70_000, HttpStatusCode.RequestEntityTooLarge)]
    public async Task ToolCall_MayBeLargerThanTheBodyInIt(int bytes, HttpStatusCode status)
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true", "Limits:BodyBytes=4096"]);

        using var answer = await app.PostAsync(
            $$$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"assistant-create","arguments":{"model":"m","instructions":"{{{{new string('x', bytes)}}}}"}}}""",
            "/mcp/sandbox");

        Assert.Equal(status, answer.StatusCode);
        Assert.DoesNotContain("\"isError\":true", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
