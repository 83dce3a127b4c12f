using static AssistantsMcp.Tests.Models.Upstream;
using static AssistantsMcp.Tests.Models.UpstreamTools;

namespace AssistantsMcp.Tests.HostedTools;

/// <summary>Files that a model's code made, used again: the model server gets a copy.</summary>
public sealed class MadeFileCopyTests() : HostedToolTests(CodeTool)
{
    [Fact]
    public async Task FileThatCodeMade_CanBeTheInputOfAnotherRun()
    {
        Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.BytesAsync(Picture));
        Model.On("POST /v1/files", reply => reply.StatusAsync(200, """{"id":"file-copy"}"""));
        Model.NextEvents([Created, .. CodeInterpreter(["plot()"]), Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", "plot.png")]), 1), Completed()]);
        Model.NextEvents(Created, Done(Message("Nice.")), Completed());
        var first = await RunAsync();
        var made = (await Api.GetAsync($"/v1/threads/{first.GetProperty("thread_id").GetString()}/messages"))
            .GetProperty("data")[0].GetProperty("content")[1].GetProperty("image_file").GetProperty("file_id").GetString();
        var thread = await Api.NewThreadAsync();
        await Api.PostAsync(
            $"/v1/threads/{thread}/messages",
            $$$"""{"role":"user","content":[{"type":"image_file","image_file":{"file_id":"{{{made}}}"}}],"attachments":[{"file_id":"{{{made}}}","tools":[{"type":"code_interpreter"}]}]}""");

        await Api.SettledAsync(await Api.NewRunAsync(thread, await Api.NewAssistantAsync(CodeTool)));

        var sent = Model.CallsOf("POST /v1/responses")[1].Json;
        Assert.Equal("""["file-copy"]""", sent.GetProperty("tools")[0].GetProperty("container").GetProperty("file_ids").GetRawText());
        Assert.Equal(
            $"data:image/png;base64,{Convert.ToBase64String(Picture)}",
            sent.GetProperty("input")[0].GetProperty("content")[0].GetProperty("image_url").GetString());
        var upload = Model.CallsOf("POST /v1/files").Single().Body;
        Assert.Contains("filename=\"plot.png\"", upload);
        Assert.Contains("user_data", upload);
    }

    [Theory]
    [InlineData("the \"last\" one.png", "the \"last\" one.png", "the %22last%22 one.png")]
    [InlineData("潮汐.png", "潮汐.png", "潮汐.png")]
    [InlineData("a\r\nX-Smuggled: 1.png", "a__X-Smuggled: 1.png", "a__X-Smuggled: 1.png")]
    public async Task NameOfAFileThatCodeMade_GoesAlongWithItsCopy(string given, string kept, string sent)
    {
        Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.BytesAsync(Picture));
        Model.On("POST /v1/files", reply => reply.StatusAsync(200, """{"id":"file-copy"}"""));
        Model.NextEvents([Created, .. CodeInterpreter(["plot()"]), Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", given)]), 1), Completed()]);
        Model.NextEvents(Created, Done(Message("Nice.")), Completed());
        await RunAsync();
        var made = (await Api.GetAsync("/v1/files?purpose=assistants_output")).GetProperty("data")[0];
        var fileId = made.GetProperty("id").GetString();
        var assistant = await Api.NewAssistantAsync(CodeTool + $$$""","tool_resources":{"code_interpreter":{"file_ids":["{{{fileId}}}"]}}""");

        var run = await Api.SettledAsync(await Api.NewRunAsync(await Api.NewThreadAsync("Hi"), assistant));

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(kept, made.GetProperty("filename").GetString());
        Assert.Contains($"name=\"file\"; filename=\"{sent}\"\r\n", Model.CallsOf("POST /v1/files").Single().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileThatCodeMade_IsFoundAndCitedUnderItsOwnId()
    {
        Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.StatusAsync(200, "3.2 m"));
        Model.On("POST /v1/files", reply => reply.StatusAsync(200, """{"id":"file-copy"}"""));
        Model.On("POST /v1/vector_stores", reply => reply.StatusAsync(200, """{"id":"vs_new"}"""));
        Model.NextEvents([Created, .. CodeInterpreter(["make()"]), Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", "tides.txt")]), 1), Completed()]);
        Model.NextEvents(
            [Created, .. FileSearch(["tide"], [SearchResult("file-copy", "tides.txt", "3.2 m")]), Done(AnnotatedMessage("3.2 m.", [FileCitation("file-copy", "tides.txt", 6)]), 1), Completed()]);
        await RunAsync();
        var made = (await Api.GetAsync("/v1/files?purpose=assistants_output")).GetProperty("data")[0].GetProperty("id").GetString();
        var assistant = await Api.NewAssistantAsync(
            "\"model\":\"m\",\"tools\":[{\"type\":\"file_search\"}],\"tool_resources\":{\"file_search\":{\"vector_stores\":[{\"file_ids\":[\"" + made + "\"]}]}}");
        var thread = await Api.NewThreadAsync("How high?");

        var path = await Api.NewRunAsync(thread, assistant);
        await Api.SettledAsync(path);

        var found = (await Api.GetAsync($"{path}/steps?order=asc")).GetProperty("data")[0].GetProperty("step_details").GetProperty("tool_calls")[0];
        Assert.Equal(made, found.GetProperty("file_search").GetProperty("results")[0].GetProperty("file_id").GetString());
        var annotation = (await Api.GetAsync($"/v1/threads/{thread}/messages")).GetProperty("data")[0].GetProperty("content")[0].GetProperty("text").GetProperty("annotations")[0];
        Assert.Equal(made, annotation.GetProperty("file_citation").GetProperty("file_id").GetString());
    }

    [Fact]
    public async Task FileThatCodeMade_NamedTwiceForAStore_IsCopiedOnce()
    {
        Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.BytesAsync(Picture));
        Model.On("POST /v1/files", reply => reply.StatusAsync(200, """{"id":"file-copy"}"""));
        Model.On("POST /v1/vector_stores", reply => reply.StatusAsync(200, """{"id":"vs_new"}"""));
        Model.NextEvents([Created, .. CodeInterpreter(["plot()"]), Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", "plot.png")]), 1), Completed()]);
        await RunAsync();
        var made = (await Api.GetAsync("/v1/files?purpose=assistants_output")).GetProperty("data")[0].GetProperty("id").GetString();

        await Api.PostAsync("/v1/threads", $$$$"""{"tool_resources":{"file_search":{"vector_stores":[{"file_ids":["{{{{made}}}}","{{{{made}}}}"]}]}}}""");

        Assert.Single(Model.CallsOf("POST /v1/files"));
        Assert.Equal("""["file-copy"]""", Model.CallsOf("POST /v1/vector_stores").Single().Json.GetProperty("file_ids").GetRawText());
    }

    [Fact]
    public async Task FileThatCodeMade_LeavesTheVectorStoresWhenItIsDeleted()
    {
        Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.BytesAsync(Picture));
        Model.On("POST /v1/files", reply => reply.StatusAsync(200, """{"id":"file-copy"}"""));
        Model.On("POST /v1/vector_stores", reply => reply.StatusAsync(200, """{"id":"vs_new"}"""));
        Model.On("DELETE /v1/files/file-copy", reply => reply.StatusAsync(200, """{"id":"file-copy","deleted":true}"""));
        Model.NextEvents([Created, .. CodeInterpreter(["plot()"]), Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", "plot.png")]), 1), Completed()]);
        var thread = (await RunAsync()).GetProperty("thread_id").GetString();
        var made = (await Api.GetAsync($"/v1/threads/{thread}/messages"))
            .GetProperty("data")[0].GetProperty("content")[1].GetProperty("image_file").GetProperty("file_id").GetString();
        await Api.PostAsync(
            $"/v1/threads/{thread}/messages",
            $$$"""{"role":"user","content":"Hi","attachments":[{"file_id":"{{{made}}}","tools":[{"type":"file_search"}]}]}""");

        await Api.DeleteAsync($"/v1/files/{made}");

        Assert.Equal("""["file-copy"]""", Model.CallsOf("POST /v1/vector_stores").Single().Json.GetProperty("file_ids").GetRawText());
        Assert.Single(Model.CallsOf("DELETE /v1/files/file-copy"));
        Assert.Equal(0, (await Api.GetAsync("/v1/files?purpose=assistants_output")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task FileThatCannotBeCopied_FailsTheRunWithTheReason()
    {
        Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.BytesAsync(Picture));
        Model.On("POST /v1/files", reply => reply.StatusAsync(413, """{"error":{"message":"Too large."}}"""));
        Model.NextEvents([Created, .. CodeInterpreter(["plot()"]), Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", "plot.png")]), 1), Completed()]);
        var first = await RunAsync();
        var made = (await Api.GetAsync($"/v1/threads/{first.GetProperty("thread_id").GetString()}/messages"))
            .GetProperty("data")[0].GetProperty("content")[1].GetProperty("image_file").GetProperty("file_id").GetString();
        var assistant = await Api.NewAssistantAsync($"{CodeTool},\"tool_resources\":{{\"code_interpreter\":{{\"file_ids\":[\"{made}\"]}}}}");

        var run = await Api.SettledAsync(await Api.NewRunAsync(await Api.NewThreadAsync("Hi"), assistant));

        Assert.Equal("Too large.", run.GetProperty("last_error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task RateLimitOnACopy_FailsTheRunWithItsCode()
    {
        Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.BytesAsync(Picture));
        Model.On("POST /v1/files", reply => reply.StatusAsync(429, """{"error":{"message":"Slow down."}}""", ("Retry-After", "7")));
        Model.NextEvents([Created, .. CodeInterpreter(["plot()"]), Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", "plot.png")]), 1), Completed()]);
        await RunAsync();
        var made = (await Api.GetAsync("/v1/files?purpose=assistants_output")).GetProperty("data")[0].GetProperty("id").GetString();
        var assistant = await Api.NewAssistantAsync($"{CodeTool},\"tool_resources\":{{\"code_interpreter\":{{\"file_ids\":[\"{made}\"]}}}}");

        var run = await Api.SettledAsync(await Api.NewRunAsync(await Api.NewThreadAsync("Hi"), assistant));

        Assert.Equal("""{"code":"rate_limit_exceeded","message":"Slow down."}""", run.GetProperty("last_error").GetRawText());
    }
}
