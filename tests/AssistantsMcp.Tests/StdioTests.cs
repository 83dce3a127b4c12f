using System.Text.Json;
using AssistantsMcp.Tests.Tools;
using ModelContextProtocol.Client;

namespace AssistantsMcp.Tests;

public sealed class StdioTests
{
    private const string List = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";

    [Fact]
    public async Task Tools_AreTheSameAsOverHttp()
    {
        await using var app = await TestApp.StartAsync();
        using var response = await app.PostAsync(List);

        var stdio = await ChildProcess.RunAsync(["stdio"], new() { ["OPENAI_API_KEY"] = "sk-test" }, List);

        Assert.Equal(ToolsOf(await response.Content.ReadAsStringAsync()), ToolsOf(stdio.Output));
        Assert.Equal(0, stdio.ExitCode);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("")]
    public async Task InputThatEndsAtOnce_IsAnsweredFirst(string end)
    {
        using var process = ChildProcess.Start(["stdio", "--Sandbox:Enabled=true"], new() { ["OPENAI_API_KEY"] = "sandbox" });

        await process.StandardInput.WriteAsync(
            $$"""
            {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"thread-create"} }
            not json
            {"jsonrpc":"2.0","method":"notifications/initialized"}
            {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"assistant-list","arguments":{} } }{{end}}
            """);
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        Assert.Equal(["1", "2", "null"], output.TrimEnd().Split('\n').Select(line => JsonElement.Parse(line).GetProperty("id").GetRawText()).Order());
    }

    [Theory]
    [InlineData("not json", -32700, "is not valid JSON")]
    [InlineData("[]", -32600, "JSON-RPC batches are not supported")]
    [InlineData("7", -32600, "one JSON object")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}""", -32602, "params must be an object")]
    [InlineData("LONG", -32600, "larger than 1024 bytes")]
    public async Task LineThatIsNoMessage_IsAnswered(string line, int code, string text)
    {
        var outcome = await ChildProcess.RunAsync(
            ["stdio", "--Limits:ToolCallBytes=1024"], new() { ["OPENAI_API_KEY"] = "sk-test" }, line.Replace("LONG", new string('x', 200_000), StringComparison.Ordinal) + "\n" + List);

        var lines = outcome.Output.TrimEnd().Split('\n').Select(answer => JsonElement.Parse(answer)).ToList();
        var error = lines[0].GetProperty("error");
        Assert.Equal((code, JsonValueKind.Null), (error.GetProperty("code").GetInt32(), lines[0].GetProperty("id").ValueKind));
        Assert.Contains(text, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(22, lines[1].GetProperty("result").GetProperty("tools").GetArrayLength());
        Assert.Equal(2, lines.Count);
    }

    [Fact]
    public async Task EmptyParams_AreAsGoodAsNone()
    {
        var outcome = await ChildProcess.RunAsync(
            ["stdio"], new() { ["OPENAI_API_KEY"] = "sk-test" }, """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}""");

        Assert.Equal("assistants-mcp", JsonElement.Parse(outcome.Output).GetProperty("result").GetProperty("serverInfo").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Terminated_StopsThoughTheInputIsOpen()
    {
        using var process = ChildProcess.Start(["stdio"], new() { ["OPENAI_API_KEY"] = "sk-test" });
        await process.StandardInput.WriteLineAsync(List);
        await process.StandardInput.FlushAsync();
        await process.StandardOutput.ReadLineAsync();

        ChildProcess.Terminate(process);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task KeyOfTheEnvironment_IsTheKeySent()
    {
        using var server = new StubServer();
        await using var database = TestDatabase.Create();
        var transport = new StdioClientTransport(new()
        {
            Command = "dotnet",
            Arguments = [ChildProcess.Program, "stdio", $"--Assistants:Endpoint={server.Endpoint}", .. database.Settings.Select(setting => $"--{setting}")],
            EnvironmentVariables = new Dictionary<string, string?> { ["OPENAI_API_KEY"] = "sk-stdio" },
        });
        await using var client = await McpClient.CreateAsync(transport);

        var result = await client.CallToolAsync("thread-create");
        var refused = await client.CallToolAsync("thread-get", new Dictionary<string, object?> { ["thread_id"] = ".." });

        Assert.NotEqual(true, result.IsError);
        Assert.True(refused.IsError);
        Assert.Equal("Bearer sk-stdio", Assert.Single(server.Requests).Headers["Authorization"]);
    }

    [Theory]
    [InlineData(null, "OPENAI_API_KEY, which is not set")]
    [InlineData("two words", "OPENAI_API_KEY does not hold an API key")]
    public async Task UnusableKey_EndsInOneLine(string? key, string reason)
    {
        var outcome = await ChildProcess.RunAsync(["stdio"], new() { ["OPENAI_API_KEY"] = key });

        Assert.Equal(1, outcome.ExitCode);
        Assert.Empty(outcome.Output);
        Assert.Contains(reason, Assert.Single(outcome.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_GoToStandardError()
    {
        var outcome = await ChildProcess.RunAsync(
            ["stdio", "--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft=Trace", "--Logging:LogLevel:ModelContextProtocol=Trace"],
            new() { ["OPENAI_API_KEY"] = "sk-test" },
            List);

        JsonElement.Parse(Assert.Single(outcome.Output.TrimEnd().Split('\n')));
        Assert.NotEmpty(outcome.Errors);
        Assert.DoesNotContain("tools/list\"", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JsonLogs_AreOneObjectALine()
    {
        var outcome = await ChildProcess.RunAsync(
            ["stdio", "--Logging:Format=json", "--Logging:LogLevel:ModelContextProtocol=Trace"], new() { ["OPENAI_API_KEY"] = "sk-test" }, List);

        Assert.All(outcome.Errors.TrimEnd().Split('\n'), line => Assert.True(JsonElement.Parse(line).TryGetProperty("@t", out _)));
    }

    private static string ToolsOf(string answer) => JsonElement.Parse(answer).GetProperty("result").GetProperty("tools").GetRawText();
}
