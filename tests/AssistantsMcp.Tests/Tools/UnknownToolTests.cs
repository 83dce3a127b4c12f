using System.Text.Json;

namespace AssistantsMcp.Tests.Tools;

public sealed class UnknownToolTests
{
    [Fact]
    public async Task Call_NamesTheToolsThereAreAndLogsNoFault()
    {
        await using var app = await TestApp.StartAsync();

        using var response = await app.PostAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"assistant-crate","arguments":{}}}""");

        var error = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");
        Assert.Equal(-32602, error.GetProperty("code").GetInt32());
        Assert.Contains("Unknown tool: 'assistant-crate'. The tools are: assistant-create, assistant-list,", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(app.Log.Lines, line => line.StartsWith("Error ", StringComparison.Ordinal));
    }
}
