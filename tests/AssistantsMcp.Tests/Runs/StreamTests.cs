using System.Net;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Runs;

/// <summary>Runs as a streaming client sees them: names and order of events.</summary>
public sealed class StreamTests : IAsyncLifetime
{
    private const string Tide = """{"type":"function","function":{"name":"tide"}}""";

    private RunApp _app = null!;
    private RestClient _api = null!;

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync();
        _api = _app.As();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task TextRun_TellsItsEventsInOrder()
    {
        _app.Model.NextEvents(Created, Added(EmptyMessage()), TextDelta("Good "), TextDelta("day."), Done(Message("Good day.")), Completed());

        var events = await ReadAsync(await StartAsync());

        Assert.Equal(
            [
                "thread.run.created", "thread.run.queued", "thread.run.in_progress",
                "thread.run.step.created", "thread.run.step.in_progress", "thread.message.created", "thread.message.in_progress",
                "thread.message.delta", "thread.message.delta",
                "thread.message.completed", "thread.run.step.completed", "thread.run.completed", "done",
            ],
            events.Select(happened => happened.Name));
        Assert.Equal("[DONE]", events[^1].Data);
        Assert.Equal(
            """{"content":[{"index":0,"type":"text","text":{"value":"Good ","annotations":[]}}]}""", events[7].Json.GetProperty("delta").GetRawText());
        Assert.Equal("""{"content":[{"index":0,"type":"text","text":{"value":"day."}}]}""", events[8].Json.GetProperty("delta").GetRawText());
        Assert.Equal("[]", events[5].Json.GetProperty("content").GetRawText());
        Assert.Equal(18, events[10].Json.GetProperty("usage").GetProperty("total_tokens").GetInt64());
    }

    [Fact]
    public async Task StreamedObjects_AreThoseThatAreStored()
    {
        _app.Model.NextEvents(Created, Done(Message("Good day.")), Completed());

        var events = await ReadAsync(await StartAsync());

        var run = events.Single(happened => happened.Name == "thread.run.completed").Json;
        var path = $"/v1/threads/{run.GetProperty("thread_id").GetString()}/runs/{run.GetProperty("id").GetString()}";
        var message = events.Single(happened => happened.Name == "thread.message.completed").Json;
        var step = events.Single(happened => happened.Name == "thread.run.step.completed").Json;
        // Two fields differ, as they did in the service: an event shows an empty list, and a step that ends before its run shows the run's time.
        Assert.Equal(
            (await _api.GetAsync(path)).GetRawText(),
            run.GetRawText().Replace("\"tool_resources\":{\"code_interpreter\":{\"file_ids\":[]}}", "\"tool_resources\":{}", StringComparison.Ordinal));
        var expiresAt = events[0].Json.GetProperty("expires_at").GetRawText();
        Assert.Equal(
            (await _api.GetAsync($"{path}/steps/{step.GetProperty("id").GetString()}")).GetRawText(),
            step.GetRawText().Replace($"\"expires_at\":{expiresAt}", "\"expires_at\":null", StringComparison.Ordinal));
        Assert.Equal(expiresAt, step.GetProperty("expires_at").GetRawText());
        Assert.All(
            events.Where(happened => happened.Name.StartsWith("thread.run.", StringComparison.Ordinal) && !happened.Name.Contains("step", StringComparison.Ordinal)),
            happened => Assert.Equal("""{"code_interpreter":{"file_ids":[]}}""", happened.Json.GetProperty("tool_resources").GetRawText()));
        Assert.Equal(
            (await _api.GetAsync($"/v1/threads/{run.GetProperty("thread_id").GetString()}/messages/{message.GetProperty("id").GetString()}")).GetRawText(),
            message.GetRawText());
    }

    [Fact]
    public async Task FirstEvents_ComeBeforeTheModelAnswers()
    {
        var answer = new TaskCompletionSource();
        _app.Model.Next(async reply =>
        {
            await answer.Task;
            await reply.EventsAsync(Created, Done(Message("Good day.")), Completed());
        });
        await using var stream = await StartAsync();

        var names = new[] { await stream.NextAsync(), await stream.NextAsync(), await stream.NextAsync() }.Select(happened => happened!.Name);

        Assert.Equal(HttpStatusCode.OK, stream.Response.StatusCode);
        Assert.Equal("text/event-stream; charset=utf-8", stream.Response.Content.Headers.ContentType!.ToString());
        Assert.Equal(["thread.run.created", "thread.run.queued", "thread.run.in_progress"], names);
        answer.SetResult();
        Assert.Equal("done", (await stream.RestAsync())[^1].Name);
    }

    [Fact]
    public async Task EachDelta_IsSentWhenItComes()
    {
        var more = new TaskCompletionSource();
        _app.Model.Next(async reply =>
        {
            await reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta("Good "));
            await more.Task;
            await reply.EventsAsync(TextDelta("day."), Done(Message("Good day.")), Completed());
        });
        await using var stream = await StartAsync();

        var first = await stream.NextAsync("thread.message.delta");
        more.SetResult();
        var second = await stream.NextAsync("thread.message.delta");

