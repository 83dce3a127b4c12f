using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Tests.Storage;

public sealed class KeyedTurnsTests
{
    private readonly KeyedTurns<int> _turns = new();

    [Fact]
    public async Task SameKey_IsTakenInTheOrderOfAsking()
    {
        var first = await TakeAsync(1);
        var second = TakeAsync(1);
        var third = TakeAsync(1);

        first.Dispose();
        var got = await second;
        Assert.False(third.IsCompleted);
        got.Dispose();
        (await third).Dispose();

        Assert.Equal(0, _turns.Count);
    }

    [Fact]
    public async Task OtherKeys_NeverWait()
    {
        var taken = Enumerable.Range(0, 5_000).Select(TakeAsync).ToList();

        Assert.All(taken, turn => Assert.True(turn.IsCompletedSuccessfully));
        foreach (var turn in taken)
        {
            (await turn).Dispose();
        }

        Assert.Equal(0, _turns.Count);
    }

    [Fact]
    public async Task SeveralKeys_AreHadTogether()
    {
        var held = await TakeAsync(2);
        var both = TakeAsync(1, 2);
        var behind = TakeAsync(1);

        Assert.False(both.IsCompleted);
        held.Dispose();
        var got = await both;
        Assert.False(behind.IsCompleted);
        got.Dispose();
        (await behind).Dispose();

        Assert.Equal(0, _turns.Count);
    }

    [Fact]
    public async Task WhoStopsWaiting_LetsGoOfWhatItHas()
    {
        using var patience = new CancellationTokenSource();
        var held = await TakeAsync(2);
        var both = _turns.TakeAsync([1, 2], patience.Token).AsTask();

        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => both);

        Assert.Equal(1, _turns.Count);
        held.Dispose();
        Assert.Equal(0, _turns.Count);
    }

    [Fact]
    public async Task TurnEndedTwice_IsOneTurn()
    {
        var first = await TakeAsync(1);
        first.Dispose();
        var second = await TakeAsync(1);

        first.Dispose();

        Assert.False(TakeAsync(1).IsCompleted);
        second.Dispose();
    }

    private Task<IDisposable> TakeAsync(params int[] keys) => _turns.TakeAsync(keys, CancellationToken.None).AsTask();

    private Task<IDisposable> TakeAsync(int key) => _turns.TakeAsync(key, CancellationToken.None).AsTask();
}
