using System.Collections.Concurrent;

namespace AssistantsMcp.Tests.Models;

/// <summary>
/// A clock that lets no back-off take time: short timers fire at once, and time moves on by as much. Longer ones,
/// such as <c>Model:Timeout</c>, never fire.
/// </summary>
/// <param name="longest">The longest timer that is short; 61 seconds unless told.</param>
internal sealed class ImpatientClock(TimeSpan? longest = null) : TimeProvider
{
    private readonly TimeSpan _longest = longest ?? TimeSpan.FromSeconds(61);
    private long _skipped;

    /// <summary>The delays that were asked for, in order.</summary>
    public ConcurrentQueue<TimeSpan> Delays { get; } = new();

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddYears(56).AddTicks(Interlocked.Read(ref _skipped));

    /// <summary>Moves time on.</summary>
    public void Skip(TimeSpan time) => Interlocked.Add(ref _skipped, time.Ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < TimeSpan.Zero || dueTime > _longest)
        {
            return System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        Delays.Enqueue(dueTime);
        Skip(dueTime);
        return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
