using System.Net.Http.Headers;
using System.Text.Json;

namespace AssistantsMcp.Tests.Tools;

/// <summary>Lists are written once and kept; nobody can tell the first answer from the later ones.</summary>
public sealed class KeptListsTests : IAsyncLifetime
{
    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(["Sandbox:Enabled=true"]);

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("tools/list", Eras.Initialize)]
    [InlineData("prompts/list", Eras.Initialize)]
    [InlineData("resources/list", Eras.Initialize)]
    [InlineData("resources/templates/list", Eras.Initialize)]
    [InlineData("tools/list", Eras.Discover)]
    [InlineData("prompts/list", Eras.Discover)]
    [InlineData("resources/list", Eras.Discover)]
    [InlineData("resources/templates/list", Eras.Discover)]
    public async Task List_IsTheSameAgain(string method, string version)
    {
        var first = await ListAsync(method, version, "application/json", "1");

        Assert.True(JsonElement.Parse(first).TryGetProperty("result", out var result), first);
        Assert.Equal(version == Eras.Discover, result.TryGetProperty("_meta", out _));
        Assert.Equal(first, await ListAsync(method, version, "application/json", "1"));
        Assert.Equal($"event: message\ndata: {first}\n\n", await ListAsync(method, version, "application/json, text/event-stream", "1"));
    }

    [Fact]
    public async Task IdThatLooksLikeAResult_ComesBackAsItWas()
    {
        const string Id = """ "\"result\":{} {}" """;

        await ListAsync("tools/list", Eras.Initialize, "application/json", "1");
        var answer = JsonElement.Parse(await ListAsync("tools/list", Eras.Initialize, "application/json", Id));

        Assert.Equal("\"result\":{} {}", answer.GetProperty("id").GetString());
        Assert.Equal(22, answer.GetProperty("result").GetProperty("tools").GetArrayLength());
    }

    private async Task<string> ListAsync(string method, string version, string accept, string id)
    {
        var parameters = version == Eras.Discover ? $"{{{Eras.Meta}}}" : "{}";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp/sandbox")
        {
            Content = new StringContent(
                $$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{{parameters}}}""", new MediaTypeHeaderValue("application/json")),
            Headers = { { "Accept", accept }, { "MCP-Protocol-Version", version } },
        };
        if (version == Eras.Discover)
        {
            request.Headers.Add("Mcp-Method", method);
        }

        using var response = await _app.Http.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }
}
