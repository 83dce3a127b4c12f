using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Models;
using Microsoft.Extensions.Time.Testing;

namespace AssistantsMcp.Tests.Models;

/// <summary>What is asked about a key, and how long the answer lasts.</summary>
public sealed class KeyVerifierTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new();
    private FakeResponsesServer _server = null!;
    private ModelTestHost _host = null!;

    public async Task InitializeAsync()
    {
        _server = await FakeResponsesServer.StartAsync();
        _host = ModelTestHost.For(_server.BaseUrl, _clock);
    }

    public async Task DisposeAsync()
    {
        Assert.Empty(_server.Unexpected);
        Assert.DoesNotContain(_host.Lines.All, line => line.Contains("sk-alice", StringComparison.Ordinal));
        await _host.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task KeyThatMayNotListModels_IsAccepted()
    {
        _server.NextStatus(403, """{"error":{"message":"You have insufficient permissions for this operation. Missing scopes: api.model.read."}}""");

        Assert.Equal("Accepted", (await VerifyAsync()).ToString());
    }

    [Theory]
    [InlineData(200, "Accepted")]
    [InlineData(204, "Accepted")]
    [InlineData(404, "Accepted")]
    [InlineData(405, "Accepted")]
    [InlineData(501, "Accepted")]
    [InlineData(429, "Accepted")]
    [InlineData(401, "Refused")]
    [InlineData(403, "Refused")]
    [InlineData(302, "Unavailable")]
    [InlineData(400, "Unavailable")]
    public async Task Status_IsTheVerdict_FromOneCall(int status, string verdict)
    {
        _server.Next(reply => status == 204 ? NoContentAsync(reply) : reply.StatusAsync(status));

        Assert.Equal(verdict, (await VerifyAsync()).ToString());

        var call = Assert.Single(_server.Calls);
        Assert.Equal(("GET", "/v1/models", "Bearer sk-alice"), (call.Method, call.Target, call.Headers["Authorization"]));
    }

    [Fact]
    public async Task AcceptedKey_IsRememberedForTenMinutes()
    {
        _server.NextStatus(200).NextStatus(401);
        Assert.Equal(KeyVerdict.Accepted, await VerifyAsync());

        _clock.Advance(TimeSpan.FromSeconds(599));
        Assert.Equal(KeyVerdict.Accepted, await VerifyAsync());
        Assert.Single(_server.Calls);

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(KeyVerdict.Refused, await VerifyAsync());
    }

    [Fact]
    public async Task RefusedKey_IsRememberedForTenSeconds()
    {
        _server.NextStatus(401).NextStatus(200);
        Assert.Equal(KeyVerdict.Refused, await VerifyAsync());

        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(KeyVerdict.Refused, await VerifyAsync());
        Assert.Single(_server.Calls);

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(KeyVerdict.Accepted, await VerifyAsync());
    }

    [Fact]
    public async Task ServerError_IsUnavailable_AndNotRemembered()
    {
        await using var host = ModelTestHost.For(_server.BaseUrl, new ImpatientClock(TimeSpan.FromSeconds(20)));
        _server.NextStatus(500).NextStatus(500).NextStatus(500).NextStatus(200);

        Assert.Equal(KeyVerdict.Unavailable, await VerifyAsync(host));
        Assert.Equal(KeyVerdict.Accepted, await VerifyAsync(host));
    }

    [Fact]
    public async Task UnreachableServer_IsUnavailable()
    {
        await using var host = ModelTestHost.For(new Uri("http://127.0.0.1:9/v1"), new ImpatientClock(TimeSpan.FromSeconds(20)));

        Assert.Equal(KeyVerdict.Unavailable, await VerifyAsync(host));
    }

    [Fact]
    public async Task SilentServer_IsUnavailable_AfterThirtySeconds()
    {
        _server.Next(reply => reply.HangAsync());

        var verdict = VerifyAsync();
        await _server.ArrivalAsync();
        _clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(KeyVerdict.Unavailable, await verdict);
    }

    [Fact]
    public async Task ConcurrentCallers_ShareOneCall_AndOneLeavingStopsNobody()
    {
        var answer = new TaskCompletionSource();
        _server.Next(async reply =>
        {
            await answer.Task;
            await reply.StatusAsync(200);
        });
        using var leaving = new CancellationTokenSource();

        var first = _host.Verifier.VerifyAsync(new ApiKey("sk-alice"), "alice", leaving.Token);
        var others = Enumerable.Range(0, 20).Select(_ => VerifyAsync()).ToList();
        await _server.ArrivalAsync();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        answer.SetResult();

        Assert.All(await Task.WhenAll(others), verdict => Assert.Equal(KeyVerdict.Accepted, verdict));
        Assert.Single(_server.Calls);
    }

    [Fact]
    public async Task OtherKey_IsAskedForItself()
    {
        _server.NextStatus(200).NextStatus(401);

        Assert.Equal(KeyVerdict.Accepted, await VerifyAsync());
        Assert.Equal(KeyVerdict.Refused, await _host.Verifier.VerifyAsync(new ApiKey("sk-bob"), "bob", CancellationToken.None));
    }

    private static Task NoContentAsync(FakeReply reply)
    {
        reply.Status = 204;
        return Task.CompletedTask;
    }

    private Task<KeyVerdict> VerifyAsync(ModelTestHost? host = null) =>
        (host ?? _host).Verifier.VerifyAsync(new ApiKey("sk-alice"), "alice", CancellationToken.None);
}
