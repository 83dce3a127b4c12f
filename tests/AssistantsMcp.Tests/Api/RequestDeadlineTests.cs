using System.Net;
using Microsoft.Extensions.Time.Testing;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Api;

/// <summary>Requests that take too long. The clock stands still unless a test moves it.</summary>
public sealed class RequestDeadlineTests : IAsyncLifetime
{
    private const string WithStore = """{"model":"m","tool_resources":{"file_search":{"vector_stores":[{}]}}}""";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000));
    private RunApp _app = null!;

    public async Task InitializeAsync() =>
        _app = await RunApp.StartAsync(_time, "Limits:RequestTimeout=00:00:20", "Limits:RunLease=00:05:00", "Model:Timeout=00:59:00", "Model:HostedTools=true");

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task RequestThatWaitsTooLong_IsGivenUp()
    {
        _app.Model.Always(reply => reply.HangAsync());
        var answer = _app.As().SendAsync(HttpMethod.Post, "/v1/assistants", WithStore);
        await _app.Model.ArrivalAsync();

        _time.Advance(TimeSpan.FromSeconds(20));
        var (status, error) = ((await answer).Status, (await answer).Body.GetProperty("error"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal(
            """{"message":"The request was given up because it was not answered within 20 seconds. It may have taken effect: look before you send it again. With an Idempotency-Key, a request can always be sent again.","type":"server_error","param":null,"code":null}""",
            error.GetRawText());
        Assert.Empty((await _app.As().GetAsync("/v1/assistants")).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task RequestWithAKeyThatWasGivenUp_CanBeSentAgain()
    {
        _app.Model.Next(reply => reply.HangAsync()).NextStatus(200, """{"id":"vs_1","object":"vector_store","status":"completed"}""");
        var lost = _app.As().Once("k").SendAsync(HttpMethod.Post, "/v1/assistants", WithStore);
        await _app.Model.ArrivalAsync();
        _time.Advance(TimeSpan.FromSeconds(20));
        await lost;

        var again = await _app.As().Once("k").SendAsync(HttpMethod.Post, "/v1/assistants", WithStore);

        Assert.Equal((HttpStatusCode.OK, false), (again.Status, again.IsReplayed));
    }

    [Fact]
    public async Task Stream_MayTakeLonger()
    {
        var free = new TaskCompletionSource();
        _app.Model.Next(async reply =>
        {
            await free.Task;
            await reply.EventsAsync(Created, Done(Message("Late.")), Completed());
        });
        var api = _app.As();
        await using var stream = await api.StreamAsync(
            $"/v1/threads/{await api.NewThreadAsync("Hi")}/runs", $$"""{"assistant_id":"{{await api.NewAssistantAsync()}}","stream":true}""");
        await stream.NextAsync("thread.run.in_progress");

        _time.Advance(TimeSpan.FromSeconds(40));
        free.SetResult();
        var rest = await stream.RestAsync();

        Assert.Equal(["thread.run.completed", "done"], rest[^2..].Select(happened => happened.Name));
    }

    [Fact]
    public async Task RequestThatIsPassedOn_MayTakeLonger()
    {
        var free = new TaskCompletionSource();
        _app.Model.Next(async reply =>
        {
            await free.Task;
            await reply.StatusAsync(200, """{"object":"chat.completion"}""");
        });
        var answer = _app.As().SendAsync(HttpMethod.Post, "/v1/chat/completions", "{}");
        await _app.Model.ArrivalAsync();

        _time.Advance(TimeSpan.FromSeconds(40));
        free.SetResult();

        Assert.Equal(HttpStatusCode.OK, (await answer).Status);
    }
}
