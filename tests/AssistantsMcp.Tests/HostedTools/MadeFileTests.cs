using System.Text;
using System.Text.Json;
using static AssistantsMcp.Tests.Models.Upstream;
using static AssistantsMcp.Tests.Models.UpstreamTools;

namespace AssistantsMcp.Tests.HostedTools;

/// <summary>Files that a model's code made: kept here, cited, and used again.</summary>
public sealed class MadeFileTests : IAsyncLifetime
{
    private const string Tool = "\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"code_interpreter\"}]";

    private static readonly byte[] _picture = [0x89, (byte)'P', (byte)'N', (byte)'G', 1, 2, 3];

    private RunApp _app = null!;
    private RestClient _api = null!;

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync(null, "Model:Profile=openai");
        _api = _app.As();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task FileThatCodeMade_IsKeptAndCitedByItsPath()
    {
        const string Text = "Here 🎉 it is: [data](sandbox:/mnt/data/data.csv).";
        var start = Text.IndexOf("sandbox:", StringComparison.Ordinal) - 1; // in code points
        var citation = ContainerFileCitation("cfile_1", "data.csv", start, start + "sandbox:/mnt/data/data.csv".Length);
        _app.Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.StatusAsync(200, "a;b\n1;2\n"));
        _app.Model.NextEvents(
        [
            Created, .. CodeInterpreter(["make()"]),
            Added(EmptyMessage(), 1), TextDelta(Text, index: 1), AnnotationAdded(citation, index: 1), Done(AnnotatedMessage(Text, [citation]), 1), Completed(),
        ]);

        var events = await ReadAsync(await StreamAsync());

        var message = events.Single(happened => happened.Name == "thread.message.completed").Json;
        var text = message.GetProperty("content")[0].GetProperty("text");
        var annotation = text.GetProperty("annotations")[0];
        Assert.Equal(Text, text.GetProperty("value").GetString());
        Assert.Equal("file_path", annotation.GetProperty("type").GetString());
        Assert.Equal("sandbox:/mnt/data/data.csv", annotation.GetProperty("text").GetString());
        Assert.Equal(start, annotation.GetProperty("start_index").GetInt32());
        Assert.Equal(start + 26, annotation.GetProperty("end_index").GetInt32());
        var fileId = annotation.GetProperty("file_path").GetProperty("file_id").GetString();
        var file = await _api.GetAsync($"/v1/files/{fileId}");
        Assert.Equal("data.csv", file.GetProperty("filename").GetString());
        Assert.Equal("assistants_output", file.GetProperty("purpose").GetString());
        Assert.Equal("a;b\n1;2\n", await ContentAsync(fileId!));

