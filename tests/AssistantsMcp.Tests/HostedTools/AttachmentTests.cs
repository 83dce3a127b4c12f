using System.Net;
using AssistantsMcp.Tests.Models;

namespace AssistantsMcp.Tests.HostedTools;

/// <summary>What attachments of messages, and the vector store helper, do to assistants and threads.</summary>
public sealed class AttachmentTests : HostingModelTests
{
    internal const string NewStore = "POST /v1/vector_stores";

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        Model.On(NewStore, reply => reply.StatusAsync(200, """{"id":"vs_new","object":"vector_store"}"""));
    }

    [Fact]
    public async Task FileForSearch_MakesAStoreThatExpires()
    {
        var thread = await Api.NewThreadAsync();

        var message = await Api.PostAsync($"/v1/threads/{thread}/messages", Message("file-a", "file_search"));

        Assert.Equal("""[{"file_id":"file-a","tools":[{"type":"file_search"}]}]""", message.GetProperty("attachments").GetRawText());
        Assert.Equal(
            """{"file_ids":["file-a"],"expires_after":{"anchor":"last_active_at","days":7}}""", Model.CallsOf(NewStore).Single().Body);
        Assert.Equal("""{"file_search":{"vector_store_ids":["vs_new"]}}""", await ResourcesAsync(thread));
    }

    [Fact]
    public async Task FileForSearch_JoinsTheStoreOfTheThread()
    {
        Model.On("POST /v1/vector_stores/vs_old/files", reply => reply.StatusAsync(200, """{"id":"file-a"}"""));
        var thread = (await Api.PostAsync("/v1/threads", """{"tool_resources":{"file_search":{"vector_store_ids":["vs_old"]}}}""")).GetProperty("id").GetString()!;

        await Api.PostAsync($"/v1/threads/{thread}/messages", Message("file-a", "file_search"));

        Assert.Equal("""{"file_id":"file-a"}""", Model.CallsOf("POST /v1/vector_stores/vs_old/files").Single().Body);
        Assert.Equal("""{"file_search":{"vector_store_ids":["vs_old"]}}""", await ResourcesAsync(thread));
    }

    [Fact]
    public async Task FileForBothTools_JoinsBothListsAndStaysWhenTheMessageGoes()
    {
        var thread = await Api.NewThreadAsync();
        var message = await Api.PostAsync($"/v1/threads/{thread}/messages", Message("file-a", "file_search", "code_interpreter"));
        await Api.PostAsync($"/v1/threads/{thread}/messages", Message("file-a", "code_interpreter"));

        await Api.DeleteAsync($"/v1/threads/{thread}/messages/{message.GetProperty("id").GetString()}");

        Assert.Equal(
            """{"code_interpreter":{"file_ids":["file-a"]},"file_search":{"vector_store_ids":["vs_new"]}}""", await ResourcesAsync(thread));
    }

    [Fact]
    public async Task AttachmentWithoutTools_ChangesNothing()
    {
        var thread = await Api.NewThreadAsync();

        await Api.PostAsync($"/v1/threads/{thread}/messages", """{"role":"user","content":"Hi","attachments":[{"file_id":"file-a"}]}""");

        Assert.Empty(Model.Calls);
        Assert.Equal("""{"code_interpreter":{"file_ids":[]}}""", await ResourcesAsync(thread));
    }

    [Fact]
    public async Task MessagesOfANewThread_BringTheirFilesAlong()
    {
        var thread = await Api.PostAsync("/v1/threads", $$"""{"messages":[{{Message("file-a", "file_search")}},{{Message("file-b", "code_interpreter")}}]}""");

        Assert.Equal(
            """{"code_interpreter":{"file_ids":["file-b"]},"file_search":{"vector_store_ids":["vs_new"]}}""",
            thread.GetProperty("tool_resources").GetRawText());
    }

    [Fact]
    public async Task MessagesOfANewThread_AddToTheResourcesThatItsRunGivesIt()
    {
        Model.On("POST /v1/vector_stores/vs_given/files", reply => reply.StatusAsync(200, """{"id":"file-m"}"""));
        Model.NextEvents(Upstream.Created, Upstream.Done(Upstream.Message("Hello.")), Upstream.Completed());

        var run = await Api.PostAsync("/v1/threads/runs", $$$"""
            {"assistant_id":"{{{await Api.NewAssistantAsync()}}}","thread":{"messages":[{{{Message("file-m", "code_interpreter", "file_search")}}}]},
             "tool_resources":{"code_interpreter":{"file_ids":["file-r"]},"file_search":{"vector_store_ids":["vs_given"]}},"instructions":"i"}
            """);

        Assert.Equal(
            """{"code_interpreter":{"file_ids":["file-r","file-m"]},"file_search":{"vector_store_ids":["vs_given"]}}""",
            await ResourcesAsync(run.GetProperty("thread_id").GetString()!));
        Assert.Equal("""{"file_id":"file-m"}""", Model.CallsOf("POST /v1/vector_stores/vs_given/files").Single().Body);
        Assert.Empty(Model.CallsOf(NewStore));
    }

    [Fact]
    public async Task StoreAskedForAtCreation_IsMadeAndShownByItsId()
    {
        const string Helper =
            """{"file_search":{"vector_stores":[{"file_ids":["file-a"],"chunking_strategy":{"type":"static","static":{"max_chunk_size_tokens":400,"chunk_overlap_tokens":100}},"metadata":{"k":"v"}}]}}""";

        var assistant = await Api.PostAsync("/v1/assistants", $$"""{"model":"m","tool_resources":{{Helper}}}""");
        var thread = await Api.PostAsync("/v1/threads", $$"""{"tool_resources":{{Helper}}}""");

        Assert.Equal("""{"file_search":{"vector_store_ids":["vs_new"]}}""", assistant.GetProperty("tool_resources").GetRawText());
        Assert.Equal("""{"file_search":{"vector_store_ids":["vs_new"]}}""", thread.GetProperty("tool_resources").GetRawText());
        const string Asked =
            """{"file_ids":["file-a"],"chunking_strategy":{"type":"static","static":{"max_chunk_size_tokens":400,"chunk_overlap_tokens":100}},"metadata":{"k":"v"}""";
        Assert.Equal(
            [Asked + "}", Asked + ""","expires_after":{"anchor":"last_active_at","days":7}}"""], Model.CallsOf(NewStore).Select(call => call.Body));
    }

    [Fact]
    public async Task MessagesAtTheSameInstant_ShareOneStore()
    {
        Model.On("POST /v1/vector_stores/vs_new/files", reply => reply.StatusAsync(200, """{"id":"file"}"""));
        var thread = await Api.NewThreadAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Api.PostAsync($"/v1/threads/{thread}/messages", Message($"file-{number}", "file_search"))));

        Assert.Single(Model.CallsOf(NewStore));
        Assert.Equal(19, Model.CallsOf("POST /v1/vector_stores/vs_new/files").Count);
        Assert.Equal(20, (await Api.GetAsync($"/v1/threads/{thread}/messages?limit=100")).GetProperty("data").GetArrayLength());
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
        Assert.Equal(0, (await Api.GetAsync($"/v1/threads/{thread}/messages")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task RateLimitThatPasses_IsWaitedFor()
    {
        var answers = new Queue<int>([429, 200]);
        Model.On(NewStore, reply => reply.StatusAsync(answers.Dequeue(), """{"id":"vs_new"}""", ("Retry-After", "0")));
        var thread = await Api.NewThreadAsync();

        await Api.PostAsync($"/v1/threads/{thread}/messages", Message("file-a", "file_search"));

        Assert.Equal("""{"file_search":{"vector_store_ids":["vs_new"]}}""", await ResourcesAsync(thread));
    }

    private static string CodeFiles(int count) =>
        $"\"code_interpreter\":{{\"file_ids\":[{string.Join(',', Enumerable.Range(1, count).Select(number => $"\"file-{number}\""))}]}}";

    private async Task<string> ThreadWithCodeFilesAsync(int count) =>
        (await Api.PostAsync("/v1/threads", $"{{\"tool_resources\":{{{CodeFiles(count)}}}}}")).GetProperty("id").GetString()!;

    /// <summary>Posts a message with file-a for both tools; while its vector store is made, the thread gets other files for code.</summary>
    private async Task<HttpStatusCode> PostWhileTheThreadGetsAsync(string thread, int count)
    {
        var (asked, changed) = (new TaskCompletionSource(), new TaskCompletionSource());
        Model.On(NewStore, async reply =>
        {
            asked.SetResult();
            await changed.Task;
            await reply.StatusAsync(200, """{"id":"vs_new"}""");
        });

        var posted = Api.SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-a", "file_search", "code_interpreter"));
        await asked.Task;
        await Api.PostAsync($"/v1/threads/{thread}", $"{{\"tool_resources\":{{{CodeFiles(count)}}}}}");
        changed.SetResult();
        return (await posted).Status;
    }

    internal static string Message(string fileId, params string[] tools)
    {
        var list = string.Join(',', tools.Select(tool => $$"""{"type":"{{tool}}"}"""));
        return $$"""{"role":"user","content":"Hi","attachments":[{"file_id":"{{fileId}}","tools":[{{list}}]}]}""";
    }

    private async Task<string> ResourcesAsync(string threadId) =>
        (await Api.GetAsync($"/v1/threads/{threadId}")).GetProperty("tool_resources").GetRawText();
}
