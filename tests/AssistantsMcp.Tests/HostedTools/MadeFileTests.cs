using System.Text;
using System.Text.Json;
using static AssistantsMcp.Tests.Models.Upstream;
using static AssistantsMcp.Tests.Models.UpstreamTools;

namespace AssistantsMcp.Tests.HostedTools;

/// <summary>Files that a model's code made: kept here, and cited.</summary>
public sealed class MadeFileTests() : HostedToolTests(CodeTool)
{
    [Fact]
    public async Task FileThatCodeMade_IsKeptAndCitedByItsPath()
    {
        const string Text = "Here 🎉 it is: [data](sandbox:/mnt/data/data.csv).";
        var start = Text.IndexOf("sandbox:", StringComparison.Ordinal) - 1; // in code points
        var citation = ContainerFileCitation("cfile_1", "data.csv", start, start + "sandbox:/mnt/data/data.csv".Length);
        Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.StatusAsync(200, "a;b\n1;2\n"));
        Model.NextEvents(
        [
            Created, .. CodeInterpreter(["make()"]),
            Added(EmptyMessage(), 1), TextDelta(Text, index: 1), AnnotationAdded(citation, index: 1), Done(AnnotatedMessage(Text, [citation]), 1), Completed(),
        ]);

        var events = await StreamAsync();

