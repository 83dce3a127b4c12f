using Microsoft.Extensions.Time.Testing;

namespace AssistantsMcp.Tests.Tools;

/// <summary>A clock that stands still, and knows when a call waits for a run: such a call looks up once in a second.</summary>
internal sealed class WaitClock() : FakeTimeProvider(DateTimeOffset.UtcNow)
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _waits = new(0);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime == _second && period == Timeout.InfiniteTimeSpan)
        {
            _waits.Release();
        }

        return timer;
    }

    /// <summary>Until one more call waits.</summary>
    public async Task WaitingAsync() => Assert.True(await _waits.WaitAsync(_patience));

    /// <summary>Lets time pass, second by second, until a call is answered.</summary>
    public async Task<T> PassAsync<T>(Task<T> call)
    {
        using var patience = new CancellationTokenSource(_patience);
        while (!call.IsCompleted)
        {
            if (await _waits.WaitAsync(TimeSpan.Zero, patience.Token))
            {
                Advance(_second);
            }
            else
            {
                await Task.Delay(1, patience.Token);
            }
        }

        return await call;
    }
}
