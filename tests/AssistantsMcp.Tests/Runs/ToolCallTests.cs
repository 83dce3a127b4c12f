using System.Net;
using System.Text.Json;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Runs;

/// <summary>Runs that call functions of their client.</summary>
public sealed class ToolCallTests : IAsyncLifetime
{
    private const string Tide = """{"type":"function","function":{"name":"tide","parameters":{"type":"object","properties":{"hour":{"type":"integer"}}}}}""";

    private RunApp _app = null!;
    private RestClient _api = null!;

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync();
        _api = _app.As();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task ParallelCalls_WaitForAllOutputsAndGoOn()
    {
        _app.Model
            .NextEvents(Created, Done(Call("tide", """{"hour":6}""", "call_a", "fc_a")), Done(Call("tide", """{"hour":7}""", "call_b", "fc_b"), 1), Completed())
            .NextEvents(Created, Done(Message("3.2 and 3.0 m.")), Completed());
        var (thread, path) = await StartAsync();

        var waiting = await _api.SettledAsync(path);
        var openStep = (await _api.GetAsync($"{path}/steps")).GetProperty("data")[0];
        var resumed = await SubmitAsync(path, ("call_b", "3.0"), ("call_a", "3.2"));
        var run = await _api.SettledAsync(path);

        Assert.Equal("requires_action", waiting.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, waiting.GetProperty("usage").ValueKind);
        Assert.Equal(
            """{"type":"submit_tool_outputs","submit_tool_outputs":{"tool_calls":[{"id":"call_a","type":"function","function":{"name":"tide","arguments":"{\"hour\":6}"}},{"id":"call_b","type":"function","function":{"name":"tide","arguments":"{\"hour\":7}"}}]}}""",
            waiting.GetProperty("required_action").GetRawText());
        Assert.Equal("in_progress", openStep.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, openStep.GetProperty("usage").ValueKind);
        Assert.Equal(HttpStatusCode.OK, resumed.Status);
        Assert.Equal("queued", resumed.Body.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, resumed.Body.GetProperty("required_action").ValueKind);

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(36, run.GetProperty("usage").GetProperty("total_tokens").GetInt64());
        Assert.Equal("3.2 and 3.0 m.", (await _api.TextsAsync(thread))[^1]);
        var steps = (await _api.GetAsync($"{path}/steps?order=asc")).GetProperty("data");
        Assert.Equal(["tool_calls", "message_creation"], steps.EnumerateArray().Select(step => step.GetProperty("type").GetString()));
        Assert.Equal("completed", steps[0].GetProperty("status").GetString());
        Assert.Equal(
            """[{"id":"call_a","type":"function","function":{"name":"tide","arguments":"{\"hour\":6}","output":"3.2"}},{"id":"call_b","type":"function","function":{"name":"tide","arguments":"{\"hour\":7}","output":"3.0"}}]""",
            steps[0].GetProperty("step_details").GetProperty("tool_calls").GetRawText());
        Assert.Equal(18, steps[0].GetProperty("usage").GetProperty("total_tokens").GetInt64());
    }

    [Fact]
    public async Task CallsAtOnceThatAreNotWanted_AreLeftOut()
    {
        _app.Model
            .NextEvents(
                Created, Done(Call("tide", """{"hour":6}""", "call_a", "fc_a")),
                Added(Call("tide", "", "call_b", "fc_b"), 1), ArgumentsDelta("""{"hour":7}""", "fc_b", 1), Done(Call("tide", """{"hour":7}""", "call_b", "fc_b"), 1),
                Completed())
            .NextEvents(Created, Done(Message("3.2 m.")), Completed());
        var (_, path) = await StartAsync("\"parallel_tool_calls\":false");

        var waiting = await _api.SettledAsync(path);
        await SubmitAsync(path, ("call_a", "3.2"));
        await _api.SettledAsync(path);

        var calls = waiting.GetProperty("required_action").GetProperty("submit_tool_outputs").GetProperty("tool_calls");
        Assert.Equal(["call_a"], calls.EnumerateArray().Select(call => call.GetProperty("id").GetString()));
        Assert.DoesNotContain("call_b", _app.Model.Calls[1].Body);
    }

