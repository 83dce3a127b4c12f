using System.Net;
using System.Security.Cryptography;
using System.Text;
using AssistantsMcp.Tests.Models;

namespace AssistantsMcp.Tests.HostedTools;

/// <summary>What attachments of messages, and the vector store helper, do to assistants and threads.</summary>
public sealed class AttachmentTests : IAsyncLifetime
{
    private const string NewStore = "POST /v1/vector_stores";

    private RunApp _app = null!;
    private RestClient _api = null!;

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync(null, "Model:Profile=openai");
        _app.Model.On(NewStore, reply => reply.StatusAsync(200, """{"id":"vs_new","object":"vector_store"}"""));
        _api = _app.As();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task FileForSearch_MakesAStoreThatExpires()
    {
        var thread = await _api.NewThreadAsync();

        var message = await _api.PostAsync($"/v1/threads/{thread}/messages", Message("file-a", "file_search"));

        Assert.Equal("""[{"file_id":"file-a","tools":[{"type":"file_search"}]}]""", message.GetProperty("attachments").GetRawText());
        Assert.Equal(
            """{"file_ids":["file-a"],"expires_after":{"anchor":"last_active_at","days":7}}""", _app.Model.CallsOf(NewStore).Single().Body);
        Assert.Equal("""{"file_search":{"vector_store_ids":["vs_new"]}}""", await ResourcesAsync(thread));
    }

    [Fact]
    public async Task FileForSearch_JoinsTheStoreOfTheThread()
    {
        _app.Model.On("POST /v1/vector_stores/vs_old/files", reply => reply.StatusAsync(200, """{"id":"file-a"}"""));
        var thread = (await _api.PostAsync("/v1/threads", """{"tool_resources":{"file_search":{"vector_store_ids":["vs_old"]}}}""")).GetProperty("id").GetString()!;

        await _api.PostAsync($"/v1/threads/{thread}/messages", Message("file-a", "file_search"));

        Assert.Equal("""{"file_id":"file-a"}""", _app.Model.CallsOf("POST /v1/vector_stores/vs_old/files").Single().Body);
        Assert.Equal("""{"file_search":{"vector_store_ids":["vs_old"]}}""", await ResourcesAsync(thread));
    }

    [Fact]
    public async Task FileForBothTools_JoinsBothListsAndStaysWhenTheMessageGoes()
    {
        var thread = await _api.NewThreadAsync();
        var message = await _api.PostAsync($"/v1/threads/{thread}/messages", Message("file-a", "file_search", "code_interpreter"));
        await _api.PostAsync($"/v1/threads/{thread}/messages", Message("file-a", "code_interpreter"));

        await _api.DeleteAsync($"/v1/threads/{thread}/messages/{message.GetProperty("id").GetString()}");

        Assert.Equal(
            """{"code_interpreter":{"file_ids":["file-a"]},"file_search":{"vector_store_ids":["vs_new"]}}""", await ResourcesAsync(thread));
    }

    [Fact]
    public async Task AttachmentWithoutTools_ChangesNothing()
    {
        var thread = await _api.NewThreadAsync();

        await _api.PostAsync($"/v1/threads/{thread}/messages", """{"role":"user","content":"Hi","attachments":[{"file_id":"file-a"}]}""");

        Assert.Empty(_app.Model.Calls);
        Assert.Equal("""{"code_interpreter":{"file_ids":[]}}""", await ResourcesAsync(thread));
    }

    [Fact]
    public async Task MessagesOfANewThread_BringTheirFilesAlong()
    {
        var thread = await _api.PostAsync("/v1/threads", $$"""{"messages":[{{Message("file-a", "file_search")}},{{Message("file-b", "code_interpreter")}}]}""");

        Assert.Equal(
            """{"code_interpreter":{"file_ids":["file-b"]},"file_search":{"vector_store_ids":["vs_new"]}}""",
            thread.GetProperty("tool_resources").GetRawText());
    }

    [Fact]
    public async Task MessagesOfANewThread_AddToTheResourcesThatItsRunGivesIt()
    {
        _app.Model.On("POST /v1/vector_stores/vs_given/files", reply => reply.StatusAsync(200, """{"id":"file-m"}"""));
        _app.Model.NextEvents(Upstream.Created, Upstream.Done(Upstream.Message("Hello.")), Upstream.Completed());

        var run = await _api.PostAsync("/v1/threads/runs", $$$"""
            {"assistant_id":"{{{await _api.NewAssistantAsync()}}}","thread":{"messages":[{{{Message("file-m", "code_interpreter", "file_search")}}}]},
             "tool_resources":{"code_interpreter":{"file_ids":["file-r"]},"file_search":{"vector_store_ids":["vs_given"]}},"instructions":"i"}
            """);

        Assert.Equal(
            """{"code_interpreter":{"file_ids":["file-r","file-m"]},"file_search":{"vector_store_ids":["vs_given"]}}""",
            await ResourcesAsync(run.GetProperty("thread_id").GetString()!));
        Assert.Equal("""{"file_id":"file-m"}""", _app.Model.CallsOf("POST /v1/vector_stores/vs_given/files").Single().Body);
        Assert.Empty(_app.Model.CallsOf(NewStore));
    }