        var delta = events.Last(happened => happened.Name == "thread.message.delta").Json.GetProperty("delta").GetProperty("content")[0];
        Assert.Equal("", delta.GetProperty("text").GetProperty("value").GetString());
        Assert.Equal(fileId, delta.GetProperty("text").GetProperty("annotations")[0].GetProperty("file_path").GetProperty("file_id").GetString());
    }

    [Fact]
    public async Task PictureThatCodeDrew_BecomesAnOutputAndAPartOfTheMessage()
    {
        _app.Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.BytesAsync(_picture));
        _app.Model.NextEvents(
        [
            Created, .. CodeInterpreter(["plot()"], [Image($"data:image/png;base64,{Convert.ToBase64String(_picture)}")]),
            Added(EmptyMessage(), 1), TextDelta("See.", index: 1), AnnotationAdded(ContainerFileCitation("cfile_1", "plot.png"), index: 1),
            Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", "plot.png")]), 1), Completed(),
        ]);

        var events = await ReadAsync(await StreamAsync());

        var output = events.First(happened => happened.Name == "thread.run.step.completed").Json
            .GetProperty("step_details").GetProperty("tool_calls")[0].GetProperty("code_interpreter").GetProperty("outputs")[0];
        Assert.Equal("image", output.GetProperty("type").GetString());
        Assert.Equal(_picture, await BytesAsync(output.GetProperty("image").GetProperty("file_id").GetString()!));
        var content = events.Single(happened => happened.Name == "thread.message.completed").Json.GetProperty("content");
        Assert.Equal("See.", content[0].GetProperty("text").GetProperty("value").GetString());
        Assert.Equal("image_file", content[1].GetProperty("type").GetString());
        Assert.Equal(_picture, await BytesAsync(content[1].GetProperty("image_file").GetProperty("file_id").GetString()!));
    }

    [Fact]
    public async Task LinkWithoutCitation_IsLookedUpInTheContainer()
    {
        const string Text = "[Get it](sandbox:/mnt/data/out.txt)";
        _app.Model.On("GET /v1/containers/cntr_a/files?limit=100", reply => reply.StatusAsync(200, """{"object":"list","data":[{"id":"cfile_9","path":"/mnt/data/out.txt"}]}"""));
        _app.Model.On("GET /v1/containers/cntr_a/files/cfile_9/content", reply => reply.StatusAsync(200, "out"));
        _app.Model.NextEvents([Created, .. CodeInterpreter(["make()"]), Done(Message(Text), 1), Completed()]);

        var run = await RunAsync();

        var message = (await _api.GetAsync($"/v1/threads/{run.GetProperty("thread_id").GetString()}/messages")).GetProperty("data")[0];
        var annotation = message.GetProperty("content")[0].GetProperty("text").GetProperty("annotations")[0];
        Assert.Equal(9, annotation.GetProperty("start_index").GetInt32());
        Assert.Equal("out", await ContentAsync(annotation.GetProperty("file_path").GetProperty("file_id").GetString()!));
    }

    [Fact]
    public async Task LinkWithoutCitation_IsLookedUpOnEveryPageOfTheContainersFiles()
    {
        const string Files = "GET /v1/containers/cntr_a/files?limit=100";
        _app.Model.On(Files, reply => reply.StatusAsync(200, """{"data":[{"id":"cfile_1","path":"/mnt/data/in.txt"}],"has_more":true}"""));
        _app.Model.On(Files + "&after=cfile_1", reply => reply.StatusAsync(200, """{"data":[{"id":"cfile_9","path":"/mnt/data/out.txt"}],"has_more":false}"""));
        _app.Model.On("GET /v1/containers/cntr_a/files/cfile_9/content", reply => reply.StatusAsync(200, "out"));
        _app.Model.NextEvents([Created, .. CodeInterpreter(["make()"]), Done(Message("[Get it](sandbox:/mnt/data/out.txt)"), 1), Completed()]);

        var text = await TextOfAsync(await RunAsync());

        Assert.Equal("out", await ContentAsync(text.GetProperty("annotations")[0].GetProperty("file_path").GetProperty("file_id").GetString()!));
    }

    [Fact]
    public async Task ListOfFilesWithoutAnEnd_IsReadTenTimes()
    {
        _app.Model.NextEvents([Created, .. CodeInterpreter(["make()"]), Done(Message("[Get it](sandbox:/mnt/data/out.txt)"), 1), Completed()]);
        _app.Model.Always(reply => reply.StatusAsync(200, """{"data":[{"id":"cfile_1","path":"/mnt/data/in.txt"}],"has_more":true}"""));

        var run = await RunAsync();

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(10, _app.Model.Calls.Count(call => call.Method == "GET"));
    }

    [Fact]
    public async Task LinksOfTwoContainers_AreLookedUpInEachOfThem()
    {
        foreach (var name in (string[])["a", "b"])
        {
            _app.Model.On($"GET /v1/containers/cntr_{name}/files?limit=100", reply => reply.StatusAsync(200, $$"""{"data":[{"id":"cfile_{{name}}","path":"/mnt/data/{{name}}.txt"}]}"""));
            _app.Model.On($"GET /v1/containers/cntr_{name}/files/cfile_{name}/content", reply => reply.StatusAsync(200, name));
        }

        _app.Model.NextEvents(
        [
            Created,
            .. CodeInterpreter(["make()"]), Done(Message("[One](sandbox:/mnt/data/a.txt)", "msg_a"), 1),
            .. CodeInterpreter(["make()"], container: "cntr_b", index: 2, id: "ci_b"), Done(Message("[Two](sandbox:/mnt/data/b.txt)", "msg_b"), 3), Completed(),
        ]);

        var run = await RunAsync();

        var messages = (await _api.GetAsync($"/v1/threads/{run.GetProperty("thread_id").GetString()}/messages")).GetProperty("data");
        var made = messages.EnumerateArray().SelectMany(message => message.GetProperty("content").EnumerateArray())
            .SelectMany(part => part.GetProperty("text").GetProperty("annotations").EnumerateArray())
            .Select(annotation => annotation.GetProperty("text").GetString());
        Assert.Equal(["sandbox:/mnt/data/a.txt", "sandbox:/mnt/data/b.txt"], made.Order());
    }

    [Fact]
    public async Task FileThatCodeMade_CanBeTheInputOfAnotherRun()
    {
        _app.Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.BytesAsync(_picture));
        _app.Model.On("POST /v1/files", reply => reply.StatusAsync(200, """{"id":"file-copy"}"""));
        _app.Model.NextEvents([Created, .. CodeInterpreter(["plot()"]), Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", "plot.png")]), 1), Completed()]);
        _app.Model.NextEvents(Created, Done(Message("Nice.")), Completed());
        var first = await RunAsync();
        var made = (await _api.GetAsync($"/v1/threads/{first.GetProperty("thread_id").GetString()}/messages"))
            .GetProperty("data")[0].GetProperty("content")[1].GetProperty("image_file").GetProperty("file_id").GetString();
        var thread = await _api.NewThreadAsync();
        await _api.PostAsync(
            $"/v1/threads/{thread}/messages",
            $$$"""{"role":"user","content":[{"type":"image_file","image_file":{"file_id":"{{{made}}}"}}],"attachments":[{"file_id":"{{{made}}}","tools":[{"type":"code_interpreter"}]}]}""");

        await _api.SettledAsync(await _api.NewRunAsync(thread, await _api.NewAssistantAsync(Tool)));

        var sent = _app.Model.CallsOf("POST /v1/responses")[1].Json;
        Assert.Equal("""["file-copy"]""", sent.GetProperty("tools")[0].GetProperty("container").GetProperty("file_ids").GetRawText());
        Assert.Equal(
            $"data:image/png;base64,{Convert.ToBase64String(_picture)}",
            sent.GetProperty("input")[0].GetProperty("content")[0].GetProperty("image_url").GetString());
        var upload = _app.Model.CallsOf("POST /v1/files").Single().Body;
        Assert.Contains("filename=\"plot.png\"", upload);
        Assert.Contains("user_data", upload);
    }

    [Theory]
    [InlineData("the \"last\" one.png", "the \"last\" one.png", "the %22last%22 one.png")]
    [InlineData("潮汐.png", "潮汐.png", "潮汐.png")]
    [InlineData("a\r\nX-Smuggled: 1.png", "a__X-Smuggled: 1.png", "a__X-Smuggled: 1.png")]
    public async Task NameOfAFileThatCodeMade_GoesAlongWithItsCopy(string given, string kept, string sent)
    {
        _app.Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.BytesAsync(_picture));
        _app.Model.On("POST /v1/files", reply => reply.StatusAsync(200, """{"id":"file-copy"}"""));
        _app.Model.NextEvents([Created, .. CodeInterpreter(["plot()"]), Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", given)]), 1), Completed()]);
        _app.Model.NextEvents(Created, Done(Message("Nice.")), Completed());
        await RunAsync();
        var made = (await _api.GetAsync("/v1/files?purpose=assistants_output")).GetProperty("data")[0];
        var fileId = made.GetProperty("id").GetString();
        var assistant = await _api.NewAssistantAsync(Tool + $$$""","tool_resources":{"code_interpreter":{"file_ids":["{{{fileId}}}"]}}""");

        var run = await _api.SettledAsync(await _api.NewRunAsync(await _api.NewThreadAsync("Hi"), assistant));

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(kept, made.GetProperty("filename").GetString());
        Assert.Contains($"name=\"file\"; filename=\"{sent}\"\r\n", _app.Model.CallsOf("POST /v1/files").Single().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileThatCodeMade_IsFoundAndCitedUnderItsOwnId()
    {
        _app.Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.StatusAsync(200, "3.2 m"));
        _app.Model.On("POST /v1/files", reply => reply.StatusAsync(200, """{"id":"file-copy"}"""));
        _app.Model.On("POST /v1/vector_stores", reply => reply.StatusAsync(200, """{"id":"vs_new"}"""));
        _app.Model.NextEvents([Created, .. CodeInterpreter(["make()"]), Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", "tides.txt")]), 1), Completed()]);
        _app.Model.NextEvents(
            [Created, .. FileSearch(["tide"], [SearchResult("file-copy", "tides.txt", "3.2 m")]), Done(AnnotatedMessage("3.2 m.", [FileCitation("file-copy", "tides.txt", 6)]), 1), Completed()]);
        await RunAsync();
        var made = (await _api.GetAsync("/v1/files?purpose=assistants_output")).GetProperty("data")[0].GetProperty("id").GetString();
        var assistant = await _api.NewAssistantAsync(
            "\"model\":\"m\",\"tools\":[{\"type\":\"file_search\"}],\"tool_resources\":{\"file_search\":{\"vector_stores\":[{\"file_ids\":[\"" + made + "\"]}]}}");
        var thread = await _api.NewThreadAsync("How high?");

        var path = await _api.NewRunAsync(thread, assistant);
        await _api.SettledAsync(path);

        var found = (await _api.GetAsync($"{path}/steps?order=asc")).GetProperty("data")[0].GetProperty("step_details").GetProperty("tool_calls")[0];
        Assert.Equal(made, found.GetProperty("file_search").GetProperty("results")[0].GetProperty("file_id").GetString());
        var annotation = (await _api.GetAsync($"/v1/threads/{thread}/messages")).GetProperty("data")[0].GetProperty("content")[0].GetProperty("text").GetProperty("annotations")[0];
        Assert.Equal(made, annotation.GetProperty("file_citation").GetProperty("file_id").GetString());
    }

    [Fact]
    public async Task FileThatCodeMade_NamedTwiceForAStore_IsCopiedOnce()
    {
        _app.Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.BytesAsync(_picture));
        _app.Model.On("POST /v1/files", reply => reply.StatusAsync(200, """{"id":"file-copy"}"""));
        _app.Model.On("POST /v1/vector_stores", reply => reply.StatusAsync(200, """{"id":"vs_new"}"""));
        _app.Model.NextEvents([Created, .. CodeInterpreter(["plot()"]), Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", "plot.png")]), 1), Completed()]);
        await RunAsync();
        var made = (await _api.GetAsync("/v1/files?purpose=assistants_output")).GetProperty("data")[0].GetProperty("id").GetString();

        await _api.PostAsync("/v1/threads", $$$$"""{"tool_resources":{"file_search":{"vector_stores":[{"file_ids":["{{{{made}}}}","{{{{made}}}}"]}]}}}""");

        Assert.Single(_app.Model.CallsOf("POST /v1/files"));
        Assert.Equal("""["file-copy"]""", _app.Model.CallsOf("POST /v1/vector_stores").Single().Json.GetProperty("file_ids").GetRawText());
    }

    [Fact]
    public async Task FileThatCodeMade_LeavesTheVectorStoresWhenItIsDeleted()
    {
        _app.Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.BytesAsync(_picture));
        _app.Model.On("POST /v1/files", reply => reply.StatusAsync(200, """{"id":"file-copy"}"""));
        _app.Model.On("POST /v1/vector_stores", reply => reply.StatusAsync(200, """{"id":"vs_new"}"""));
        _app.Model.On("DELETE /v1/files/file-copy", reply => reply.StatusAsync(200, """{"id":"file-copy","deleted":true}"""));
        _app.Model.NextEvents([Created, .. CodeInterpreter(["plot()"]), Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", "plot.png")]), 1), Completed()]);
        var thread = (await RunAsync()).GetProperty("thread_id").GetString();
        var made = (await _api.GetAsync($"/v1/threads/{thread}/messages"))
            .GetProperty("data")[0].GetProperty("content")[1].GetProperty("image_file").GetProperty("file_id").GetString();
        await _api.PostAsync(
            $"/v1/threads/{thread}/messages",
            $$$"""{"role":"user","content":"Hi","attachments":[{"file_id":"{{{made}}}","tools":[{"type":"file_search"}]}]}""");

        await _api.DeleteAsync($"/v1/files/{made}");

        Assert.Equal("""["file-copy"]""", _app.Model.CallsOf("POST /v1/vector_stores").Single().Json.GetProperty("file_ids").GetRawText());
        Assert.Single(_app.Model.CallsOf("DELETE /v1/files/file-copy"));
        Assert.Equal(0, (await _api.GetAsync("/v1/files?purpose=assistants_output")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task FileThatCannotBeCopied_FailsTheRunWithTheReason()
    {
        _app.Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.BytesAsync(_picture));
        _app.Model.On("POST /v1/files", reply => reply.StatusAsync(413, """{"error":{"message":"Too large."}}"""));
        _app.Model.NextEvents([Created, .. CodeInterpreter(["plot()"]), Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", "plot.png")]), 1), Completed()]);
        var first = await RunAsync();
        var made = (await _api.GetAsync($"/v1/threads/{first.GetProperty("thread_id").GetString()}/messages"))
            .GetProperty("data")[0].GetProperty("content")[1].GetProperty("image_file").GetProperty("file_id").GetString();
        var assistant = await _api.NewAssistantAsync($"{Tool},\"tool_resources\":{{\"code_interpreter\":{{\"file_ids\":[\"{made}\"]}}}}");

        var run = await _api.SettledAsync(await _api.NewRunAsync(await _api.NewThreadAsync("Hi"), assistant));

        Assert.Equal("Too large.", run.GetProperty("last_error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task RateLimitOnACopy_FailsTheRunWithItsCode()
    {
        _app.Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.BytesAsync(_picture));
        _app.Model.On("POST /v1/files", reply => reply.StatusAsync(429, """{"error":{"message":"Slow down."}}""", ("Retry-After", "7")));
        _app.Model.NextEvents([Created, .. CodeInterpreter(["plot()"]), Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", "plot.png")]), 1), Completed()]);
        await RunAsync();
        var made = (await _api.GetAsync("/v1/files?purpose=assistants_output")).GetProperty("data")[0].GetProperty("id").GetString();
        var assistant = await _api.NewAssistantAsync($"{Tool},\"tool_resources\":{{\"code_interpreter\":{{\"file_ids\":[\"{made}\"]}}}}");

        var run = await _api.SettledAsync(await _api.NewRunAsync(await _api.NewThreadAsync("Hi"), assistant));

        Assert.Equal("""{"code":"rate_limit_exceeded","message":"Slow down."}""", run.GetProperty("last_error").GetRawText());
    }

    [Fact]
    public async Task CitationThatComesBeforeItsLink_WaitsForTheWholeMessage()
    {
        const string Text = "[data](sandbox:/mnt/data/data.csv)";
        var citation = ContainerFileCitation("cfile_1", "data.csv", 7, 33);
        _app.Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.StatusAsync(200, "a;b"));
        _app.Model.NextEvents(
        [
            Created, .. CodeInterpreter(["make()"]),
            Added(EmptyMessage(), 1), TextDelta("[data]", index: 1), AnnotationAdded(citation, index: 1), Done(AnnotatedMessage(Text, [citation]), 1), Completed(),
        ]);

        var run = await RunAsync();

        var text = (await _api.GetAsync($"/v1/threads/{run.GetProperty("thread_id").GetString()}/messages"))
            .GetProperty("data")[0].GetProperty("content")[0].GetProperty("text");
        Assert.Equal(Text, text.GetProperty("value").GetString());
        Assert.Equal(7, text.GetProperty("annotations")[0].GetProperty("start_index").GetInt32());
        Assert.Equal(33, text.GetProperty("annotations")[0].GetProperty("end_index").GetInt32());
    }

    [Fact]
    public async Task CitationWithoutAPlace_IsOfTheLinkInTheText()
    {
        const string Text = "[data](sandbox:/mnt/data/data.csv)";
        _app.Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.StatusAsync(200, "a;b"));
        _app.Model.NextEvents(
            [Created, .. CodeInterpreter(["make()"]), Done(AnnotatedMessage(Text, [ContainerFileCitation("cfile_1", "data.csv")]), 1), Completed()]);

        var text = await TextOfAsync(await RunAsync());

        Assert.Equal(Text, text.GetProperty("value").GetString());
        Assert.Equal("sandbox:/mnt/data/data.csv", text.GetProperty("annotations")[0].GetProperty("text").GetString());
        Assert.Equal(7, text.GetProperty("annotations")[0].GetProperty("start_index").GetInt32());
    }

    [Fact]
    public async Task NameThatIsAPath_IsShownWithoutIt()
    {
        _app.Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.StatusAsync(200, "a;b"));
        _app.Model.NextEvents(
        [
            Created, .. CodeInterpreter(["make()"]),
            Done(AnnotatedMessage("Here.", [ContainerFileCitation("cfile_1", "../../etc/da\r\nta.csv")]), 1), Completed(),
        ]);

        var text = await TextOfAsync(await RunAsync());

        Assert.Equal("Here.\n[da__ta.csv](sandbox:/mnt/data/da__ta.csv)", text.GetProperty("value").GetString());
        var id = text.GetProperty("annotations")[0].GetProperty("file_path").GetProperty("file_id").GetString();
        Assert.Equal("da__ta.csv", (await _api.GetAsync($"/v1/files/{id}")).GetProperty("filename").GetString());
    }

    [Fact]
    public async Task FileThatCannotBeHad_LeavesTheTextAlone()
    {
        const string Text = "[Get it](sandbox:/mnt/data/out.txt)";
        var citation = ContainerFileCitation("cfile_1", "out.txt", 9, 34);
        _app.Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.StatusAsync(404));
        _app.Model.On("GET /v1/containers/cntr_a/files?limit=100", reply => reply.StatusAsync(404));
        _app.Model.NextEvents([Created, .. CodeInterpreter(["make()"]), Done(AnnotatedMessage(Text, [citation]), 1), Completed()]);

        var run = await RunAsync();

        Assert.Equal("completed", run.GetProperty("status").GetString());
        var message = (await _api.GetAsync($"/v1/threads/{run.GetProperty("thread_id").GetString()}/messages")).GetProperty("data")[0];
        Assert.Equal($$"""{"value":{{JsonSerializer.Serialize(Text)}},"annotations":[]}""", message.GetProperty("content")[0].GetProperty("text").GetRawText());
    }

    private static async Task<IReadOnlyList<StreamEvent>> ReadAsync(EventReader stream)
    {
        await using (stream)
        {
            return await stream.RestAsync();
        }
    }

    private async Task<EventReader> StreamAsync() => await _api.StreamAsync(
        $"/v1/threads/{await _api.NewThreadAsync("Hi")}/runs", $$"""{"assistant_id":"{{await _api.NewAssistantAsync(Tool)}}","stream":true}""");

    private async Task<JsonElement> RunAsync() =>
        await _api.SettledAsync(await _api.NewRunAsync(await _api.NewThreadAsync("Hi"), await _api.NewAssistantAsync(Tool)));

    /// <summary>The text of the newest message on a run's thread.</summary>
    private async Task<JsonElement> TextOfAsync(JsonElement run) =>
        (await _api.GetAsync($"/v1/threads/{run.GetProperty("thread_id").GetString()}/messages")).GetProperty("data")[0].GetProperty("content")[0].GetProperty("text");

    private async Task<string> ContentAsync(string fileId) => Encoding.UTF8.GetString(await BytesAsync(fileId));

    private async Task<byte[]> BytesAsync(string fileId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/files/{fileId}/content");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer sk-test");
        using var response = await _app.App.Http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode);
        return await response.Content.ReadAsByteArrayAsync();
    }
}