    [Fact]
    public async Task NextTurn_ReplaysTheItemsAndLeavesTheChoiceFree()
    {
        const string reasoning = """{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"c2VjcmV0"}""";
        _app.Model
            .NextEvents(Created, Done(reasoning), Done(Call("tide", """{"hour":6}"""), 1), Completed())
            .NextEvents(Created, Done(Call("tide", "{}", "call_b", "fc_b")), Completed())
            .NextEvents(Created, Done(Message("Done.")), Completed());
        var (_, path) = await StartAsync("\"tool_choice\":\"required\"");

        await _api.SettledAsync(path);
        await SubmitAsync(path, ("call_a", "3.2"));
        await _api.SettledAsync(path);
        await SubmitAsync(path, ("call_b", "3.0"));
        var run = await _api.SettledAsync(path);

        var calls = _app.Model.Calls;
        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal("required", calls[0].Json.GetProperty("tool_choice").GetString());
        Assert.All(calls.Skip(1), call => Assert.True(!call.Json.TryGetProperty("tool_choice", out var choice) || choice.GetString() == "auto"));
        Assert.Equal(
            ["message", "reasoning", "function_call", "function_call_output", "function_call", "function_call_output"],
            calls[2].Json.GetProperty("input").EnumerateArray().Select(item => item.GetProperty("type").GetString()));
        Assert.Equal(reasoning, calls[2].Json.GetProperty("input")[1].GetRawText());
        Assert.Equal("""{"type":"function_call_output","call_id":"call_a","output":"3.2"}""", calls[2].Json.GetProperty("input")[3].GetRawText());
    }

    [Fact]
    public async Task StepsThatAreOver_ShowTheRunsTimeUntilTheRunIsOver()
    {
        _app.Model
            .NextEvents(Created, Done(Message("One moment.")), Done(Call("tide", "{}"), 1), Completed())
            .NextEvents(Created, Done(Message("3.2 m.")), Completed());
        var (_, path) = await StartAsync();

        var waiting = await _api.SettledAsync(path);
        var during = (await _api.GetAsync($"{path}/steps?order=asc")).GetProperty("data")[0];
        await SubmitAsync(path, ("call_a", "3.2"));
        await _api.SettledAsync(path);
        var after = (await _api.GetAsync($"{path}/steps")).GetProperty("data");

        Assert.Equal(("completed", waiting.GetProperty("expires_at").GetInt64()), (during.GetProperty("status").GetString(), during.GetProperty("expires_at").GetInt64()));
        Assert.Equal(3, after.GetArrayLength());
        Assert.All(after.EnumerateArray(), step => Assert.Equal(JsonValueKind.Null, step.GetProperty("expires_at").ValueKind));
    }