    [Fact]
    public async Task StoreAskedForAtCreation_IsMadeAndShownByItsId()
    {
        const string Helper =
            """{"file_search":{"vector_stores":[{"file_ids":["file-a"],"chunking_strategy":{"type":"static","static":{"max_chunk_size_tokens":400,"chunk_overlap_tokens":100}},"metadata":{"k":"v"}}]}}""";

        var assistant = await _api.PostAsync("/v1/assistants", $$"""{"model":"m","tool_resources":{{Helper}}}""");
        var thread = await _api.PostAsync("/v1/threads", $$"""{"tool_resources":{{Helper}}}""");

        Assert.Equal("""{"file_search":{"vector_store_ids":["vs_new"]}}""", assistant.GetProperty("tool_resources").GetRawText());
        Assert.Equal("""{"file_search":{"vector_store_ids":["vs_new"]}}""", thread.GetProperty("tool_resources").GetRawText());
        const string Asked =
            """{"file_ids":["file-a"],"chunking_strategy":{"type":"static","static":{"max_chunk_size_tokens":400,"chunk_overlap_tokens":100}},"metadata":{"k":"v"}""";
        Assert.Equal(
            [Asked + "}", Asked + ""","expires_after":{"anchor":"last_active_at","days":7}}"""], _app.Model.CallsOf(NewStore).Select(call => call.Body));
    }

    [Fact]
    public async Task StoreNamedAndAskedForAtOnce_IsRefused()
    {
        var (status, error) = await _api.RefusedAsync(
            HttpMethod.Post, "/v1/threads", """{"tool_resources":{"file_search":{"vector_store_ids":["vs_a"],"vector_stores":[{"file_ids":["file-a"]}]}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("tool_resources.file_search", error.GetProperty("param").GetString());
        Assert.Empty(_app.Model.Calls);
    }

    [Fact]
    public async Task FileThatTheProviderDoesNotKnow_IsRefusedAndNothingIsStored()
    {
        _app.Model.On(NewStore, reply => reply.StatusAsync(
            400, """{"error":{"message":"No file 'file-x' for key sk-test.","type":"invalid_request_error","code":"file_not_found"}}"""));
        var thread = await _api.NewThreadAsync();

        var (status, error) = await _api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-x", "file_search"));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("No file 'file-x' for key ***.", error.GetProperty("message").GetString());
        Assert.Equal(0, (await _api.GetAsync($"/v1/threads/{thread}/messages")).GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"id":"../../models"}""")]
    public async Task StoreWithoutAnIdThatCouldBeUsed_IsRefused(string made)
    {
        _app.Model.On(NewStore, reply => reply.StatusAsync(200, made));
        var thread = await _api.NewThreadAsync();

        var (status, error) = await _api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-a", "file_search"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("The model server made a vector store without an id.", error.GetProperty("message").GetString());
        Assert.Equal("""{"code_interpreter":{"file_ids":[]}}""", await ResourcesAsync(thread));
    }

    [Fact]
    public async Task MessagesAtTheSameInstant_ShareOneStore()
    {
        _app.Model.On("POST /v1/vector_stores/vs_new/files", reply => reply.StatusAsync(200, """{"id":"file"}"""));
        var thread = await _api.NewThreadAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(number => _api.PostAsync($"/v1/threads/{thread}/messages", Message($"file-{number}", "file_search"))));

