namespace AssistantsMcp.Tests.Tools;

/// <summary>What each tool sends to an Assistants server.</summary>
public sealed class RequestTests
{
    public static TheoryData<string, string, string, string, string?> Calls => new()
    {
        { "assistant-create", """{}""", "POST", "/v1/assistants", """{"model":"gpt-6-luna"}""" },
        // The MCP SDK writes letters beyond ASCII as escape sequences before any tool sees them.
        { "assistant-create", """{"model":"m","name":null,"temperature":0.10,"metadata":{"k":"é"}}""", "POST", "/v1/assistants", """{"model":"m","name":null,"temperature":0.10,"metadata":{"k":"\u00E9"}}""" },
        { "assistant-list", """{}""", "GET", "/v1/assistants", null },
        { "assistant-list", """{"limit":5,"order":"asc","after":"asst_a","before":"asst_b"}""", "GET", "/v1/assistants?limit=5&order=asc&after=asst_a&before=asst_b", null },
        { "assistant-get", """{"assistant_id":"asst_1"}""", "GET", "/v1/assistants/asst_1", null },
        { "assistant-delete", """{"assistant_id":"asst_1"}""", "DELETE", "/v1/assistants/asst_1", null },
        { "assistant-update", """{"assistant_id":"asst_1","name":null}""", "POST", "/v1/assistants/asst_1", """{"name":null}""" },
        { "thread-create", """{}""", "POST", "/v1/threads", "{}" },
        { "thread-create", """{"messages":[{"role":"user","content":"hi"}]}""", "POST", "/v1/threads", """{"messages":[{"role":"user","content":"hi"}]}""" },
        { "thread-get", """{"thread_id":"thread_1"}""", "GET", "/v1/threads/thread_1", null },
        { "thread-delete", """{"thread_id":"thread_1"}""", "DELETE", "/v1/threads/thread_1", null },
        { "thread-update", """{"thread_id":"thread_1","metadata":{}}""", "POST", "/v1/threads/thread_1", """{"metadata":{}}""" },
        { "message-create", """{"thread_id":"thread_1","content":"hi"}""", "POST", "/v1/threads/thread_1/messages", """{"role":"user","content":"hi"}""" },
        { "message-create", """{"thread_id":"thread_1","content":[{"type":"text","text":"hi"}],"role":"assistant"}""", "POST", "/v1/threads/thread_1/messages", """{"content":[{"type":"text","text":"hi"}],"role":"assistant"}""" },
        { "message-list", """{"thread_id":"thread_1"}""", "GET", "/v1/threads/thread_1/messages", null },
        { "message-list", """{"thread_id":"thread_1","run_id":"run_1","limit":1}""", "GET", "/v1/threads/thread_1/messages?run_id=run_1&limit=1", null },
        { "message-get", """{"thread_id":"thread_1","message_id":"msg_1"}""", "GET", "/v1/threads/thread_1/messages/msg_1", null },
        { "message-delete", """{"thread_id":"thread_1","message_id":"msg_1"}""", "DELETE", "/v1/threads/thread_1/messages/msg_1", null },
        { "message-update", """{"thread_id":"thread_1","message_id":"msg_1","metadata":null}""", "POST", "/v1/threads/thread_1/messages/msg_1", """{"metadata":null}""" },
        { "run-create", """{"thread_id":"thread_1","assistant_id":"asst_1"}""", "POST", "/v1/threads/thread_1/runs", """{"assistant_id":"asst_1"}""" },
        { "run-list", """{"thread_id":"thread_1","limit":100}""", "GET", "/v1/threads/thread_1/runs?limit=100", null },
        { "run-get", """{"thread_id":"thread_1","run_id":"run_1"}""", "GET", "/v1/threads/thread_1/runs/run_1", null },
        { "run-cancel", """{"thread_id":"thread_1","run_id":"run_1"}""", "POST", "/v1/threads/thread_1/runs/run_1/cancel", null },
        { "run-update", """{"thread_id":"thread_1","run_id":"run_1","metadata":{"a":"b"}}""", "POST", "/v1/threads/thread_1/runs/run_1", """{"metadata":{"a":"b"}}""" },
        { "run-submit-tool-outputs", """{"thread_id":"thread_1","run_id":"run_1","tool_outputs":[{"tool_call_id":"call_1","output":"4"}]}""", "POST", "/v1/threads/thread_1/runs/run_1/submit_tool_outputs", """{"tool_outputs":[{"tool_call_id":"call_1","output":"4"}]}""" },
        { "run-step-list", """{"thread_id":"thread_1","run_id":"run_1"}""", "GET", "/v1/threads/thread_1/runs/run_1/steps", null },
        { "run-step-list", """{"thread_id":"thread_1","run_id":"run_1","include":["step_details.tool_calls[*].file_search.results[*].content"]}""", "GET", "/v1/threads/thread_1/runs/run_1/steps?include[]=step_details.tool_calls%5B%2A%5D.file_search.results%5B%2A%5D.content", null },
        { "run-step-get", """{"thread_id":"thread_1","run_id":"run_1","step_id":"step_1"}""", "GET", "/v1/threads/thread_1/runs/run_1/steps/step_1", null },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Call_BecomesOneRequest(string tool, string arguments, string method, string target, string? body)
    {
        using var server = new StubServer();
        await using var app = await TestApp.StartAsync(server.Endpoint);

        var answer = await app.CallAsync(tool, arguments);

        Assert.False(answer.IsError, answer.Text);
        var request = Assert.Single(server.Requests);
        Assert.Equal(method, request.Method);
        Assert.Equal(target, request.Target);
        Assert.Equal(body, string.IsNullOrEmpty(request.Body) ? null : request.Body);
        Assert.Equal("Bearer sk-test", request.Headers["Authorization"]);
        Assert.Equal("assistants=v2", request.Headers["OpenAI-Beta"]);
        Assert.Equal("application/json", request.Headers["Accept"]);
    }

    [Theory]
    [InlineData("assistant-create", "{")]
    [InlineData("thread-create", "{")]
    [InlineData("message-create", """{"thread_id":"thread_1","content":"hi",""")]
    [InlineData("run-create", """{"thread_id":"thread_1","assistant_id":"asst_1",""")]
    [InlineData("run-submit-tool-outputs", """{"thread_id":"thread_1","run_id":"run_1","tool_outputs":[],""")]
    public async Task IdempotencyKey_IsSentAsAHeader(string tool, string arguments)
    {
        using var server = new StubServer();
        await using var app = await TestApp.StartAsync(server.Endpoint);

        var answer = await app.CallAsync(tool, $"{arguments}\"idempotency_key\":\"order 66\"}}");

        Assert.False(answer.IsError, answer.Text);
        var request = Assert.Single(server.Requests);
        Assert.Equal("order 66", request.Headers["Idempotency-Key"]);
        Assert.DoesNotContain("order 66", request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_IsPassedOnUnchanged()
    {
        const string Json = """{ "id": "asst_1", "unknown": [1e3, 1.10, 12345678901234567890123], "text": "<é>", "twice": 1, "twice": 2 }""";
        using var server = new StubServer(body: Json);
        await using var app = await TestApp.StartAsync(server.Endpoint);

        var answer = await app.CallAsync("assistant-get", """{"assistant_id":"asst_1"}""");

        Assert.Equal(Json, answer.Text);
        Assert.Equal("""{"id":"asst_1","unknown":[1e3,1.10,12345678901234567890123],"text":"\u003C\u00E9\u003E","twice":1,"twice":2}""", answer.Result.GetProperty("structuredContent").GetRawText());
    }

    [Fact]
    public async Task ModelOfTheConfiguration_IsTheDefault()
    {
        using var server = new StubServer();
        await using var app = await TestApp.StartAsync(server.Endpoint, "Assistants:DefaultModel=llama-7");

        await app.CallAsync("assistant-create");

        Assert.Equal("llama-7", server.Requests.Single().Json.GetProperty("model").GetString());
    }

    [Fact]
    public async Task EndpointWithAQuery_KeepsIt()
    {
        using var server = new StubServer();
        await using var app = await TestApp.StartAsync(new Uri($"{server.Endpoint}?api-version=7"));

        await app.CallAsync("assistant-list", """{"limit":1}""");
        await app.CallAsync("run-create", """{"thread_id":"thread_1","assistant_id":"asst_1"}""");

        Assert.Equal(
            ["/v1/assistants?api-version=7&limit=1", "/v1/threads/thread_1/runs?api-version=7"],
            server.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task KeyInTheHeader_IsTheKeySent()
    {
        using var server = new StubServer();
        await using var app = await TestApp.StartAsync(server.Endpoint);

        using var response = await app.PostAsync(
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"assistant-list"}}""", "/mcp", bearer: "sk-header");

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal("Bearer sk-header", server.Requests.Single().Headers["Authorization"]);
    }
}