        var message = events.Single(happened => happened.Name == "thread.message.completed").Json;
        var text = message.GetProperty("content")[0].GetProperty("text");
        var annotation = text.GetProperty("annotations")[0];
        Assert.Equal(Text, text.GetProperty("value").GetString());
        Assert.Equal("file_path", annotation.GetProperty("type").GetString());
        Assert.Equal("sandbox:/mnt/data/data.csv", annotation.GetProperty("text").GetString());
        Assert.Equal(start, annotation.GetProperty("start_index").GetInt32());
        Assert.Equal(start + 26, annotation.GetProperty("end_index").GetInt32());
        var fileId = annotation.GetProperty("file_path").GetProperty("file_id").GetString();
        var file = await Api.GetAsync($"/v1/files/{fileId}");
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
        Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.BytesAsync(Picture));
        Model.NextEvents(
        [
            Created, .. CodeInterpreter(["plot()"], [Image($"data:image/png;base64,{Convert.ToBase64String(Picture)}")]),
            Added(EmptyMessage(), 1), TextDelta("See.", index: 1), AnnotationAdded(ContainerFileCitation("cfile_1", "plot.png"), index: 1),
            Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", "plot.png")]), 1), Completed(),
        ]);

        var events = await StreamAsync();

        var output = events.First(happened => happened.Name == "thread.run.step.completed").Json
            .GetProperty("step_details").GetProperty("tool_calls")[0].GetProperty("code_interpreter").GetProperty("outputs")[0];
        Assert.Equal("image", output.GetProperty("type").GetString());
        Assert.Equal(Picture, await BytesAsync(output.GetProperty("image").GetProperty("file_id").GetString()!));
        var content = events.Single(happened => happened.Name == "thread.message.completed").Json.GetProperty("content");
        Assert.Equal("See.", content[0].GetProperty("text").GetProperty("value").GetString());
        Assert.Equal("image_file", content[1].GetProperty("type").GetString());
        Assert.Equal(Picture, await BytesAsync(content[1].GetProperty("image_file").GetProperty("file_id").GetString()!));
    }

    [Fact]
    public async Task LinkWithoutCitation_IsLookedUpInTheContainer()
    {
        const string Text = "[Get it](sandbox:/mnt/data/out.txt)";
        Model.On("GET /v1/containers/cntr_a/files?limit=100", reply => reply.StatusAsync(200, """{"object":"list","data":[{"id":"cfile_9","path":"/mnt/data/out.txt"}]}"""));
        Model.On("GET /v1/containers/cntr_a/files/cfile_9/content", reply => reply.StatusAsync(200, "out"));
        Model.NextEvents([Created, .. CodeInterpreter(["make()"]), Done(Message(Text), 1), Completed()]);

        var run = await RunAsync();

        var message = (await Api.GetAsync($"/v1/threads/{run.GetProperty("thread_id").GetString()}/messages")).GetProperty("data")[0];
        var annotation = message.GetProperty("content")[0].GetProperty("text").GetProperty("annotations")[0];
        Assert.Equal(9, annotation.GetProperty("start_index").GetInt32());
        Assert.Equal("out", await ContentAsync(annotation.GetProperty("file_path").GetProperty("file_id").GetString()!));
    }

    [Fact]
    public async Task LinkWithoutCitation_IsLookedUpOnEveryPageOfTheContainersFiles()
    {
        const string Files = "GET /v1/containers/cntr_a/files?limit=100";
        Model.On(Files, reply => reply.StatusAsync(200, """{"data":[{"id":"cfile_1","path":"/mnt/data/in.txt"}],"has_more":true}"""));
        Model.On(Files + "&after=cfile_1", reply => reply.StatusAsync(200, """{"data":[{"id":"cfile_9","path":"/mnt/data/out.txt"}],"has_more":false}"""));
        Model.On("GET /v1/containers/cntr_a/files/cfile_9/content", reply => reply.StatusAsync(200, "out"));
        Model.NextEvents([Created, .. CodeInterpreter(["make()"]), Done(Message("[Get it](sandbox:/mnt/data/out.txt)"), 1), Completed()]);

        var text = await TextOfAsync(await RunAsync());

        Assert.Equal("out", await ContentAsync(text.GetProperty("annotations")[0].GetProperty("file_path").GetProperty("file_id").GetString()!));
    }

    [Fact]
    public async Task ListOfFilesWithoutAnEnd_IsReadTenTimes()
    {
        Model.NextEvents([Created, .. CodeInterpreter(["make()"]), Done(Message("[Get it](sandbox:/mnt/data/out.txt)"), 1), Completed()]);
        Model.Always(reply => reply.StatusAsync(200, """{"data":[{"id":"cfile_1","path":"/mnt/data/in.txt"}],"has_more":true}"""));

        var run = await RunAsync();

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(10, Model.Calls.Count(call => call.Method == "GET"));
    }

    [Fact]
    public async Task LinksOfTwoContainers_AreLookedUpInEachOfThem()
    {
        foreach (var name in (string[])["a", "b"])
        {
            Model.On($"GET /v1/containers/cntr_{name}/files?limit=100", reply => reply.StatusAsync(200, $$"""{"data":[{"id":"cfile_{{name}}","path":"/mnt/data/{{name}}.txt"}]}"""));
            Model.On($"GET /v1/containers/cntr_{name}/files/cfile_{name}/content", reply => reply.StatusAsync(200, name));
        }

        Model.NextEvents(
        [
            Created,
            .. CodeInterpreter(["make()"]), Done(Message("[One](sandbox:/mnt/data/a.txt)", "msg_a"), 1),
            .. CodeInterpreter(["make()"], container: "cntr_b", index: 2, id: "ci_b"), Done(Message("[Two](sandbox:/mnt/data/b.txt)", "msg_b"), 3), Completed(),
        ]);

        var run = await RunAsync();

        var messages = (await Api.GetAsync($"/v1/threads/{run.GetProperty("thread_id").GetString()}/messages")).GetProperty("data");
        var made = messages.EnumerateArray().SelectMany(message => message.GetProperty("content").EnumerateArray())
            .SelectMany(part => part.GetProperty("text").GetProperty("annotations").EnumerateArray())
            .Select(annotation => annotation.GetProperty("text").GetString());
        Assert.Equal(["sandbox:/mnt/data/a.txt", "sandbox:/mnt/data/b.txt"], made.Order());
    }

    [Fact]
    public async Task CitationThatComesBeforeItsLink_WaitsForTheWholeMessage()
    {
        const string Text = "[data](sandbox:/mnt/data/data.csv)";
        var citation = ContainerFileCitation("cfile_1", "data.csv", 7, 33);
        Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.StatusAsync(200, "a;b"));
        Model.NextEvents(
        [
            Created, .. CodeInterpreter(["make()"]),
            Added(EmptyMessage(), 1), TextDelta("[data]", index: 1), AnnotationAdded(citation, index: 1), Done(AnnotatedMessage(Text, [citation]), 1), Completed(),
        ]);

        var run = await RunAsync();

        var text = (await Api.GetAsync($"/v1/threads/{run.GetProperty("thread_id").GetString()}/messages"))
            .GetProperty("data")[0].GetProperty("content")[0].GetProperty("text");
        Assert.Equal(Text, text.GetProperty("value").GetString());
        Assert.Equal(7, text.GetProperty("annotations")[0].GetProperty("start_index").GetInt32());
        Assert.Equal(33, text.GetProperty("annotations")[0].GetProperty("end_index").GetInt32());
    }

    [Fact]
    public async Task CitationWithoutAPlace_IsOfTheLinkInTheText()
    {
        const string Text = "[data](sandbox:/mnt/data/data.csv)";
        Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.StatusAsync(200, "a;b"));
        Model.NextEvents(
            [Created, .. CodeInterpreter(["make()"]), Done(AnnotatedMessage(Text, [ContainerFileCitation("cfile_1", "data.csv")]), 1), Completed()]);

        var text = await TextOfAsync(await RunAsync());

        Assert.Equal(Text, text.GetProperty("value").GetString());
        Assert.Equal("sandbox:/mnt/data/data.csv", text.GetProperty("annotations")[0].GetProperty("text").GetString());
        Assert.Equal(7, text.GetProperty("annotations")[0].GetProperty("start_index").GetInt32());
    }

    [Fact]
    public async Task NameThatIsAPath_IsShownWithoutIt()
    {
        Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.StatusAsync(200, "a;b"));
        Model.NextEvents(
        [
            Created, .. CodeInterpreter(["make()"]),
            Done(AnnotatedMessage("Here.", [ContainerFileCitation("cfile_1", "../../etc/da\r\nta.csv")]), 1), Completed(),
        ]);

        var text = await TextOfAsync(await RunAsync());

        Assert.Equal("Here.\n[da__ta.csv](sandbox:/mnt/data/da__ta.csv)", text.GetProperty("value").GetString());
        var id = text.GetProperty("annotations")[0].GetProperty("file_path").GetProperty("file_id").GetString();
        Assert.Equal("da__ta.csv", (await Api.GetAsync($"/v1/files/{id}")).GetProperty("filename").GetString());
    }

    [Fact]
    public async Task FileThatCannotBeHad_LeavesTheTextAlone()
    {
        const string Text = "[Get it](sandbox:/mnt/data/out.txt)";
        var citation = ContainerFileCitation("cfile_1", "out.txt", 9, 34);
        Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.StatusAsync(404));
        Model.On("GET /v1/containers/cntr_a/files?limit=100", reply => reply.StatusAsync(404));
        Model.NextEvents([Created, .. CodeInterpreter(["make()"]), Done(AnnotatedMessage(Text, [citation]), 1), Completed()]);

        var run = await RunAsync();

        Assert.Equal("completed", run.GetProperty("status").GetString());
        var message = (await Api.GetAsync($"/v1/threads/{run.GetProperty("thread_id").GetString()}/messages")).GetProperty("data")[0];
        Assert.Equal($$"""{"value":{{JsonSerializer.Serialize(Text)}},"annotations":[]}""", message.GetProperty("content")[0].GetProperty("text").GetRawText());
    }

    private async Task<string> ContentAsync(string fileId) => Encoding.UTF8.GetString(await BytesAsync(fileId));
}
