using System.Text.Json;
using static AssistantsMcp.Tests.Models.Upstream;
using static AssistantsMcp.Tests.Models.UpstreamTools;

namespace AssistantsMcp.Tests.HostedTools;

/// <summary>Runs whose model writes code for its provider's code interpreter.</summary>
public sealed class CodeInterpreterTests() : HostedToolTests(CodeTool)
{
    [Fact]
    public async Task CodeCall_IsToldAndStoredAsAStepOfItsOwn()
    {
        Model.NextEvents(
        [
            Created, .. CodeInterpreter(["print(", "1+1)"], [Logs("2\n")]),
            Added(EmptyMessage(), 1), TextDelta("It is 2.", index: 1), Done(Message("It is 2."), 1), Completed(),
        ]);

        var events = await StreamAsync();

        Assert.Equal(
            [
                "thread.run.created", "thread.run.queued", "thread.run.in_progress",
                "thread.run.step.created", "thread.run.step.in_progress",
                "thread.run.step.delta", "thread.run.step.delta", "thread.run.step.delta", "thread.run.step.delta",
                "thread.run.step.completed",
                "thread.run.step.created", "thread.run.step.in_progress", "thread.message.created", "thread.message.in_progress",
                "thread.message.delta", "thread.message.completed", "thread.run.step.completed", "thread.run.completed", "done",
            ],
            events.Select(happened => happened.Name));
        var deltas = events.Where(happened => happened.Name == "thread.run.step.delta").Select(ToolCall).ToList();
        Assert.StartsWith("call_", deltas[0].GetProperty("id").GetString());
        Assert.Equal("""{"input":"","outputs":[]}""", deltas[0].GetProperty("code_interpreter").GetRawText());
        Assert.Equal("""{"index":0,"type":"code_interpreter","code_interpreter":{"input":"print("}}""", deltas[1].GetRawText());
        Assert.Equal("""{"outputs":[{"index":0,"type":"logs","logs":"2\n"}]}""", deltas[3].GetProperty("code_interpreter").GetRawText());

        var step = events[9].Json;
        Assert.Equal(
            """{"input":"print(1+1)","outputs":[{"type":"logs","logs":"2\n"}]}""",
            step.GetProperty("step_details").GetProperty("tool_calls")[0].GetProperty("code_interpreter").GetRawText());
        Assert.Equal(
            step.GetProperty("step_details").GetRawText(),
            (await Api.GetAsync($"{PathOf(events)}/steps/{step.GetProperty("id").GetString()}")).GetProperty("step_details").GetRawText());
    }

    [Fact]
    public async Task Request_NamesTheFilesOfAssistantAndThread()
    {
        Model.NextEvents(Created, Done(Message("Hello.")), Completed());
        var assistant = await Api.NewAssistantAsync(CodeTool + ",\"tool_resources\":{\"code_interpreter\":{\"file_ids\":[\"file-a\"]}}");
        var thread = (await Api.PostAsync(
            "/v1/threads",
            """{"messages":[{"role":"user","content":"Hi","attachments":[{"file_id":"file-b","tools":[{"type":"code_interpreter"}]}]}]}""")).GetProperty("id").GetString()!;

        await Api.SettledAsync(await Api.NewRunAsync(thread, assistant));

        var sent = Model.Calls.Single().Json;
        Assert.Equal("""[{"type":"code_interpreter","container":{"type":"auto","file_ids":["file-a","file-b"]}}]""", sent.GetProperty("tools").GetRawText());
        Assert.Contains("code_interpreter_call.outputs", sent.GetProperty("include").GetRawText());
        Assert.Equal(
            """["file-b"]""",
            (await Api.GetAsync($"/v1/threads/{thread}")).GetProperty("tool_resources").GetProperty("code_interpreter").GetProperty("file_ids").GetRawText());
    }

    [Fact]
    public async Task NextRun_WorksInTheSameContainerAndAddsNewFiles()
    {
        Model.NextEvents([Created, .. CodeInterpreter(["x = 1"]), Done(Message("Done."), 1), Completed()]);
        Model.NextEvents(Created, Done(Message("Still 1.")), Completed());
        Model.On("POST /v1/containers/cntr_a/files", reply => reply.StatusAsync(200, """{"id":"cfile_1"}"""));
        var assistant = await Api.NewAssistantAsync(CodeTool);
        var thread = await Api.NewThreadAsync("Set x.");
        await Api.SettledAsync(await Api.NewRunAsync(thread, assistant));

        await Api.SettledAsync(await Api.NewRunAsync(
            thread, assistant, "\"additional_messages\":[{\"role\":\"user\",\"content\":\"And x?\",\"attachments\":[{\"file_id\":\"file-c\",\"tools\":[{\"type\":\"code_interpreter\"}]}]}]"));

        var responses = Model.CallsOf("POST /v1/responses");
        Assert.Equal("""[{"type":"code_interpreter","container":"cntr_a"}]""", responses[1].Json.GetProperty("tools").GetRawText());
        Assert.Equal("""{"file_id":"file-c"}""", Model.CallsOf("POST /v1/containers/cntr_a/files").Single().Body);
    }

