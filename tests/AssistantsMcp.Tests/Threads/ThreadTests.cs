namespace AssistantsMcp.Tests.Threads;

public sealed class ThreadTests(OpenApp open) : IClassFixture<OpenApp>
{
    private readonly WireCaller _caller = open.NewCaller();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"messages":[],"metadata":null,"tool_resources":null}""")]
    public async Task NothingSent_ShowsDefaults(string? body)
    {
        var answer = await _caller.PostAsync("/threads", body);

        answer.AssertObject("""{"id":"ID","object":"thread","created_at":1790000000,"metadata":{},"tool_resources":{}}""");
        Assert.Matches("^thread_[A-Za-z0-9]{24}$", answer.Id);
    }

    [Theory]
    [InlineData("{}", """{"code_interpreter":{"file_ids":[]}}""")]
    [InlineData("""{"tool_resources":{"file_search":{"vector_store_ids":["vs_1"]}}}""", """{"file_search":{"vector_store_ids":["vs_1"]}}""")]
    public async Task ThreadWithoutResources_ShowsAnEmptyListWhenItIsRead(string body, string shown)
    {
        var id = await _caller.CreateThreadAsync(body);

        var read = await _caller.GetAsync($"/threads/{id}");
        var modified = await _caller.PostAsync($"/threads/{id}", """{"metadata":{}}""");

        Assert.Equal(shown, read.Ok()["tool_resources"]);
        Assert.Equal(body == "{}" ? "{}" : shown, modified.Ok()["tool_resources"]);
    }

    [Fact]
    public async Task BodyWithoutContentType_IsRead()
    {
        using var content = new ByteArrayContent("""{"metadata":{"a":"1"}}"""u8.ToArray());

        var answer = await _caller.SendAsync(HttpMethod.Post, "/threads", content);

        Assert.Equal("""{"a":"1"}""", answer.Ok()["metadata"]);
    }

    [Fact]
    public async Task EveryFieldSent_IsShown()
    {
        var answer = await _caller.PostAsync("/threads", """
            {"metadata":{"watch":"morning"},"tool_resources":{"file_search":{"vector_store_ids":["vs_1"]},"code_interpreter":{"file_ids":["file-1","file-2"]}}}
            """);

        answer.AssertObject(
            """{"id":"ID","object":"thread","created_at":1790000000,"metadata":{"watch":"morning"},"tool_resources":{"code_interpreter":{"file_ids":["file-1","file-2"]},"file_search":{"vector_store_ids":["vs_1"]}}}""");
        Assert.Equal(answer.Text, (await _caller.GetAsync($"/threads/{answer.Id}")).Ok().Text);
    }

    [Fact]
    public async Task InitialMessages_AreInTheThreadInTheirOrder()
    {
        var id = await _caller.CreateThreadAsync("""
            {"messages":[
              {"role":"user","content":"one"},
              {"role":"assistant","content":[{"type":"text","text":"two"}],"metadata":{"n":"2"}},
              {"role":"user","content":"three","attachments":[{"file_id":"file-1","tools":[{"type":"code_interpreter"}]}]}
            ]}
            """);

        var list = await _caller.GetAsync($"/threads/{id}/messages?order=asc");

        Assert.Equal(
            ["one", "two", "three"],
            list.Ok().Json.GetProperty("data").EnumerateArray().Select(message => message.GetProperty("content")[0].GetProperty("text").GetProperty("value").GetString()));
        Assert.All(list.Json.GetProperty("data").EnumerateArray(), message => Assert.Equal(id, message.GetProperty("thread_id").GetString()));
        Assert.Equal(list.Ids.Reverse(), (await _caller.GetAsync($"/threads/{id}/messages")).Ids);
    }

    [Fact]
    public async Task OneBadInitialMessage_MakesNoThread()
    {
        var answer = await _caller.PostAsync("/threads", """{"messages":[{"role":"user","content":"one"},{"role":"system","content":"two"}]}""");

        answer.AssertError(400, "Invalid value: 'system'. Supported values are: 'user' and 'assistant'.", "messages[1].role", "invalid_value");
    }

    [Fact]
    public async Task Modify_KeepsReplacesAndResets()
    {
        var created = await _caller.PostAsync("/threads", """
            {"metadata":{"a":"1","b":"2"},"tool_resources":{"code_interpreter":{"file_ids":["file-1"]},"file_search":{"vector_store_ids":["vs_1"]}}}
            """);
        var path = $"/threads/{created.Ok().Id}";

        var kept = await _caller.PostAsync(path, "{}");
        var replaced = await _caller.PostAsync(path, """{"metadata":{"a":"3"},"tool_resources":{"code_interpreter":{"file_ids":["file-2"]}}}""");
        var reset = await _caller.PostAsync(path, """{"metadata":null,"tool_resources":null}""");

        Assert.Equal(created.Text, kept.Ok().Text);
        Assert.Equal("""{"a":"3"}""", replaced.Ok()["metadata"]);
        Assert.Equal("""{"code_interpreter":{"file_ids":["file-2"]},"file_search":{"vector_store_ids":["vs_1"]}}""", replaced["tool_resources"]);
        reset.AssertObject("""{"id":"ID","object":"thread","created_at":1790000000,"metadata":{},"tool_resources":{}}""");
    }

    [Fact]
    public async Task Modify_TakesNoMessages()
    {
        var id = await _caller.CreateThreadAsync();

        var answer = await _caller.PostAsync($"/threads/{id}", """{"messages":[]}""");

        answer.AssertError(400, "Unknown parameter: 'messages'.", "messages", "unknown_parameter");
    }

    [Fact]
    public async Task DeletedThread_IsGoneWithEverythingBelowIt()
    {
        var assistantId = await _caller.CreateAssistantAsync("""{"model":"m","instructions":"i"}""");
        var id = await _caller.CreateThreadAsync();
        var messageId = await _caller.CreateMessageAsync(id);
        var runId = (await _caller.PostAsync($"/threads/{id}/runs", $$"""{"assistant_id":"{{assistantId}}"}""")).Ok().Id;

        var deleted = await _caller.DeleteAsync($"/threads/{id}");

        Assert.Equal($$"""{"id":"{{id}}","object":"thread.deleted","deleted":true}""", deleted.Ok().Text);
        (HttpMethod Method, string Path, string? Body)[] requests =
        [
            (HttpMethod.Get, "", null),
            (HttpMethod.Post, "", "{}"),
            (HttpMethod.Delete, "", null),
            (HttpMethod.Get, "/messages", null),
            (HttpMethod.Get, $"/messages?after={messageId}", null),
            (HttpMethod.Post, "/messages", """{"role":"user","content":"x"}"""),
            (HttpMethod.Get, $"/messages/{messageId}", null),
            (HttpMethod.Post, $"/messages/{messageId}", "{}"),
            (HttpMethod.Delete, $"/messages/{messageId}", null),
            (HttpMethod.Get, "/runs", null),
            (HttpMethod.Post, "/runs", $$"""{"assistant_id":"{{assistantId}}"}"""),
            (HttpMethod.Get, $"/runs/{runId}", null),
            (HttpMethod.Post, $"/runs/{runId}", "{}"),
            (HttpMethod.Post, $"/runs/{runId}/cancel", null),
            (HttpMethod.Post, $"/runs/{runId}/submit_tool_outputs", """{"tool_outputs":[]}"""),
            (HttpMethod.Get, $"/runs/{runId}/steps", null),
            (HttpMethod.Get, $"/runs/{runId}/steps/step_123", null),
        ];
        foreach (var (method, path, body) in requests)
        {
            var answer = await _caller.SendAsync(method, $"/threads/{id}{path}", body is null ? null : WireCaller.Json(body));
            answer.AssertError(404, $"No thread found with id '{id}'.");
        }

        (await _caller.GetAsync($"/assistants/{assistantId}")).Ok();
    }
}
