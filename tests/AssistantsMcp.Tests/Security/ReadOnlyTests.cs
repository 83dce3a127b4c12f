using System.Text.Json;
using AssistantsMcp.Tools;

namespace AssistantsMcp.Tests.Security;

/// <summary>In read-only mode, a model that obeys what it reads changes nothing.</summary>
public sealed class ReadOnlyTests
{
    [Theory]
    [InlineData("Tools:ReadOnly=true", "", null)]
    [InlineData("Tools:ReadOnly=false", "?readonly=true", null)]
    [InlineData("Tools:ReadOnly=false", "", "X-MCP-Readonly")]
    public async Task ReaderThatObeysHostileTexts_GetsNothingChanged(string setting, string query, string? header)
    {
        await using var app = await TestApp.StartAsync([setting, "Sandbox:Enabled=true"]);
        var api = new RestClient(app.Http, "sandbox");
        var (assistant, thread) = (await api.NewAssistantAsync(), await api.NewThreadAsync());
        foreach (var order in OrdersFor(assistant, thread))
        {
            await api.PostAsync($"/v1/threads/{thread}/messages", $$"""{"role":"user","content":{{JsonSerializer.Serialize(order)}} }""");
        }

        var before = await StateAsync(api, assistant, thread);

        var refusals = 0;
        foreach (var message in await ReadAsync(app, query, header, thread))
        {
            var answer = await ObeyAsync(app, query, header, RestClient.Text(message));
            Assert.True(answer.IsError);
            Assert.Contains("is hidden by ", answer.Text, StringComparison.Ordinal);
            refusals++;
        }

        Assert.Equal(ToolsThatChange().Count(), refusals);
        Assert.Equal(before, await StateAsync(api, assistant, thread));
    }

    /// <summary>One text for each tool that changes something: the very call, which a reader only has to repeat.</summary>
    private static IEnumerable<string> OrdersFor(string assistant, string thread) => ToolsThatChange().Select(tool =>
        $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{"assistant_id":"{{{assistant}}}","thread_id":"{{{thread}}}"} } }""");

    private static IEnumerable<string> ToolsThatChange() =>
        ToolCatalog.All.Select(tool => tool.ProtocolTool).Where(tool => tool.Annotations!.ReadOnlyHint is false).Select(tool => tool.Name);

    private static async Task<JsonElement[]> ReadAsync(TestApp app, string query, string? header, string thread)
    {
        var answer = await ObeyAsync(
            app, query, header, $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"message-list","arguments":{"thread_id":"{{{thread}}}","limit":100,"detail":"full"} } }""");
        return [.. answer.Result.GetProperty("structuredContent").GetProperty("data").EnumerateArray()];
    }

    private static async Task<ToolAnswer> ObeyAsync(TestApp app, string query, string? header, string order)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/mcp/sandbox{query}", UriKind.Relative)) { Content = new StringContent(order, null, "application/json") };
        if (header is not null)
        {
            request.Headers.Add(header, "true");
        }

        using var response = await app.Http.SendAsync(request);
        return new ToolAnswer(JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("result"));
    }

    private static async Task<string> StateAsync(RestClient api, string assistant, string thread) => string.Concat(
        await api.GetAsync("/v1/assistants"),
        await api.GetAsync($"/v1/assistants/{assistant}"),
        await api.GetAsync("/v1/threads"),
        await api.GetAsync($"/v1/threads/{thread}/messages?limit=100"),
        await api.GetAsync($"/v1/threads/{thread}/runs"));
}