    [Fact]
    public async Task ContainerThatIsGone_IsReplacedByANewOne()
    {
        Model.NextEvents([Created, .. CodeInterpreter(["x = 1"]), Done(Message("Done."), 1), Completed()]);
        Model.NextStatus(400, """{"error":{"message":"Container is expired.","type":"invalid_request_error","code":null}}""");
        Model.NextEvents([Created, .. CodeInterpreter(["x"], container: "cntr_b"), Done(Message("Gone."), 1), Completed()]);
        var assistant = await Api.NewAssistantAsync(CodeTool);
        var thread = await Api.NewThreadAsync("Set x.");
        await Api.SettledAsync(await Api.NewRunAsync(thread, assistant));

        var run = await Api.SettledAsync(await Api.NewRunAsync(thread, assistant));

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal("""{"type":"auto","file_ids":[]}""", Model.Calls[2].Json.GetProperty("tools")[0].GetProperty("container").GetRawText());
    }

    [Fact]
    public async Task ContainerThatIsGone_IsReplacedOnceHoweverOftenTheTurnIsTooLong()
    {
        Model.On("GET /v1/containers/cntr_a/files/cfile_1/content", reply => reply.BytesAsync(Picture));
        Model.On("POST /v1/files", reply => reply.StatusAsync(200, """{"id":"file-copy"}"""));
        Model.On("POST /v1/containers/cntr_a/files", reply => reply.StatusAsync(200, """{"id":"cfile_2"}"""));
        Model.NextEvents([Created, .. CodeInterpreter(["plot()"]), Done(AnnotatedMessage("See.", [ContainerFileCitation("cfile_1", "plot.png")]), 1), Completed()]);
        Model.NextStatus(400, """{"error":{"message":"Container is expired.","type":"invalid_request_error","code":null}}""");
        Model.NextStatus(400, """{"error":{"message":"Too long.","code":"context_length_exceeded"}}""");
        Model.NextEvents(Created, Done(Message("Gone.")), Completed());
        var thread = (await RunAsync()).GetProperty("thread_id").GetString()!;
        var made = (await Api.GetAsync("/v1/files?purpose=assistants_output")).GetProperty("data")[0].GetProperty("id").GetString();
        var assistant = await Api.NewAssistantAsync(CodeTool + $$$""","tool_resources":{"code_interpreter":{"file_ids":["{{{made}}}"]}}""");

        var run = await Api.SettledAsync(await Api.NewRunAsync(thread, assistant, "\"additional_messages\":[{\"role\":\"user\",\"content\":\"And now?\"}]"));

        Assert.Equal("completed", run.GetProperty("status").GetString());
        var asked = Model.CallsOf("POST /v1/responses");
        Assert.Equal(4, asked.Count);
        Assert.Equal("""{"type":"auto","file_ids":["file-copy"]}""", asked[3].Json.GetProperty("tools")[0].GetProperty("container").GetRawText());
        Assert.Equal(2, Model.CallsOf("POST /v1/files").Count);
    }

    [Fact]
    public async Task WhatComesAfterTheEndOfItsItem_IsLeftOut()
    {
        const string LateCode = """{"type":"response.code_interpreter_call_code.delta","item_id":"ci_a","output_index":0,"delta":"twice"}""";
        Model.NextEvents(
        [
            Created, .. CodeInterpreter(["make()"], [Logs("1")]), LateCode,
            Done(Message("It is 1."), 1), TextDelta(" Or 2.", index: 1), AnnotationAdded(FileCitation("file-a", "a.txt", 3), index: 1),
            Done(Call("tide", "{}"), 2), ArgumentsDelta("{}", "fc_a", 2), Completed(),
        ]);
        var assistant = await Api.NewAssistantAsync(
            "\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"code_interpreter\"},{\"type\":\"function\",\"function\":{\"name\":\"tide\"}}]");
        var path = await Api.NewRunAsync(await Api.NewThreadAsync("Hi"), assistant);

        var run = await Api.SettledAsync(path);

        Assert.Equal("{}", run.GetProperty("required_action").GetProperty("submit_tool_outputs").GetProperty("tool_calls")[0]
            .GetProperty("function").GetProperty("arguments").GetString());
        Assert.Equal("""{"value":"It is 1.","annotations":[]}""", (await TextOfAsync(run)).GetRawText());
        var code = (await Api.GetAsync($"{path}/steps?order=asc")).GetProperty("data")[0].GetProperty("step_details").GetProperty("tool_calls")[0];
        Assert.Equal("make()", code.GetProperty("code_interpreter").GetProperty("input").GetString());
        await Api.PostAsync($"{path}/cancel");
    }

