using System.IO.Pipelines;
using AssistantsMcp.Engine.Models;
using Microsoft.Extensions.Time.Testing;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Models;

/// <summary>Every way a model server can fail ends in one <see cref="TurnFailed"/> that says cause and remedy.</summary>
public sealed class ModelFailureTests : IAsyncLifetime
{
    private FakeResponsesServer _server = null!;
    private ModelTestHost _host = null!;

    public async Task InitializeAsync()
    {
        _server = await FakeResponsesServer.StartAsync();
        _host = ModelTestHost.For(_server.BaseUrl);
    }

    public async Task DisposeAsync()
    {
        Assert.Empty(_server.Unexpected);
        Assert.DoesNotContain(_host.Lines.All, line => line.Contains(Requests.Secret, StringComparison.Ordinal));
        await _host.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(400, """{"error":{"message":"Bad image.","type":"invalid_request_error"}}""", "invalid_prompt", "Bad image.")]
    [InlineData(400, """{"error":{"message":"The requested model 'm' does not exist.","code":"model_not_found"}}""", "invalid_prompt", "The requested model 'm' does not exist. Name a model it has, or map the name with Model:Aliases.")]
    [InlineData(400, "not json", "invalid_prompt", "The model server refused the request with status 400.")]
    [InlineData(404, """{"error":{"message":"model \"m\" not found","type":"not_found_error"}}""", "invalid_prompt", "model \"m\" not found. Name a model it has, or map the name with Model:Aliases.")]
    [InlineData(404, """{"error":{"message":"The model `m` does not exist.","type":"NotFoundError","param":null,"code":404}}""", "invalid_prompt", "The model `m` does not exist. Name a model it has, or map the name with Model:Aliases.")]
    [InlineData(404, """{"detail":"Not Found"}""", "invalid_prompt", "offers no /responses at that base URL")]
    [InlineData(404, "<html>", "invalid_prompt", "offers no /responses at that base URL")]
    [InlineData(422, """{"detail":[{"loc":["body","input"],"msg":"field required"}]}""", "invalid_prompt", "body.input: field required")]
    [InlineData(401, """{"error":{"message":"Incorrect API key provided: sk-ca*****2c."}}""", "server_error", "The model server refused the API key. Use a key that it accepts.")]
    [InlineData(403, "{}", "server_error", "The model server refused the API key. Use a key that it accepts.")]
    [InlineData(402, """{"error":"Add credits."}""", "server_error", "The model server answered with status 402. Add credits.")]
    [InlineData(501, "{}", "server_error", "The model server answered with status 501.")]
    public async Task RefusedRequest_IsNotRepeated(int status, string body, string code, string message)
    {
        _server.NextStatus(status, body);

        var failed = await _host.FailAsync();

        Assert.Equal(code, failed.Code);
        Assert.Contains(message, failed.Message, StringComparison.Ordinal);
        Assert.Single(_server.Calls);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(408)]
    [InlineData(409)]
    public async Task PassingFailure_IsTriedThreeTimes(int status)
    {
        _server.Always(reply => reply.StatusAsync(status, """{"error":{"message":"Overloaded."}}"""));

        var failed = await _host.FailAsync();

        Assert.Equal(new TurnFailed("server_error", $"The model server answered with status {status}. Overloaded.", default) { Kind = $"{status}" }, failed);
        Assert.Equal(3, _server.Calls.Count);
        Assert.Single(_server.Calls.Select(call => call.Body).Distinct());
    }

    [Fact]
    public async Task FailureThatPasses_IsNotSeen()
    {
        _server.NextStatus(500).NextStatus(429).NextEvents(Completed(Message("Hi")));

        Assert.Equal("Hi", (await _host.RunAsync()).Streamed());
    }

    [Fact]
    public async Task RateLimit_IsNamed_AfterThreeTries()
    {
        _server.Always(reply => reply.StatusAsync(429, """{"error":{"message":"Slow down."}}"""));

        var failed = await _host.FailAsync();

        Assert.Equal(new TurnFailed("rate_limit_exceeded", "The model server's rate limit was reached. Slow down. Try again later.", default) { Kind = "429" }, failed);
        Assert.Equal(3, _server.Calls.Count);
    }

    [Fact]
    public async Task RetryAfter_IsObeyed()
    {
        var clock = new ImpatientClock();
        await using var host = ModelTestHost.For(_server.BaseUrl, clock);
        _server.NextStatus(429, "{}", ("Retry-After", "17")).NextEvents(Completed());

        var events = await host.RunAsync();

        Assert.IsType<TurnCompleted>(events[^1]);
        Assert.Equal([TimeSpan.FromSeconds(17)], clock.Delays);
    }