        Assert.Contains("Good ", first.Data, StringComparison.Ordinal);
        Assert.Contains("day.", second.Data, StringComparison.Ordinal);
        Assert.Equal("done", (await stream.RestAsync())[^1].Name);
    }

    [Fact]
    public async Task ThreadAndRun_TellsOfTheThreadFirst()
    {
        _app.Model.NextEvents(Created, Done(Message("Good day.")), Completed());
        var assistant = await _api.NewAssistantAsync();

        await using var stream = await _api.StreamAsync(
            "/v1/threads/runs", $$$"""{"assistant_id":"{{{assistant}}}","stream":true,"thread":{"messages":[{"role":"user","content":"Hi"}]}}""");
        var first = await stream.NextAsync();

        Assert.Equal("thread.created", first!.Name);
        Assert.Equal("""{"code_interpreter":{"file_ids":[]}}""", first.Json.GetProperty("tool_resources").GetRawText());
        Assert.Equal("done", (await stream.RestAsync())[^1].Name);
    }

    [Fact]
    public async Task FunctionCalls_AreToldPieceByPieceAndGoOnInTheNextStream()
    {
        _app.Model
            .NextEvents(
                Created,
                Added(Call("tide", "", "call_a", "fc_a")), ArgumentsDelta("{\"hour\"", "fc_a", 0), ArgumentsDelta(":6}", "fc_a", 0), Done(Call("tide", """{"hour":6}""", "call_a", "fc_a")),
                Added(Call("tide", "", "call_b", "fc_b"), 1), ArgumentsDelta("{}", "fc_b", 1), Done(Call("tide", "{}", "call_b", "fc_b"), 1),
                Completed())
            .NextEvents(Created, Done(Message("3.2 m.")), Completed());

        var first = await ReadAsync(await StartAsync(Tide));
        var run = first[^2].Json;
        var path = $"/v1/threads/{run.GetProperty("thread_id").GetString()}/runs/{run.GetProperty("id").GetString()}";
        var second = await ReadAsync(await _api.StreamAsync(
            $"{path}/submit_tool_outputs",
            """{"stream":true,"tool_outputs":[{"tool_call_id":"call_a","output":"3.2"},{"tool_call_id":"call_b","output":"3.0"}]}"""));

        Assert.Equal(
            [
                "thread.run.created", "thread.run.queued", "thread.run.in_progress", "thread.run.step.created", "thread.run.step.in_progress",
                "thread.run.step.delta", "thread.run.step.delta", "thread.run.step.delta", "thread.run.step.delta", "thread.run.step.delta",
                "thread.run.requires_action", "done",
            ],
            first.Select(happened => happened.Name));
        Assert.Equal(
            """{"step_details":{"type":"tool_calls","tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"tide","arguments":"","output":null}}]}}""",
            first[5].Json.GetProperty("delta").GetRawText());
        Assert.Equal(
            """{"step_details":{"type":"tool_calls","tool_calls":[{"index":0,"type":"function","function":{"arguments":"{\"hour\""}}]}}""",
            first[6].Json.GetProperty("delta").GetRawText());
        Assert.Equal(1, first[8].Json.GetProperty("delta").GetProperty("step_details").GetProperty("tool_calls")[0].GetProperty("index").GetInt32());
        Assert.Equal(
            [
                "thread.run.step.completed", "thread.run.queued", "thread.run.in_progress",
                "thread.run.step.created", "thread.run.step.in_progress", "thread.message.created", "thread.message.in_progress", "thread.message.delta",
                "thread.message.completed", "thread.run.step.completed", "thread.run.completed", "done",
            ],
            second.Select(happened => happened.Name));
    }

    [Fact]
    public async Task OutputsSubmittedTwice_LeaveTheFirstStreamToItsReader()
    {
        var more = new TaskCompletionSource();
        _app.Model
            .NextEvents(Created, Done(Call("tide", "{}", "call_a")), Completed())
            .Next(async reply =>
            {
                await more.Task;
                await reply.EventsAsync(Created, Done(Message("3.2 m.")), Completed());
            });
        var run = (await ReadAsync(await StartAsync(Tide)))[^2].Json;
        var path = $"/v1/threads/{run.GetProperty("thread_id").GetString()}/runs/{run.GetProperty("id").GetString()}/submit_tool_outputs";
        const string outputs = """{"stream":true,"tool_outputs":[{"tool_call_id":"call_a","output":"3.2"}]}""";
        await using var stream = await _api.StreamAsync(path, outputs);
        await stream.NextAsync("thread.run.in_progress");

        var (status, _) = await _api.RefusedAsync(HttpMethod.Post, path, outputs);
        more.SetResult();
        var rest = await stream.RestAsync();

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(["thread.run.completed", "done"], rest.Select(happened => happened.Name).TakeLast(2));
    }

    [Fact]
    public async Task MessageThenCall_ClosesTheMessageFirst()
    {
        _app.Model.NextEvents(Created, Done(Message("One moment.")), Done(Call("tide", "{}"), 1), Completed());

        var events = await ReadAsync(await StartAsync(Tide));

        Assert.Equal(
            [
                "thread.run.created", "thread.run.queued", "thread.run.in_progress",
                "thread.run.step.created", "thread.run.step.in_progress", "thread.message.created", "thread.message.in_progress", "thread.message.delta",
                "thread.message.completed", "thread.run.step.completed",
                "thread.run.step.created", "thread.run.step.in_progress", "thread.run.step.delta", "thread.run.step.delta",
                "thread.run.requires_action", "done",
            ],
            events.Select(happened => happened.Name));
    }

    [Fact]
    public async Task ItemsThatOverlap_AreToldOneAfterTheOther()
    {
        // As llama.cpp does it: everything begins at once, and every end comes last.
        _app.Model.NextEvents(
            Created, Added(EmptyMessage()), TextDelta("One "), Added(Call("tide", ""), 1), ArgumentsDelta("{}", "fc_a", 1), TextDelta("moment."),
            Done(Message("One moment.")), Done(Call("tide", "{}"), 1), Completed());

        var events = await ReadAsync(await StartAsync(Tide));

        Assert.Equal(
            [
                "thread.message.created", "thread.message.in_progress", "thread.message.delta", "thread.message.delta",
                "thread.message.completed", "thread.run.step.completed",
                "thread.run.step.created", "thread.run.step.in_progress", "thread.run.step.delta", "thread.run.step.delta", "thread.run.requires_action",
            ],
            events.Select(happened => happened.Name).Skip(5).SkipLast(1));
    }

    [Fact]
    public async Task FailedRun_ClosesWhatWasOpen()
    {
        _app.Model.Next(async reply => await reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta("Half")));

        var events = await ReadAsync(await StartAsync());

        Assert.Equal(
            ["thread.message.delta", "thread.message.incomplete", "thread.run.step.failed", "thread.run.failed", "done"],
            events.Select(happened => happened.Name).TakeLast(5));
    }

    [Fact]
    public async Task IncompleteRun_CompletesItsStep()
    {
        _app.Model.NextEvents(Created, Added(EmptyMessage()), TextDelta("Half"), Incomplete("max_output_tokens"));

        var events = await ReadAsync(await StartAsync());

        Assert.Equal(
            ["thread.message.delta", "thread.message.incomplete", "thread.run.step.completed", "thread.run.incomplete", "done"],
            events.Select(happened => happened.Name).TakeLast(5));
    }

    [Fact]
    public async Task CancelledRun_TellsThatInTheOpenStream()
    {
        _app.Model.Next(async reply =>
        {
            await reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta("Half"));
            await reply.HangAsync();
        });
        await using var stream = await StartAsync();
        var run = (await stream.NextAsync())!.Json;
        await stream.NextAsync("thread.message.delta");

        await _api.PostAsync($"/v1/threads/{run.GetProperty("thread_id").GetString()}/runs/{run.GetProperty("id").GetString()}/cancel");
        var rest = await stream.RestAsync();

        Assert.Equal(
            ["thread.run.cancelling", "thread.message.incomplete", "thread.run.step.cancelled", "thread.run.cancelled", "done"],
            rest.Select(happened => happened.Name));
    }

    [Fact]
    public async Task ReaderThatGoesAway_DoesNotStopTheRun()
    {
        var more = new TaskCompletionSource();
        _app.Model.Next(async reply =>
        {
            await reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta("Good "));
            await more.Task;
            await reply.EventsAsync(TextDelta("day."), Done(Message("Good day.")), Completed());
        });
        string path;
        await using (var stream = await StartAsync())
        {
            var run = (await stream.NextAsync())!.Json;
            path = $"/v1/threads/{run.GetProperty("thread_id").GetString()}/runs/{run.GetProperty("id").GetString()}";
            await stream.NextAsync("thread.message.delta");
        }

        more.SetResult();
        var ended = await _api.SettledAsync(path);

        Assert.Equal("completed", ended.GetProperty("status").GetString());
    }

    [Fact]
    public async Task ThreadDeletedDuringTheRun_EndsTheStreamWithAnError()
    {
        _app.Model.Next(async reply =>
        {
            await reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta("Half"));
            await reply.HangAsync();
        });
        await using var stream = await StartAsync();
        var thread = (await stream.NextAsync())!.Json.GetProperty("thread_id").GetString()!;
        await stream.NextAsync("thread.message.delta");

        await _api.DeleteAsync($"/v1/threads/{thread}");
        var rest = await stream.RestAsync();

        Assert.Equal(["error", "done"], rest.Select(happened => happened.Name));
        Assert.Contains("deleted", rest[0].Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private async Task<EventReader> StartAsync(string tools = "")
    {
        var assistant = await _api.NewAssistantAsync($"\"model\":\"gpt-6-luna\",\"tools\":[{tools}]");
        var thread = await _api.NewThreadAsync("Hello");
        return await _api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
    }

    private static async Task<List<StreamEvent>> ReadAsync(EventReader stream)
    {
        await using (stream)
        {
            return await stream.RestAsync();
        }
    }
}