    [Fact]
    public async Task FunctionCalledBesides_SharesTheStepOfTheCode()
    {
        Model.NextEvents([Created, .. CodeInterpreter(["x"], [Logs("1")]), Done(Call("tide", "{}"), 1), Completed()]);
        Model.NextEvents(Created, Done(Message("High.")), Completed());
        var assistant = await Api.NewAssistantAsync(
            "\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"code_interpreter\"},{\"type\":\"function\",\"function\":{\"name\":\"tide\"}}]");
        var thread = await Api.NewThreadAsync("Hi");
        var path = await Api.NewRunAsync(thread, assistant);

        var waiting = await Api.SettledAsync(path);

        var pending = waiting.GetProperty("required_action").GetProperty("submit_tool_outputs").GetProperty("tool_calls");
        Assert.Equal(["call_a"], pending.EnumerateArray().Select(call => call.GetProperty("id").GetString()));
        var step = (await Api.GetAsync($"{path}/steps")).GetProperty("data").EnumerateArray().Single();
        Assert.Equal("in_progress", step.GetProperty("status").GetString());
        Assert.Equal(["code_interpreter", "function"], TypesOf(step));

        await Api.PostAsync($"{path}/submit_tool_outputs", """{"tool_outputs":[{"tool_call_id":"call_a","output":"3 m"}]}""");
        Assert.Equal("completed", (await Api.SettledAsync(path)).GetProperty("status").GetString());
        var input = Model.Calls[1].Json.GetProperty("input").EnumerateArray().Select(item => item.GetProperty("type").GetString());
        Assert.Equal(["message", "code_interpreter_call", "function_call", "function_call_output"], input);
        var steps = (await Api.GetAsync($"{path}/steps?order=asc")).GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(["code_interpreter", "function"], TypesOf(steps[0]));
        Assert.Equal("completed", steps[0].GetProperty("status").GetString());
        Assert.Equal("3 m", steps[0].GetProperty("step_details").GetProperty("tool_calls")[1].GetProperty("function").GetProperty("output").GetString());
    }

    [Fact]
    public async Task CodeThatIsCutOff_EndsWithItsRun()
    {
        Model.NextEvents([Created, .. CodeInterpreter(["while True: pass"]).SkipLast(2)]);

        var events = await StreamAsync();

        Assert.Equal(["thread.run.step.failed", "thread.run.failed", "done"], events.TakeLast(3).Select(happened => happened.Name));
        Assert.Equal(
            "while True: pass",
            events[^3].Json.GetProperty("step_details").GetProperty("tool_calls")[0].GetProperty("code_interpreter").GetProperty("input").GetString());
    }

    [Fact]
    public async Task BackEndWithoutTheTool_IsRefusedAtCreation()
    {
        await using var app = await RunApp.StartAsync(null, "Model:Profile=llamacpp");
        var api = app.As();
        var assistant = await api.NewAssistantAsync(CodeTool);
        var thread = await api.NewThreadAsync("Hi");

        var (status, error) = await api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}"}""");

        Assert.Equal(System.Net.HttpStatusCode.BadRequest, status);
        Assert.Contains("'code_interpreter' cannot be run: the model server behind this server (llamacpp) does not have it", error.GetProperty("message").GetString());
        Assert.Equal("tools", error.GetProperty("param").GetString());
    }

    private static IEnumerable<string?> TypesOf(JsonElement step) =>
        step.GetProperty("step_details").GetProperty("tool_calls").EnumerateArray().Select(call => call.GetProperty("type").GetString());

    private static JsonElement ToolCall(StreamEvent happened) =>
        happened.Json.GetProperty("delta").GetProperty("step_details").GetProperty("tool_calls")[0];

    private static string PathOf(IReadOnlyList<StreamEvent> events) =>
        $"/v1/threads/{events[0].Json.GetProperty("thread_id").GetString()}/runs/{events[0].Json.GetProperty("id").GetString()}";
}
