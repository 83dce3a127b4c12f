using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Execution;

/// <summary>Runs whose ten minutes are over. The clock stands still unless a test moves it.</summary>
public sealed class ExpiryTests : IAsyncLifetime
{
    private static readonly TimeSpan _lifetime = TimeSpan.FromSeconds(601);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000));
    private RunApp _app = null!;
    private RestClient _api = null!;

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync(_time, "Model:Timeout=00:59:00");
        _api = _app.As();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task RunThatWaitsForOutputs_Expires()
    {
        var (thread, path) = await StartWaitingRunAsync();

        _time.Advance(_lifetime);
        var run = await _api.UntilAsync(path, found => found.GetProperty("status").GetString() != "requires_action");

        Assert.Equal("expired", run.GetProperty("status").GetString());
        Assert.Equal(1_790_000_600, run.GetProperty("expires_at").GetInt64());
        Assert.Equal(JsonValueKind.Null, run.GetProperty("required_action").ValueKind);
        Assert.Equal("expired", (await _api.GetAsync($"{path}/steps")).GetProperty("data")[0].GetProperty("status").GetString());
        await _api.PostAsync($"/v1/threads/{thread}/messages", """{"role":"user","content":"Free again."}""");
    }

    [Fact]
    public async Task OutputsAfterTheTime_AreRefused()
    {
        var (_, path) = await StartWaitingRunAsync();

        _time.Advance(_lifetime);
        var (status, error) = await _api.RefusedAsync(
            HttpMethod.Post, $"{path}/submit_tool_outputs", """{"tool_outputs":[{"tool_call_id":"call_a","output":"3"}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("Runs in status \"expired\" do not accept tool outputs.", error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task RunInProgress_ExpiresAndKeepsWhatWasWritten()
    {
        _app.Model.Next(async reply =>
        {
            await reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta("Half"));
            await reply.HangAsync();
        });
        var thread = await _api.NewThreadAsync("Hello");
        var assistant = await _api.NewAssistantAsync();
        await using var stream = await _api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
        await stream.NextAsync("thread.message.delta");

        _time.Advance(_lifetime);
        var rest = await stream.RestAsync();

        Assert.Equal(
            ["thread.message.incomplete", "thread.run.step.expired", "thread.run.expired", "done"],
            rest.Select(happened => happened.Name));
        var message = (await _api.GetAsync($"/v1/threads/{thread}/messages")).GetProperty("data")[0];
        Assert.Equal("""{"reason":"run_expired"}""", message.GetProperty("incomplete_details").GetRawText());
    }

    [Fact]
    public async Task OutputsJustInTime_DoNotRenewTheTime()
    {
        var (_, path) = await StartWaitingRunAsync();
        _app.Model.Next(reply => reply.HangAsync());

        _time.Advance(TimeSpan.FromSeconds(590));
        var resumed = await _api.PostAsync($"{path}/submit_tool_outputs", """{"tool_outputs":[{"tool_call_id":"call_a","output":"3"}]}""");
        await _app.Model.ArrivalAsync();
        _time.Advance(TimeSpan.FromSeconds(11));
        var run = await _api.SettledAsync(path);

        Assert.Equal(1_790_000_600, resumed.GetProperty("expires_at").GetInt64());
        Assert.Equal("expired", run.GetProperty("status").GetString());
    }

    private async Task<(string Thread, string Path)> StartWaitingRunAsync()
    {
        _app.Model.NextEvents(Created, Done(Call("tide", "{}")), Completed());
        var assistant = await _api.NewAssistantAsync("\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"tide\"}}]");
        var thread = await _api.NewThreadAsync("Hello");
        var path = await _api.NewRunAsync(thread, assistant);
        await _app.Model.ArrivalAsync();
        await _api.SettledAsync(path);
        return (thread, path);
    }
}