        Assert.Single(_app.Model.CallsOf(NewStore));
        Assert.Equal(19, _app.Model.CallsOf("POST /v1/vector_stores/vs_new/files").Count);
        Assert.Equal(20, (await _api.GetAsync($"/v1/threads/{thread}/messages?limit=100")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task FileThatLeftTheThreadMeanwhile_StaysAway()
    {
        var thread = await ThreadWithCodeFilesAsync(1);

        var status = await PostWhileTheThreadGetsAsync(thread, 0);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("""{"code_interpreter":{"file_ids":["file-a"]},"file_search":{"vector_store_ids":["vs_new"]}}""", await ResourcesAsync(thread));
    }

    [Fact]
    public async Task FileForWhichThereIsNoRoomAnyMore_IsRefusedWithItsMessage()
    {
        var thread = await ThreadWithCodeFilesAsync(1);

        var status = await PostWhileTheThreadGetsAsync(thread, 20);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal($"{{{CodeFiles(20)}}}", await ResourcesAsync(thread));
        Assert.Equal(0, (await _api.GetAsync($"/v1/threads/{thread}/messages")).GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"error":{"message":"Slow down.","type":"requests","code":null}}""", "invalid_request_error", "rate_limit_exceeded")]
    [InlineData("""{"error":{"message":"Slow down.","type":"insufficient_quota","code":"insufficient_quota"}}""", "insufficient_quota", "insufficient_quota")]
    public async Task RateLimitThatLastsLonger_IsHandedOnAtOnce(string said, string type, string code)
    {
        _app.Model.On(NewStore, reply => reply.StatusAsync(429, said, ("Retry-After", "7")));
        var caller = new WireCaller(_app.App);
        var thread = await caller.CreateThreadAsync();

        var answer = await caller.PostAsync($"/threads/{thread}/messages", Message("file-a", "file_search"));

        answer.AssertError(429, "Slow down.", code: code, type: type);
        Assert.Equal("7", answer.Headers.GetValues("Retry-After").Single());
        Assert.Single(_app.Model.CallsOf(NewStore));
    }

    [Fact]
    public async Task RateLimitThatPasses_IsWaitedFor()
    {
        var answers = new Queue<int>([429, 200]);
        _app.Model.On(NewStore, reply => reply.StatusAsync(answers.Dequeue(), """{"id":"vs_new"}""", ("Retry-After", "0")));
        var thread = await _api.NewThreadAsync();

        await _api.PostAsync($"/v1/threads/{thread}/messages", Message("file-a", "file_search"));

        Assert.Equal("""{"file_search":{"vector_store_ids":["vs_new"]}}""", await ResourcesAsync(thread));
    }

    [Fact]
    public async Task StoreThatMayHaveBeenMade_IsNotMadeAgain()
    {
        _app.Model.On(NewStore, reply => reply.StatusAsync(500, """{"error":{"message":"Oops."}}"""));
        var thread = await _api.NewThreadAsync();

        var (status, error) = await _api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-a", "file_search"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("Oops.", error.GetProperty("message").GetString());
        Assert.Single(_app.Model.CallsOf(NewStore));
    }

    [Fact]
    public async Task RefusalOfTheServersKey_IsNotTheCallersAffair()
    {
        await using var app = await RunApp.StartAsync(
            null,
            "Model:Profile=openai",
            "Model:ApiKey=sk-held-by-the-server",
            "Access:Mode=list",
            $"Access:Keys:0={Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes("sk-test")))}");
        app.Model.On(NewStore, reply => reply.StatusAsync(
            401, """{"error":{"message":"Incorrect API key provided: sk-held***rver.","type":"invalid_request_error","code":"invalid_api_key"}}"""));
        var api = app.As();
        var thread = await api.NewThreadAsync();

        var (status, error) = await api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-x", "file_search"));

        Assert.Equal(HttpStatusCode.BadGateway, status);
        Assert.Equal(
            "The model server refused the key that this server holds for it. The operator should check Model:ApiKey.", error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task LockedThread_IsNotGivenFiles()
    {
        _app.Model.Next(reply => reply.HangAsync());
        var thread = await _api.NewThreadAsync("Hi");
        var run = await _api.NewRunAsync(thread, await _api.NewAssistantAsync());
        await _app.Model.ArrivalAsync();

        var (_, error) = await _api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-a", "file_search"));

        Assert.StartsWith($"Can't add messages to {thread}", error.GetProperty("message").GetString());
        Assert.Empty(_app.Model.CallsOf(NewStore));
        await _api.PostAsync($"{run}/cancel");
        await _api.SettledAsync(run);
    }

    [Fact]
    public async Task RunOfNoAssistant_IsRefusedBeforeAnythingIsMade()
    {
        var thread = await _api.NewThreadAsync();
        var added = $"\"additional_messages\":[{Message("file-a", "file_search")}]";

        var (_, missing) = await _api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/runs", $$"""{"assistant_id":"asst_gone",{{added}}}""");
        var (_, malformed) = await _api.RefusedAsync(HttpMethod.Post, "/v1/threads/thread_gone/runs", $$"""{"assistant_id":"gone",{{added}}}""");

        Assert.Equal("No assistant found with id 'asst_gone'.", missing.GetProperty("message").GetString());
        Assert.Equal("Invalid 'assistant_id': 'gone'. Expected an ID that begins with 'asst'.", malformed.GetProperty("message").GetString());
        Assert.Empty(_app.Model.Calls);
    }

    [Fact]
    public async Task TwentyFirstFileOfTheThread_IsRefused()
    {
        var files = string.Join(',', Enumerable.Range(0, 20).Select(number => $"\"file-{number}\""));
        var thread = (await _api.PostAsync("/v1/threads", "{\"tool_resources\":{\"code_interpreter\":{\"file_ids\":[" + files + "]}}}")).GetProperty("id").GetString();

        var (_, error) = await _api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-x", "code_interpreter"));

        Assert.Equal(
            "Invalid 'tool_resources.code_interpreter.file_ids': array too long. Expected an array with maximum length 20, but got an array with length 21 instead.",
            error.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("/v1/threads/THREAD/messages", "MESSAGE")]
    [InlineData("/v1/threads/THREAD/runs", """{"assistant_id":"ASSISTANT","additional_messages":[MESSAGE]}""")]
    [InlineData("/v1/threads", """{"messages":[MESSAGE],"tool_resources":{"file_search":{"vector_stores":[{"file_ids":["file-a"]}]}}}""")]
    [InlineData("/v1/threads/runs", """{"assistant_id":"ASSISTANT","thread":{"messages":[MESSAGE]}}""")]
    public async Task MoreFilesThanARequestMayAttach_AreRefusedBeforeAnythingIsMade(string path, string body)
    {
        await using var app = await RunApp.StartAsync(null, "Model:Profile=openai", "Limits:AttachedFiles=2");
        var api = app.As();
        var (thread, assistant) = (await api.NewThreadAsync(), await api.NewAssistantAsync());
        var attachments = string.Join(',', new[] { "a", "a", "b", "c" }.Select(file => $$"""{"file_id":"file-{{file}}","tools":[{"type":"file_search"}]}"""));
        var message = $$"""{"role":"user","content":"Read these.","attachments":[{{attachments}}]}""";

        var (status, error) = await api.RefusedAsync(
            HttpMethod.Post,
            path.Replace("THREAD", thread, StringComparison.Ordinal),
            body.Replace("MESSAGE", message, StringComparison.Ordinal).Replace("ASSISTANT", assistant, StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(
            """{"message":"Invalid 'attachments': one request may attach at most 2 files for file_search, but this one attaches 3. Attach the others with further messages, or put them into a vector store and name it in 'tool_resources'.","type":"invalid_request_error","param":"attachments","code":"array_above_max_length"}""",
            error.GetRawText());
        Assert.Empty(app.Model.Calls);
    }

    [Fact]
    public async Task BackEndWithoutVectorStores_SaysSo()
    {
        await using var app = await RunApp.StartAsync(null, "Model:Profile=ollama");
        var thread = await app.As().NewThreadAsync();

        var (status, error) = await app.As().RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-a", "file_search"));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("The model server behind this server (ollama) has no vector stores", error.GetProperty("message").GetString());
    }

    private static string CodeFiles(int count) =>
        $"\"code_interpreter\":{{\"file_ids\":[{string.Join(',', Enumerable.Range(1, count).Select(number => $"\"file-{number}\""))}]}}";

    private async Task<string> ThreadWithCodeFilesAsync(int count) =>
        (await _api.PostAsync("/v1/threads", $"{{\"tool_resources\":{{{CodeFiles(count)}}}}}")).GetProperty("id").GetString()!;

    /// <summary>Posts a message with file-a for both tools; while its vector store is made, the thread gets other files for code.</summary>
    private async Task<HttpStatusCode> PostWhileTheThreadGetsAsync(string thread, int count)
    {
        var (asked, changed) = (new TaskCompletionSource(), new TaskCompletionSource());
        _app.Model.On(NewStore, async reply =>
        {
            asked.SetResult();
            await changed.Task;
            await reply.StatusAsync(200, """{"id":"vs_new"}""");
        });

        var posted = _api.SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-a", "file_search", "code_interpreter"));
        await asked.Task;
        await _api.PostAsync($"/v1/threads/{thread}", $"{{\"tool_resources\":{{{CodeFiles(count)}}}}}");
        changed.SetResult();
        return (await posted).Status;
    }

    private static string Message(string fileId, params string[] tools)
    {
        var list = string.Join(',', tools.Select(tool => $$"""{"type":"{{tool}}"}"""));
        return $$"""{"role":"user","content":"Hi","attachments":[{"file_id":"{{fileId}}","tools":[{{list}}]}]}""";
    }

    private async Task<string> ResourcesAsync(string threadId) =>
        (await _api.GetAsync($"/v1/threads/{threadId}")).GetProperty("tool_resources").GetRawText();
}
