using System.Net;
using System.Text.Json;

namespace AssistantsMcp.Tests.Security;

/// <summary>What becomes of a message with the key in a wrong place.</summary>
public sealed class MisplacedKeyTests
{
    private static readonly KeyForms _canary = new("sk-puffin.8Gt2Wc5Nv9Qy_Zk3Bx7Mf1Lr6Hj4Dp");

    [Fact]
    public async Task MessageWithTheKey_IsRefused()
    {
        await using var app = await TestApp.StartAsync();

        foreach (var message in MisplacedKeys.Spellings(_canary.Key).SelectMany(MisplacedKeys.Refused))
        {
            using var response = await app.PostAsync(message, $"/mcp/{_canary.Key}");
            var error = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");

            Assert.True(response.StatusCode == HttpStatusCode.BadRequest, message);
            Assert.Equal(-32602, error.GetProperty("code").GetInt32());
            Assert.Contains("holds your API key. Ids come from", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":"assistants://KEY"}}""", "'params.uri' holds", "7")]
    [InlineData("""{"jsonrpc":"2.0","method":"resources/read","params":{"uri":"KEY"},"id":"a\"b"}""", "'params.uri' holds", "\"a\\\"b\"")]
    [InlineData("""{"jsonrpc":"2.0","id":"KEY","method":"ping"}""", "'id' holds", "null")]
    [InlineData("""{"jsonrpc":"2.0","method":"KEY","id":"KEY"}""", "'method' holds", "null")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"KEY"}""", "'method' holds", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"KEY":1}}""", "'params' holds", "1")]
    [InlineData("""{"KEY":"2.0","id":1,"method":"ping"}""", "'the message' holds", "1")]
    public async Task Refusal_SaysWhereTheKeyStands(string message, string where, string id)
    {
        await using var app = await TestApp.StartAsync();

        using var response = await app.PostAsync(message.Replace("KEY", _canary.Key, StringComparison.Ordinal), $"/mcp/{_canary.Key}");

        var answer = JsonElement.Parse(await response.Content.ReadAsStringAsync());
        Assert.StartsWith(where, answer.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(id, answer.GetProperty("id").GetRawText());
    }

    /// <summary>A server that takes any key is used with keys that are words.</summary>
    [Theory]
    [InlineData("claude-desktop", "initialize", """{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"claude-desktop","version":"1"}}""")]
    [InlineData("my-getting-started", "resources/read", """{"uri":"docs://getting-started"}""")]
    [InlineData("bot-assistant-list", "tools/call", """{"name":"assistant-list"}""")]
    [InlineData("summarize-thread", "prompts/get", """{"name":"summarize-thread","arguments":{"thread_id":"thread_1"}}""")]
    [InlineData("the-protocolVersion", "initialize", """{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}""")]
    public async Task KeyThatIsAWord_IsNoObstacle(string key, string method, string parameters)
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open"]);

        using var response = await app.PostAsync($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""", $"/mcp/{key}");

        Assert.True(JsonElement.Parse(await response.Content.ReadAsStringAsync()).TryGetProperty("result", out var result));
        Assert.False(result.TryGetProperty("isError", out var failed) && failed.GetBoolean());
    }

    [Theory]
    [InlineData("Information", "text")]
    [InlineData("Trace", "json")]
    public async Task OverStdio_KeyIsNowhereInLogsOrAnswers(string level, string format)
    {
        string[] categories = ["Default", "Microsoft", "ModelContextProtocol", "Polly", "System.Net.Http.HttpClient"];
        string[] settings = ["stdio", $"--Logging:Format={format}", .. categories.Select(category => $"--Logging:LogLevel:{category}={level}")];
        using var process = ChildProcess.Start(settings, new() { ["OPENAI_API_KEY"] = _canary.Key });
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();

        foreach (var message in MisplacedKeys.Messages(_canary.Key))
        {
            await process.StandardInput.WriteLineAsync(message);
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));

        var answers = (await output).TrimEnd().Split('\n');
        Assert.Equal(MisplacedKeys.Messages(_canary.Key).Count(), answers.Length);
        Assert.Contains(answers, answer => answer.Contains("'params.uri' holds your API key.", StringComparison.Ordinal));
        _canary.AssertAbsent(answers);
        _canary.AssertAbsent([await errors]);
        Assert.Contains("request handler called", await errors, StringComparison.Ordinal);
    }
}
