using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Runs;

/// <summary>What each state of a run refuses and lets happen. One run at a time is executed; the clock stands still.</summary>
public sealed class StateTests : IAsyncLifetime
{
    private const string Tide = """{"type":"function","function":{"name":"tide"}}""";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000));
    private RunApp _app = null!;
    private RestClient _api = null!;
    private string _assistant = "";

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync(_time, "Model:Timeout=00:59:00", "Limits:ConcurrentRuns=1");
        _api = _app.As();
        _assistant = await _api.NewAssistantAsync($"\"model\":\"gpt-6-luna\",\"tools\":[{Tide}]");
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task QueuedRun_LocksItsThreadAndTakesMetadata()
    {
        var (thread, path) = await QueueAsync();

        await AssertLockedAsync(thread, path);
        await AssertRefusedAsync($"{path}/submit_tool_outputs", """{"tool_outputs":[]}""", "Runs in status \"queued\" do not accept tool outputs.");
        var modified = await _api.PostAsync(path, """{"metadata":{"seen":"yes"}}""");

        Assert.Equal("queued", modified.GetProperty("status").GetString());
        Assert.Equal("""{"seen":"yes"}""", modified.GetProperty("metadata").GetRawText());
    }

    [Fact]
    public async Task QueuedRun_ExpiresWithoutHavingBegun()
    {
        await BusyAsync();
        var thread = await _api.NewThreadAsync("Hello");
        await using var stream = await _api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{_assistant}}","stream":true}""");
        await stream.NextAsync("thread.run.queued");

        _time.Advance(TimeSpan.FromSeconds(601));
        var rest = await stream.RestAsync();

        // The run ahead of it expires in the same moment, so a worker may have begun with this one.
        Assert.Equal(["thread.run.expired", "done"], rest.Select(happened => happened.Name).TakeLast(2));
        var run = rest[^2].Json;
        Assert.Equal(1_790_000_600, run.GetProperty("expires_at").GetInt64());
        Assert.Equal(0, run.GetProperty("usage").GetProperty("total_tokens").GetInt64());
        await _api.PostAsync($"/v1/threads/{thread}/messages", """{"role":"user","content":"Free again."}""");
    }

    [Fact]
    public async Task RunThatWaitsForOutputs_LocksItsThread()
    {
        _app.Model.NextEvents(Created, Done(Call("tide", "{}")), Completed());
        var thread = await _api.NewThreadAsync("Hello");
        var path = await _api.NewRunAsync(thread, _assistant);
        await _api.SettledAsync(path);

        await AssertLockedAsync(thread, path);
        Assert.Equal("requires_action", (await _api.PostAsync(path, """{"metadata":{}}""")).GetProperty("status").GetString());
        Assert.Equal(["Hello"], await _api.TextsAsync(thread));
    }

    [Fact]
    public async Task StepOfAnotherRun_IsNotFound()
    {
        _app.Model.NextEvents(Created, Done(Message("Yes.")), Completed()).NextEvents(Created, Done(Message("Yes.")), Completed());
        var thread = await _api.NewThreadAsync("Hello");
        var (first, second) = (await _api.NewRunAsync(thread, _assistant), "");
        await _api.SettledAsync(first);
        await _api.SettledAsync(second = await _api.NewRunAsync(thread, _assistant));
        var step = (await _api.GetAsync($"{first}/steps")).GetProperty("data")[0].GetProperty("id").GetString();

        foreach (var id in new[] { step, "step_123" })
        {
            var (status, error) = await _api.RefusedAsync(HttpMethod.Get, $"{second}/steps/{id}");

            Assert.Equal(HttpStatusCode.NotFound, status);
            Assert.Equal($$"""{"message":"No run step found with id '{{id}}'.","type":"invalid_request_error","param":null,"code":null}""", error.GetRawText());
        }
    }

    /// <summary>Keeps the only worker busy.</summary>
    private async Task BusyAsync()
    {
        _app.Model.Next(reply => reply.HangAsync());
        await _api.NewRunAsync(await _api.NewThreadAsync("Busy"), _assistant);
        await _app.Model.ArrivalAsync();
        _app.Model.Always(reply => reply.HangAsync());
    }

    private async Task<(string Thread, string Path)> QueueAsync()
    {
        await BusyAsync();
        var thread = await _api.NewThreadAsync("Hello");
        return (thread, await _api.NewRunAsync(thread, _assistant));
    }

    private async Task AssertLockedAsync(string thread, string path)
    {
        var run = path.Split('/')[^1];
        foreach (var role in new[] { "user", "assistant" })
        {
            await AssertRefusedAsync($"/v1/threads/{thread}/messages", $$"""{"role":"{{role}}","content":"More"}""", $"Can't add messages to {thread} while a run {run} is active.");
        }

        await AssertRefusedAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{_assistant}}"}""", $"Thread {thread} already has an active run {run}.");
    }

    private async Task AssertRefusedAsync(string path, string body, string message)
    {
        var (status, error) = await _api.RefusedAsync(HttpMethod.Post, path, body);

        Assert.Equal((HttpStatusCode.BadRequest, message), (status, error.GetProperty("message").GetString()));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (error.GetProperty("param").ValueKind, error.GetProperty("code").ValueKind));
    }
}
