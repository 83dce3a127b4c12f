using System.IO.Pipelines;
using AssistantsMcp.Engine.Models;
using Microsoft.Extensions.Time.Testing;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Models;

/// <summary>Answers of a model server that end early, make no sense, break off or fall silent.</summary>
public sealed class BrokenStreamTests : ModelClientTests
{
    [Fact]
    public async Task StreamThatJustEnds_Fails_AndKeepsWhatCame()
    {
        Server.NextEvents(Created, Added(EmptyMessage()), TextDelta("Hi"), Done(Message("Hi")));

        var events = await Host.RunAsync();

        Assert.Equal("Hi", events.Streamed());
        Assert.Equal(new TurnFailed("server_error", "The model server's answer ended before it was complete. Run again.", default) { ErrorType = "broken_stream" }, events[^1]);
        Assert.Single(Server.Calls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("data: [DONE]\n\n")]
    [InlineData("event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{}}")]
    [InlineData("event: response.completed\ndata: {\"type\":\"response.compl")]
    public async Task StreamWithoutATerminalEvent_Fails(string stream)
    {
        Server.Next(reply => reply.RawAsync(stream));

        Assert.Contains("ended before it was complete", (await Host.FailAsync()).Message, StringComparison.Ordinal);
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
        Server.Next(reply => reply.RawAsync(stream));

        var failed = await Host.FailAsync();

        Assert.Equal(("server_error", "The model server's answer could not be understood. Run again."), (failed.Code, failed.Message));
    }

    [Fact]
    public Task ConnectionResetInMidStream_Fails_WithoutARetry() => AssertBrokenOffAsync(async reply =>
    {
        await reply.RawAsync("event: response.output_text.delta\ndata: {\"type\":");
        reply.Reset();
    });

    [Fact]
    public Task HalfClosedConnection_Fails_WithoutARetry() => AssertBrokenOffAsync(reply =>
    {
        reply.HalfClose();
        return reply.HangAsync();
    });

    [Fact]
    public async Task SilenceBeforeHeaders_Fails_WithoutARetry()
    {
        var clock = new FakeTimeProvider();
        await using var host = ModelTestHost.For(Server.BaseUrl, clock, options => options.Timeout = TimeSpan.FromSeconds(90));
        Server.Next(reply => reply.HangAsync());

        var turn = host.FailAsync();
        await Server.ArrivalAsync();
        clock.Advance(TimeSpan.FromSeconds(90));

        Assert.Equal(new TurnFailed("server_error", "The model server was silent for 90 seconds. Try again, or raise Model:Timeout.", default) { ErrorType = "timeout" }, await turn);
        Assert.Single(Server.Calls);
    }

    [Fact]
    public async Task SilenceBetweenEvents_Fails()
    {
        var clock = new FakeTimeProvider();
        await using var host = ModelTestHost.For(Server.BaseUrl, clock);
        Server.Next(async reply =>
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
        Assert.Equal(new TurnFailed("server_error", "The model server was silent for 120 seconds. Try again, or raise Model:Timeout.", default) { ErrorType = "timeout" }, turn.Current);
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
        await using var host = ModelTestHost.For(Server.BaseUrl, clock);
        var rest = new TaskCompletionSource();
        Server.Next(async reply =>
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

    /// <summary>The connection breaks in the middle of an answer, when its beginning was read.</summary>
    private async Task AssertBrokenOffAsync(Func<FakeReply, Task> breakOff)
    {
        var read = new TaskCompletionSource();
        Server.Next(async reply =>
        {
            await reply.EventsAsync(Added(EmptyMessage()));
            await read.Task;
            await breakOff(reply);
        });
        await using var turn = Host.Client.StreamAsync(Requests.Hello, CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await turn.MoveNextAsync());

        read.SetResult();

        Assert.True(await turn.MoveNextAsync());
        Assert.Equal(new TurnFailed("server_error", "The model server's answer broke off. Run again.", default) { ErrorType = "broken_stream" }, turn.Current);
        Assert.False(await turn.MoveNextAsync());
        Assert.Single(Server.Calls);
    }
}
