using Microsoft.Extensions.Time.Testing;

namespace AssistantsMcp.Tests.Execution;

/// <summary>A clock that is set forward or back while time goes on evenly, as timers and stamps show it.</summary>
internal sealed class JumpingClock : FakeTimeProvider
{
    private long _offset;

    public JumpingClock()
        : base(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000))
    {
    }

    public void Jump(TimeSpan offset) => Interlocked.Add(ref _offset, offset.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _offset));

    public override long GetTimestamp() => base.GetUtcNow().Ticks;
}
