using System.Net;
using System.Text.Json;

namespace AssistantsMcp.Tests.Tools;

/// <summary>A request hides tools from itself, by its address and by its headers.</summary>
public sealed class ToolsetTests : IAsyncLifetime
{
    private const string Key = "sk-toolsets-9Lm2Xw8";

    private static readonly string[] _readOnly =
        ["assistant-list", "assistant-get", "thread-get", "message-list", "message-get", "run-list", "run-get", "run-step-list", "run-step-get"];

    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("?toolsets=threads", null, null, "thread-create thread-get thread-delete thread-update")]
    [InlineData("?Toolsets=THREADS,+runs&readonly=True", null, null, "thread-get run-list run-get run-step-list run-step-get")]
    [InlineData("?toolsets=threads&toolsets=messages&readonly=true", null, null, "thread-get message-list message-get")]
    [InlineData("?tools=run-get,assistant-list&readonly=false", null, null, "assistant-list run-get")]
    [InlineData("?toolsets=threads&exclude=thread-delete%2Cthread-update", null, null, "thread-create thread-get")]
    [InlineData("", "X-MCP-Toolsets", "messages,threads", "thread-create thread-get thread-delete thread-update message-create message-list message-get message-delete message-update")]
    [InlineData("", "X-MCP-Tools", "run-get", "run-get")]
    [InlineData("?toolsets=threads", "X-MCP-Exclude-Tools", "thread-get", "thread-create thread-delete thread-update")]
    [InlineData("?toolsets=threads,runs", "x-mcp-toolsets", "threads,messages", "thread-create thread-get thread-delete thread-update")]
    [InlineData("?toolsets=threads&readonly=true", "X-MCP-Readonly", "false", "thread-get")]
    [InlineData("?toolsets=threads&readonly=false", "X-MCP-Readonly", "true", "thread-get")]
    [InlineData("?toolsets=threads&x=/mcp/sk-other&tool_choice=auto", "X-MCP-Session", "1", "thread-create thread-get thread-delete thread-update")]
    public async Task Wish_LeavesTheToolsThatFitInTheirOrder(string query, string? header, string? value, string tools)
    {
        var (status, body) = await ListAsync(query, header, value);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(tools, string.Join(' ', NamesOf(body)));
    }

    [Fact]
    public async Task ListThatIsKept_IsNotForThoseWithWishes()
    {
        var (_, whole) = await ListAsync("", null, null);
        var (_, narrowed) = await ListAsync("?tools=run-get", null, null);
        var (_, again) = await ListAsync("", null, null);

        Assert.Equal(["run-get"], NamesOf(narrowed));
        Assert.Equal(22, NamesOf(whole).Count());
        Assert.Equal(whole.GetRawText(), again.GetRawText());
    }

    [Theory]
    [InlineData("?readonly=true", null)]
    [InlineData("", "X-MCP-Readonly")]
    public async Task ReadOnly_LeavesTheToolsThatSayTheyChangeNothing(string query, string? header)
    {
        var (_, body) = await ListAsync(query, header, "true");

        Assert.Equal(_readOnly, NamesOf(body));
        Assert.All(body.GetProperty("result").GetProperty("tools").EnumerateArray(), tool => Assert.True(tool.GetProperty("annotations").GetProperty("readOnlyHint").GetBoolean()));
    }

    [Theory]
    [InlineData("?toolsets=thread", null, null, "toolsets: there is no toolset 'thread'. The toolsets are: assistants, threads, messages, runs.")]
    [InlineData("?toolsets=", null, null, "toolsets: names no toolset. The toolsets are: assistants, threads, messages, runs.")]
    [InlineData("?tools=run-start", null, null, "tools: there is no tool 'run-start'. The tools are: assistant-create, assistant-list,")]
    [InlineData("?exclude=run-start", null, null, "exclude: there is no tool 'run-start'. The tools are: assistant-create,")]
    [InlineData("?readonly=yes", null, null, "readonly must be true or false.")]
    [InlineData("?readonly", null, null, "readonly must be true or false.")]
    [InlineData("?read_only=true", null, null, "is none of them: toolsets, readonly, tools, exclude.")]
    [InlineData("?toolset=threads", null, null, "is none of them: toolsets, readonly, tools, exclude.")]
    [InlineData("?toolsets=threads&tools=run-get", null, null, "toolsets, tools: this leaves no tool. Hide fewer")]
    [InlineData("", "X-MCP-Toolsets", "thread", "X-MCP-Toolsets: there is no toolset 'thread'. The toolsets are: assistants, threads, messages, runs.")]
    [InlineData("", "X-MCP-Readonly", "1", "X-MCP-Readonly must be true or false.")]
    [InlineData("", "X-MCP-Read-Only", "true", "is none of them: X-MCP-Toolsets, X-MCP-Readonly, X-MCP-Tools, X-MCP-Exclude-Tools.")]
    [InlineData("", "X-MCP-Exclude-Tools", "assistant-destroy", "X-MCP-Exclude-Tools: there is no tool 'assistant-destroy'. The tools are: assistant-create,")]
    public async Task WishThatCannotBeUnderstood_IsABadRequestThatSaysWhatCan(string query, string? header, string? value, string reason)
    {
        var (status, body) = await ListAsync(query, header, value);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(-32602, body.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Contains(reason, body.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?readonly=true", null, null, "by the address that this client calls, with the parameter readonly, and cannot be called. The tools are: assistant-list,")]
    [InlineData("?tools=run-get", null, null, "by the address that this client calls, with the parameter tools, and cannot be called. The tools are: run-get.")]
    [InlineData("", "X-MCP-Exclude-Tools", "thread-create", "by what this client sends in the header X-MCP-Exclude-Tools, and cannot be called.")]
    public async Task HiddenTool_CannotBeCalledAndSaysWhoHidesIt(string query, string? header, string? value, string reason)
    {
        var (status, body) = await PostAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"thread-create"}}""", query, header, value);

        var answer = new ToolAnswer(body.GetProperty("result"));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(answer.IsError);
        Assert.Contains($"The tool 'thread-create' is hidden {reason}", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(_app.Log.Lines, line => line.StartsWith("Error ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task UnknownTool_IsAnsweredWithTheShownOnes()
    {
        var (_, body) = await PostAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"run-start"}}""", "?toolsets=threads&readonly=true");

        Assert.EndsWith("The tools are: thread-get.", body.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData($"?tools={Key}")]
    [InlineData($"?toolsets=threads&key={Key}")]
    [InlineData($"?toolset-{Key}=1")]
    [InlineData($"?readonly={Key}")]
    public async Task KeyInAWish_IsNeitherLoggedNorRepeated(string query)
    {
        var (_, body) = await ListAsync(query, "X-MCP-Tools", Key);

        Assert.DoesNotContain(Key, body.GetRawText(), StringComparison.Ordinal);
        Assert.NotEmpty(_app.Log.Lines);
        Assert.DoesNotContain(_app.Log.Lines, line => line.Contains("9Lm2Xw8", StringComparison.Ordinal));
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> ListAsync(string query, string? header = null, string? value = null) =>
        PostAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", query, header, value);

    private async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string message, string query, string? header = null, string? value = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/mcp/{Key}{query}", UriKind.Relative)) { Content = new StringContent(message, null, "application/json") };
        if (header is not null)
        {
            request.Headers.Add(header, value);
        }

        using var response = await _app.Http.SendAsync(request);
        return (response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
    }

    private static IEnumerable<string> NamesOf(JsonElement body) =>
        body.GetProperty("result").GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("name").GetString()!);
}
