using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Runs;

/// <summary>Streams that are asked for again with the same <c>Idempotency-Key</c>. Every one is checked against the rules of streams.</summary>
public sealed class ReplayTests : IAsyncLifetime
{
    private RunApp _app = null!;
    private RestClient _api = null!;

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync();
        _api = _app.As();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task StreamOfAFinishedRun_IsToldAgainInWholeTexts()
    {
        _app.Model.NextEvents(Created, Added(EmptyMessage()), TextDelta("Good "), TextDelta("day."), Done(Message("Good day.")), Completed());
        var (path, body) = await NewRunAsync();

        var first = await ReadAsync(path, body);
        var again = await ReadAsync(path, body);

        Assert.Equal(
            [
                "thread.run.created", "thread.run.queued", "thread.run.in_progress",
                "thread.run.step.created", "thread.run.step.in_progress", "thread.message.created", "thread.message.in_progress",
                "thread.message.delta", "thread.message.completed", "thread.run.step.completed", "thread.run.completed", "done",
            ],
            again.Select(happened => happened.Name));
        Assert.Equal(
            """{"content":[{"index":0,"type":"text","text":{"value":"Good day.","annotations":[]}}]}""", again[7].Json.GetProperty("delta").GetRawText());
        Assert.Equal(
            first.Where(happened => !happened.Name.EndsWith("delta", StringComparison.Ordinal)),
            again.Where(happened => !happened.Name.EndsWith("delta", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task StreamOfARunThatGoesOn_WaitsForItsEnd()
    {
        var free = new TaskCompletionSource();
        _app.Model.Next(async reply =>
        {
            await free.Task;
            await reply.EventsAsync(Created, Done(Message("Late.")), Completed());
        });
        var (path, body) = await NewRunAsync();
        await using (var lost = await _api.Once("k").StreamAsync(path, body))
        {
            await lost.NextAsync("thread.run.in_progress");
        }

        await using var again = await _api.Once("k").StreamAsync(path, body);
        await again.NextAsync("thread.run.queued");
        free.SetResult();
        var rest = await again.RestAsync();

        Assert.True(again.Response.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal("thread.run.in_progress", rest[0].Name);
        Assert.Equal(["thread.run.completed", "done"], rest[^2..].Select(happened => happened.Name));
        Assert.Single(_app.Model.Calls);
    }

    [Fact]
    public async Task StreamOfARunThatWaitsForOutputs_SaysForWhich()
    {
        _app.Model.NextEvents(Created, Done(Call("tide", """{"at":"Lowestoft"}""", "call_a")), Completed());
        var assistant = await _api.NewAssistantAsync("\"model\":\"m\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"tide\"}}]");
        var body = $$$"""{"assistant_id":"{{{assistant}}}","stream":true,"thread":{"messages":[{"role":"user","content":"Hi"}]}}""";
        var first = await ReadAsync("/v1/threads/runs", body);

        var again = await ReadAsync("/v1/threads/runs", body);

        Assert.Equal("thread.created", again[0].Name);
        Assert.Equal(first[0], again[0]);
        Assert.Equal(["thread.run.requires_action", "done"], again[^2..].Select(happened => happened.Name));
        Assert.Equal(first[^2], again[^2]);
    }

    [Fact]
    public async Task StreamAfterOutputs_TellsTheWholeRun()
    {
        _app.Model
            .NextEvents(Created, Done(Call("tide", "{}", "call_a")), Completed())
            .NextEvents(Created, Done(Message("High.")), Completed());
        var assistant = await _api.NewAssistantAsync("\"model\":\"m\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"tide\"}}]");
        var run = await _api.NewRunAsync(await _api.NewThreadAsync("Hi"), assistant);
        await _api.SettledAsync(run);
        var body = """{"stream":true,"tool_outputs":[{"tool_call_id":"call_a","output":"3"}]}""";
        await ReadAsync($"{run}/submit_tool_outputs", body);

        var again = await ReadAsync($"{run}/submit_tool_outputs", body);

        Assert.Equal(2, again.Count(happened => happened.Name == "thread.run.step.completed"));
        Assert.Contains("\"output\":\"3\"", again.First(happened => happened.Name == "thread.run.step.completed").Data, StringComparison.Ordinal);
        Assert.Equal(["thread.run.completed", "done"], again[^2..].Select(happened => happened.Name));
    }

    [Fact]
    public async Task StreamOfAFailedRun_EndsWithItsError()
    {
        _app.Model.NextEvents(Created, Added(EmptyMessage()), TextDelta("Half"));
        var (path, body) = await NewRunAsync();
        var first = await ReadAsync(path, body);

        var again = await ReadAsync(path, body);

        Assert.Equal(["thread.run.failed", "done"], again[^2..].Select(happened => happened.Name));
        Assert.Equal(first[^2], again[^2]);
        Assert.Contains(again, happened => happened.Name == "thread.message.incomplete");
    }

    [Fact]
    public async Task StreamOfARunWhoseThreadWasDeleted_EndsWithAnError()
    {
        _app.Model.NextEvents(Created, Done(Message("Gone.")), Completed());
        var (path, body) = await NewRunAsync();
        await ReadAsync(path, body);
        await _api.DeleteAsync(path[..path.LastIndexOf('/')]);

        var again = await ReadAsync(path, body);

        Assert.Equal(["thread.run.created", "thread.run.queued", "error", "done"], again.Select(happened => happened.Name));
        Assert.StartsWith("No thread found", again[2].Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private async Task<(string Path, string Body)> NewRunAsync() => (
        $"/v1/threads/{await _api.NewThreadAsync("Hello")}/runs", $$"""{"assistant_id":"{{await _api.NewAssistantAsync()}}","stream":true}""");

    private async Task<List<StreamEvent>> ReadAsync(string path, string body)
    {
        await using var stream = await _api.Once("k").StreamAsync(path, body);
        return await stream.RestAsync();
    }
}