    [Theory]
    [InlineData("""{"tool_call_id":"call_a","output":"1"}""", "['call_a']")]
    [InlineData("""{"tool_call_id":"call_a","output":"1"},{"tool_call_id":"call_x","output":"1"}""", "['call_a', 'call_x']")]
    [InlineData("""{"tool_call_id":"call_a","output":"1"},{"tool_call_id":"call_a","output":"1"}""", "['call_a', 'call_a']")]
    [InlineData("", "[]")]
    public async Task WrongOutputs_AreRefusedAndTheRunGoesOnWaiting(string outputs, string got)
    {
        _app.Model.NextEvents(Created, Done(Call("tide", "{}", "call_a", "fc_a")), Done(Call("tide", "{}", "call_b", "fc_b"), 1), Completed());
        var (_, path) = await StartAsync();
        await _api.SettledAsync(path);

        var (status, error) = await _api.RefusedAsync(HttpMethod.Post, $"{path}/submit_tool_outputs", $$"""{"tool_outputs":[{{outputs}}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal($"Expected tool outputs for call_ids ['call_a', 'call_b'], got {got}", error.GetProperty("message").GetString());
        Assert.Equal("requires_action", (await _api.GetAsync(path)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task OutputThatIsNoText_IsRefused()
    {
        _app.Model.NextEvents(Created, Done(Call("tide", "{}")), Completed());
        var (_, path) = await StartAsync();
        await _api.SettledAsync(path);

        var (_, error) = await _api.RefusedAsync(
            HttpMethod.Post, $"{path}/submit_tool_outputs", """{"tool_outputs":[{"tool_call_id":"call_a","output":5}]}""");

        Assert.Equal(
            """{"message":"Invalid type for 'tool_outputs[0].output': expected a string, but got an integer instead.","type":"invalid_request_error","param":"tool_outputs[0].output","code":"invalid_type"}""",
            error.GetRawText());
    }

    [Fact]
    public async Task OutputThatIsMissing_CountsAsEmpty()
    {
        _app.Model.NextEvents(Created, Done(Call("tide", "{}")), Completed()).NextEvents(Created, Done(Message("Ok.")), Completed());
        var (_, path) = await StartAsync();
        await _api.SettledAsync(path);

        await _api.PostAsync($"{path}/submit_tool_outputs", """{"tool_outputs":[{"tool_call_id":"call_a"}]}""");
        await _api.SettledAsync(path);

        Assert.Equal("""{"type":"function_call_output","call_id":"call_a","output":""}""", _app.Model.Calls[1].Json.GetProperty("input")[2].GetRawText());
    }

    [Fact]
    public async Task OutputsTwiceAtOnce_AreTakenOnce()
    {
        _app.Model.NextEvents(Created, Done(Call("tide", "{}")), Completed()).Always(reply => reply.EventsAsync(Created, Done(Message("Ok.")), Completed()));
        var (_, path) = await StartAsync();
        await _api.SettledAsync(path);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => SubmitAsync(path, ("call_a", "3.2"))));
        await _api.SettledAsync(path);

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer =>
            Assert.Matches("^Runs in status \"[a-z_]+\" do not accept tool outputs\\.$", answer.Body.GetProperty("error").GetProperty("message").GetString()));
        Assert.Equal(2, _app.Model.Calls.Count);
    }

    [Fact]
    public async Task OutputsForARunThatHasEnded_AreRefused()
    {
        _app.Model.NextEvents(Created, Done(Message("Yes.")), Completed());
        var (_, path) = await StartAsync();
        await _api.SettledAsync(path);

        var answer = await SubmitAsync(path, ("call_a", "3.2"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(
            """{"message":"Runs in status \"completed\" do not accept tool outputs.","type":"invalid_request_error","param":null,"code":null}""",
            answer.Body.GetProperty("error").GetRawText());
    }

    [Fact]
    public async Task MessageBehindACall_GetsItsStepWhenTheCallIsOver()
    {
        _app.Model
            .NextEvents(Created, Done(Call("tide", "{}")), Done(Message("One moment.", "msg_b"), 1), Completed())
            .NextEvents(Created, Done(Message("3.2 m.")), Completed());
        var (thread, path) = await StartAsync();

        await _api.SettledAsync(path);
        var textsWhileWaiting = await _api.TextsAsync(thread);
        await SubmitAsync(path, ("call_a", "3.2"));
        await _api.SettledAsync(path);

        Assert.Equal("One moment.", textsWhileWaiting[^1]);
        Assert.Equal(["Hello", "One moment.", "3.2 m."], await _api.TextsAsync(thread));
        var steps = (await _api.GetAsync($"{path}/steps?order=asc")).GetProperty("data");
        Assert.Equal(["tool_calls", "message_creation", "message_creation"], steps.EnumerateArray().Select(step => step.GetProperty("type").GetString()));
        Assert.All(steps.EnumerateArray(), step => Assert.Equal("completed", step.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task CompletionBudget_IsThatOfTheWholeRun()
    {
        // Each stubbed turn uses 7 completion tokens.
        _app.Model
            .NextEvents(Created, Done(Call("tide", "{}")), Completed())
            .NextEvents(Created, Done(Call("tide", "{}", "call_b", "fc_b")), Completed());
        var (_, path) = await StartAsync("\"max_completion_tokens\":29");

        await _api.SettledAsync(path);
        await SubmitAsync(path, ("call_a", "1"));
        await _api.SettledAsync(path);
        await SubmitAsync(path, ("call_b", "1"));
        var run = await _api.SettledAsync(path);

        Assert.Equal([29, 22], _app.Model.Calls.Select(call => call.Json.GetProperty("max_output_tokens").GetInt32()));
        Assert.Equal("incomplete", run.GetProperty("status").GetString());
        Assert.Equal("""{"reason":"max_completion_tokens"}""", run.GetProperty("incomplete_details").GetRawText());
        Assert.Equal(14, run.GetProperty("usage").GetProperty("completion_tokens").GetInt64());
    }

    private async Task<(string Thread, string Path)> StartAsync(string? fields = null)
    {
        var assistant = await _api.NewAssistantAsync($"\"model\":\"gpt-6-luna\",\"tools\":[{Tide}]");
        var thread = await _api.NewThreadAsync("Hello");
        return (thread, await _api.NewRunAsync(thread, assistant, fields));
    }

    private Task<RestAnswer> SubmitAsync(string path, params (string Id, string Output)[] outputs)
    {
        var list = string.Join(',', outputs.Select(output => $$"""{"tool_call_id":"{{output.Id}}","output":"{{output.Output}}"}"""));
        return _api.SendAsync(HttpMethod.Post, $"{path}/submit_tool_outputs", $$"""{"tool_outputs":[{{list}}]}""");
    }
}