    [Fact]
    public async Task RetryAfter_MayBeADate()
    {
        var clock = new ImpatientClock();
        await using var host = ModelTestHost.For(_server.BaseUrl, clock);
        _server.NextStatus(503, "{}", ("Retry-After", clock.GetUtcNow().AddSeconds(40).ToString("R"))).NextEvents(Completed());

        Assert.IsType<TurnCompleted>((await host.RunAsync())[^1]);

        Assert.Equal([TimeSpan.FromSeconds(40)], clock.Delays);
    }

    [Fact]
    public async Task RetryAfter_BeyondAMinute_IsHandedOnAtOnce()
    {
        _server.NextStatus(429, "{}", ("Retry-After", "61"));

        var failed = await _host.FailAsync();

        Assert.Equal(new TurnFailed("rate_limit_exceeded", "The model server's rate limit was reached. Try again in 61 seconds.", default) { Kind = "429" }, failed);
        Assert.Single(_server.Calls);
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        _server.NextStatus(307, "{}", ("Location", "/v1/elsewhere"));

        Assert.Contains("redirect", (await _host.FailAsync()).Message, StringComparison.Ordinal);
        Assert.Single(_server.Calls);
    }

    [Theory]
    [InlineData("""{"error":{"message":"No such thing."}}""", "No such thing.")]
    [InlineData("<html>Welcome</html>", "answered with text/html instead of an event stream")]
    public async Task AnswerThatIsNoStream_Fails(string body, string message)
    {
        _server.NextStatus(200, body);

        var failed = await _host.FailAsync();

        Assert.Equal("server_error", failed.Code);
        Assert.Contains(message, failed.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rate_limit_exceeded", "rate_limit_exceeded")]
    [InlineData("insufficient_quota", "rate_limit_exceeded")]
    [InlineData("invalid_prompt", "invalid_prompt")]
    [InlineData("image_too_large", "invalid_prompt")]
    [InlineData("failed_to_download_image", "invalid_prompt")]
    [InlineData("context_length_exceeded", "invalid_prompt")]
    [InlineData("server_error", "server_error")]
    [InlineData("something_new", "server_error")]
    public async Task FailedResponse_KeepsItsCodeAndUsage(string upstream, string code)
    {
        _server.NextEvents(Created, $$$"""{"type":"response.failed","response":{"status":"failed","error":{"code":"{{{upstream}}}","message":"It failed."},"usage":{{{Usage}}}}}""");

        var expected = new TurnFailed(code, "It failed.", new ModelUsage(11, 7, 4, 3)) { IsTooLong = upstream == "context_length_exceeded" };
        Assert.Equal(expected, await _host.FailAsync());
    }

    [Theory]
    [InlineData("""{"type":"error","code":"rate_limit_exceeded","message":"Slow down.","param":null}""", "rate_limit_exceeded", "Slow down.")]
    [InlineData("""{"type":"error","error":{"type":"invalid_request_error","code":null,"message":"Bad."}}""", "invalid_prompt", "Bad.")]
    [InlineData("""{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}""", "invalid_prompt", "the request exceeds the available context size")]
    [InlineData("""{"error":{"code":500,"message":"boom","type":"server_error"}}""", "server_error", "boom")]
    [InlineData("""{"type":"error","error":{"type":"invalid_request_error","code":"string_above_max_length","message":"Long."}}""", "invalid_prompt", "Long.")]
    [InlineData("""{"error":{"type":"rate_limit_error","message":"Slow down."}}""", "rate_limit_exceeded", "Slow down.")]
    [InlineData("""{"error":"boom"}""", "server_error", "boom")]
    [InlineData("""{"type":"error"}""", "server_error", "The model server failed without saying why.")]
    public async Task ErrorEvent_InAnyShape_Fails(string json, string code, string message)
    {
        _server.Next(reply => reply.RawAsync($"data: {json}\n\n"));

        var expected = new TurnFailed(code, message, default) { IsTooLong = message.EndsWith("context size", StringComparison.Ordinal) };
        Assert.Equal(expected, await _host.FailAsync());
    }

    [Theory]
    [InlineData(Requests.Secret)]
    [InlineData("sk-proj-ab********yz")]
    public async Task QuotedKeys_AreRemoved(string key)
    {
        _server.NextStatus(400, $$$"""{"error":{"message":"Key {{{key}}} may not do that."}}""");
        _server.NextEvents($$"""{"type":"error","message":"Key {{key}} may not do that."}""");

        Assert.Equal("Key *** may not do that.", (await _host.FailAsync()).Message);
        Assert.Equal("Key *** may not do that.", (await _host.FailAsync()).Message);
    }

    [Fact]
    public async Task StreamThatJustEnds_Fails_AndKeepsWhatCame()
    {
        _server.NextEvents(Created, Added(EmptyMessage()), TextDelta("Hi"), Done(Message("Hi")));

        var events = await _host.RunAsync();

        Assert.Equal("Hi", events.Streamed());
        Assert.Equal(new TurnFailed("server_error", "The model server's answer ended before it was complete. Run again.", default) { Kind = "broken_stream" }, events[^1]);
        Assert.Single(_server.Calls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("data: [DONE]\n\n")]
    [InlineData("event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{}}")]
    [InlineData("event: response.completed\ndata: {\"type\":\"response.compl")]
    public async Task StreamWithoutATerminalEvent_Fails(string stream)
    {
        _server.Next(reply => reply.RawAsync(stream));

        Assert.Contains("ended before it was complete", (await _host.FailAsync()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data: garbage\n\n")]
    [InlineData("data: [1,2]\n\n")]
    [InlineData("data: {\"type\":\"response.output_text.delta\",\"delta\":5}\n\n")]
    [InlineData("data: {\"type\":\"response.output_text.delta\",\"delta\":{\"a\":1}}\n\n")]
    [InlineData("data: {\"type\":\"response.output_item.done\",\"item\":\"none\"}\n\n")]
    [InlineData("data: {\"type\":\"response.output_item.done\",\"item\":{}}\n\n")]
    [InlineData("data: {\"type\":\"response.output_item.done\",\"item\":{\"type\":\"function_call\",\"arguments\":\"{}\"}}\n\n")]
    [InlineData("data: {\"type\":\"response.completed\",\"response\":{\"output\":[5]}}\n\n")]
    public async Task StreamThatMakesNoSense_Fails(string stream)
    {
        _server.Next(reply => reply.RawAsync(stream));

        var failed = await _host.FailAsync();

        Assert.Equal(("server_error", "The model server's answer could not be understood. Run again."), (failed.Code, failed.Message));
    }

    [Fact]
    public async Task ConnectionResetInMidStream_Fails_WithoutARetry()
    {
        var read = new TaskCompletionSource();
        _server.Next(async reply =>
        {
            await reply.EventsAsync(Added(EmptyMessage()));
            await read.Task;
            await reply.RawAsync("event: response.output_text.delta\ndata: {\"type\":");
            reply.Reset();
        });
        await using var turn = _host.Client.StreamAsync(Requests.Hello, CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await turn.MoveNextAsync());

        read.SetResult();

        Assert.True(await turn.MoveNextAsync());
        Assert.Equal(new TurnFailed("server_error", "The model server's answer broke off. Run again.", default) { Kind = "broken_stream" }, turn.Current);
        Assert.False(await turn.MoveNextAsync());
        Assert.Single(_server.Calls);
    }

    [Fact]
    public async Task HalfClosedConnection_Fails_WithoutARetry()
    {
        var read = new TaskCompletionSource();
        _server.Next(async reply =>
        {
            await reply.EventsAsync(Added(EmptyMessage()));
            await read.Task;
            reply.HalfClose();
            await reply.HangAsync();
        });
        await using var turn = _host.Client.StreamAsync(Requests.Hello, CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await turn.MoveNextAsync());

        read.SetResult();

        Assert.True(await turn.MoveNextAsync());
        Assert.Equal(new TurnFailed("server_error", "The model server's answer broke off. Run again.", default) { Kind = "broken_stream" }, turn.Current);
        Assert.False(await turn.MoveNextAsync());
        Assert.Single(_server.Calls);
    }

    [Fact]
    public async Task ConnectionResetBeforeHeaders_IsNotRepeated_SinceItMayHaveTakenEffect()
    {
        _server.Next(reply =>
        {
            reply.Reset();
            return Task.CompletedTask;
        });

        var failed = await _host.FailAsync();

        Assert.Equal("server_error", failed.Code);
        Assert.Contains("could not be reached (the connection broke)", failed.Message, StringComparison.Ordinal);
        Assert.Single(_server.Calls);
    }

    [Fact]
    public async Task UnreachableServer_IsNamedByItsHostOnly_AfterThreeTries()
    {
        var clock = new ImpatientClock();
        var port = LoopbackPort.Free();
        await using var host = ModelTestHost.For(new Uri($"http://user:secret@127.0.0.1:{port}/v1?token=secret"), clock);

        var failed = await host.FailAsync();

        Assert.Equal(
            $"The model server at 127.0.0.1:{port} could not be reached (no connection). Check that it runs and that Model:BaseUrl is right.",
            failed.Message);
        Assert.Equal(2, clock.Delays.Count);
    }

    [Fact]
    public async Task SilenceBeforeHeaders_Fails_WithoutARetry()
    {
        var clock = new FakeTimeProvider();
        await using var host = ModelTestHost.For(_server.BaseUrl, clock, options => options.Timeout = TimeSpan.FromSeconds(90));
        _server.Next(reply => reply.HangAsync());

        var turn = host.FailAsync();
        await _server.ArrivalAsync();
        clock.Advance(TimeSpan.FromSeconds(90));

        Assert.Equal(new TurnFailed("server_error", "The model server was silent for 90 seconds. Try again, or raise Model:Timeout.", default) { Kind = "timeout" }, await turn);
        Assert.Single(_server.Calls);
    }

    [Fact]
    public async Task SilenceBetweenEvents_Fails()
    {
        var clock = new FakeTimeProvider();
        await using var host = ModelTestHost.For(_server.BaseUrl, clock);
        _server.Next(async reply =>
        {
            await reply.EventsAsync(Added(EmptyMessage()));
            await reply.HangAsync();
        });
        await using var turn = host.Client.StreamAsync(Requests.Hello, CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await turn.MoveNextAsync());

        var next = turn.MoveNextAsync().AsTask();
        clock.Advance(TimeSpan.FromSeconds(119));
        Assert.False(next.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await next);
        Assert.Equal(new TurnFailed("server_error", "The model server was silent for 120 seconds. Try again, or raise Model:Timeout.", default) { Kind = "timeout" }, turn.Current);
        Assert.False(await turn.MoveNextAsync());
    }

    [Fact]
    public async Task CommentLines_CountAsLife()
    {
        var clock = new FakeTimeProvider();
        var pipe = new Pipe();
        await using var stream = new SilenceGuard(pipe.Reader.AsStream(), TimeSpan.FromSeconds(10), clock);
        for (var i = 0; i < 3; i++)
        {
            var read = stream.ReadAsync(new byte[64]).AsTask();
            clock.Advance(TimeSpan.FromSeconds(9));
            await pipe.Writer.WriteAsync(": still thinking\n\n"u8.ToArray());

            Assert.True(await read > 0);
        }

        var silent = stream.ReadAsync(new byte[64]).AsTask();
        clock.Advance(TimeSpan.FromSeconds(10));

        await Assert.ThrowsAsync<TimeoutException>(() => silent);
    }

    [Fact]
    public async Task SlowReader_IsNotTakenForASilentServer()
    {
        var clock = new FakeTimeProvider();
        await using var host = ModelTestHost.For(_server.BaseUrl, clock);
        var rest = new TaskCompletionSource();
        _server.Next(async reply =>
        {
            await reply.EventsAsync(Added(EmptyMessage()));
            await rest.Task;
            await reply.EventsAsync(Completed());
        });
        await using var turn = host.Client.StreamAsync(Requests.Hello, CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await turn.MoveNextAsync());

        clock.Advance(TimeSpan.FromHours(1));
        rest.SetResult();

        Assert.True(await turn.MoveNextAsync());
        Assert.IsType<MessageDone>(turn.Current);
    }

    [Fact]
    public async Task RepeatedOutages_OpenTheCircuitOfThatTenantOnly_UntilItIsTriedAgain()
    {
        var clock = new ImpatientClock();
        await using var host = ModelTestHost.For(_server.BaseUrl, clock);
        _server.Always(reply => reply.StatusAsync(503));
        TurnFailed failed;
        do
        {
            failed = await host.FailAsync();
        }
        while (!failed.Message.Contains("repeatedly", StringComparison.Ordinal) && _server.Calls.Count < 100);

        var calls = _server.Calls.Count;
        var refused = await host.FailAsync();
        var other = await host.FailAsync(Requests.Hello with { Tenant = "tenant-2" });

        Assert.Matches("^The model server failed repeatedly; it will be tried again in [1-8] seconds.$", refused.Message);
        Assert.Equal("server_error", refused.Code);
        Assert.Contains("503", other.Message, StringComparison.Ordinal);
        Assert.Equal(calls + 3, _server.Calls.Count);
        Assert.DoesNotContain(host.Lines.All, line => line.Contains("tenant-1", StringComparison.Ordinal));

        clock.Skip(TimeSpan.FromSeconds(8));
        _server.NextEvents(Completed());
        Assert.IsType<TurnCompleted>((await host.RunAsync())[^1]);
    }
}
