using AssistantsMcp.Engine.Models;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Models;

/// <summary>What is sent to the model server again, when and how often, and what is not.</summary>
public sealed class ModelRetryTests : ModelClientTests
{
    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(408)]
    [InlineData(409)]
    public async Task PassingFailure_IsTriedThreeTimes(int status)
    {
        Server.Always(reply => reply.StatusAsync(status, """{"error":{"message":"Overloaded."}}"""));

        var failed = await Host.FailAsync();

        Assert.Equal(new TurnFailed("server_error", $"The model server answered with status {status}. Overloaded.", default) { ErrorType = $"{status}" }, failed);
        Assert.Equal(3, Server.Calls.Count);
        Assert.Single(Server.Calls.Select(call => call.Body).Distinct());
    }

    [Fact]
    public async Task FailureThatPasses_IsNotSeen()
    {
        Server.NextStatus(500).NextStatus(429).NextEvents(Completed(Message("Hi")));

        Assert.Equal("Hi", (await Host.RunAsync()).Streamed());
    }

    [Fact]
    public async Task RateLimit_IsNamed_AfterThreeTries()
    {
        Server.Always(reply => reply.StatusAsync(429, """{"error":{"message":"Slow down."}}"""));

        var failed = await Host.FailAsync();

        Assert.Equal(new TurnFailed("rate_limit_exceeded", "The model server's rate limit was reached. Slow down. Try again later.", default) { ErrorType = "429" }, failed);
        Assert.Equal(3, Server.Calls.Count);
    }

    [Fact]
    public async Task RetryAfter_IsObeyed()
    {
        var clock = new ImpatientClock();
        await using var host = ModelTestHost.For(Server.BaseUrl, clock);
        Server.NextStatus(429, "{}", ("Retry-After", "17")).NextEvents(Completed());

        var events = await host.RunAsync();

        Assert.IsType<TurnCompleted>(events[^1]);
        Assert.Equal([TimeSpan.FromSeconds(17)], clock.Delays);
    }

    [Fact]
    public async Task RetryAfter_MayBeADate()
    {
        var clock = new ImpatientClock();
        await using var host = ModelTestHost.For(Server.BaseUrl, clock);
        Server.NextStatus(503, "{}", ("Retry-After", clock.GetUtcNow().AddSeconds(40).ToString("R"))).NextEvents(Completed());

        Assert.IsType<TurnCompleted>((await host.RunAsync())[^1]);

        Assert.Equal([TimeSpan.FromSeconds(40)], clock.Delays);
    }

    [Fact]
    public async Task RetryAfter_BeyondAMinute_IsHandedOnAtOnce()
    {
        Server.NextStatus(429, "{}", ("Retry-After", "61"));

        var failed = await Host.FailAsync();

        Assert.Equal(new TurnFailed("rate_limit_exceeded", "The model server's rate limit was reached. Try again in 61 seconds.", default) { ErrorType = "429" }, failed);
        Assert.Single(Server.Calls);
    }

    [Fact]
    public async Task ConnectionResetBeforeHeaders_IsNotRepeated_SinceItMayHaveTakenEffect()
    {
        Server.Next(reply =>
        {
            reply.Reset();
            return Task.CompletedTask;
        });

        var failed = await Host.FailAsync();

        Assert.Equal("server_error", failed.Code);
        Assert.Contains("could not be reached (the connection broke)", failed.Message, StringComparison.Ordinal);
        Assert.Single(Server.Calls);
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
    public async Task RepeatedOutages_OpenTheCircuitOfThatTenantOnly_UntilItIsTriedAgain()
    {
        var clock = new ImpatientClock();
        await using var host = ModelTestHost.For(Server.BaseUrl, clock);
        Server.Always(reply => reply.StatusAsync(503));
        TurnFailed failed;
        do
        {
            failed = await host.FailAsync();
        }
        while (!failed.Message.Contains("repeatedly", StringComparison.Ordinal) && Server.Calls.Count < 100);

        var calls = Server.Calls.Count;
        var refused = await host.FailAsync();
        var other = await host.FailAsync(Requests.Hello with { Tenant = "tenant-2" });

        Assert.Matches("^The model server failed repeatedly; it will be tried again in [1-8] seconds.$", refused.Message);
        Assert.Equal("server_error", refused.Code);
        Assert.Contains("503", other.Message, StringComparison.Ordinal);
        Assert.Equal(calls + 3, Server.Calls.Count);
        Assert.DoesNotContain(host.Lines.All, line => line.Contains("tenant-1", StringComparison.Ordinal));

        clock.Skip(TimeSpan.FromSeconds(8));
        Server.NextEvents(Completed());
        Assert.IsType<TurnCompleted>((await host.RunAsync())[^1]);
    }
}
