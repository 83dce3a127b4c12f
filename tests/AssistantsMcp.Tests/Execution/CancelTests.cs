using System.Net;
using System.Text.Json;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Execution;

/// <summary>Cancelling, in every state of a run.</summary>
public sealed class CancelTests : IAsyncLifetime
{
    private RunApp _app = null!;
    private RestClient _api = null!;

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync(settings: "Limits:ConcurrentRuns=1");
        _api = _app.As();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task RunInProgress_StopsAndKeepsWhatWasWritten()
    {
        var gone = new TaskCompletionSource();
        _app.Model.Next(async reply =>
        {
            await reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta("Half an answer"));
            reply.Gone.Register(gone.SetResult);
            await reply.HangAsync();
        });
        var thread = await _api.NewThreadAsync("Hello");
        var assistant = await _api.NewAssistantAsync();
        await using var stream = await _api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
        var path = $"/v1/threads/{thread}/runs/{(await stream.NextAsync())!.Json.GetProperty("id").GetString()}";
        await stream.NextAsync("thread.message.delta");

        var cancelling = await _api.PostAsync($"{path}/cancel");
        var run = await _api.SettledAsync(path);

        Assert.Equal("cancelling", cancelling.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, cancelling.GetProperty("cancelled_at").ValueKind);
        Assert.Equal("cancelled", run.GetProperty("status").GetString());
        Assert.NotEqual(JsonValueKind.Null, run.GetProperty("cancelled_at").ValueKind);
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30));
        var message = (await _api.GetAsync($"/v1/threads/{thread}/messages")).GetProperty("data")[0];
        Assert.Equal("incomplete", message.GetProperty("status").GetString());
        Assert.Equal("""{"reason":"run_cancelled"}""", message.GetProperty("incomplete_details").GetRawText());
        Assert.Equal("Half an answer", RestClient.Text(message));
        Assert.Equal("cancelled", (await _api.GetAsync($"{path}/steps")).GetProperty("data")[0].GetProperty("status").GetString());
    }

    [Fact]
    public async Task QueuedRun_IsCancelledAtOnce()
    {
        _app.Model.Next(reply => reply.HangAsync());
        var assistant = await _api.NewAssistantAsync();
        await _api.NewRunAsync(await _api.NewThreadAsync("Busy"), assistant);
        await _app.Model.ArrivalAsync();
        var thread = await _api.NewThreadAsync("Hello");
        var path = await _api.NewRunAsync(thread, assistant);

        var cancelling = await _api.PostAsync($"{path}/cancel");
        var next = await _api.SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}"}""");

        Assert.Equal("cancelling", cancelling.GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.OK, next.Status);
        Assert.Equal("cancelled", (await _api.GetAsync(path)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task RunThatWaitsForOutputs_IsCancelledAtOnce()
    {
        _app.Model.NextEvents(Created, Done(Call("tide", "{}")), Completed());
        var assistant = await _api.NewAssistantAsync("\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"tide\"}}]");
        var thread = await _api.NewThreadAsync("Hello");
        var path = await _api.NewRunAsync(thread, assistant);
        await _api.SettledAsync(path);

        var cancelling = await _api.PostAsync($"{path}/cancel", "{}");
        await _api.PostAsync($"/v1/threads/{thread}/messages", """{"role":"user","content":"Free again."}""");

        Assert.Equal("cancelling", cancelling.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, cancelling.GetProperty("required_action").ValueKind);
        var run = await _api.GetAsync(path);
        Assert.Equal("cancelled", run.GetProperty("status").GetString());
        Assert.Equal(18, run.GetProperty("usage").GetProperty("total_tokens").GetInt64());
        var step = (await _api.GetAsync($"{path}/steps")).GetProperty("data")[0];
        Assert.Equal("cancelled", step.GetProperty("status").GetString());
        Assert.Equal(18, step.GetProperty("usage").GetProperty("total_tokens").GetInt64());
    }

    [Fact]
    public async Task RunThatHasEnded_CannotBeCancelled()
    {
        _app.Model.NextEvents(Created, Done(Message("Yes.")), Completed());
        var path = await _api.NewRunAsync(await _api.NewThreadAsync("Hello"), await _api.NewAssistantAsync());
        await _api.SettledAsync(path);

        var (status, error) = await _api.RefusedAsync(HttpMethod.Post, $"{path}/cancel");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(
            """{"message":"Cannot cancel run with status 'completed'.","type":"invalid_request_error","param":null,"code":null}""", error.GetRawText());
    }

    [Fact]
    public async Task CancelAgainstFinish_EndsInExactlyOneState()
    {
        _app.Model.Always(reply => reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta("Yes."), Done(Message("Yes.")), Completed()));
        var assistant = await _api.NewAssistantAsync();

        for (var round = 0; round < 50; round++)
        {
            var thread = await _api.NewThreadAsync("Hello");
            var path = await _api.NewRunAsync(thread, assistant);
            var cancel = await _api.SendAsync(HttpMethod.Post, $"{path}/cancel");
            var run = await _api.SettledAsync(path);

            Assert.Equal(cancel.Status == HttpStatusCode.OK ? "cancelled" : "completed", run.GetProperty("status").GetString());
        }
    }
}
