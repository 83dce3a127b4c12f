namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// The time by which runs wait, are held and expire. It began with the system's clock when this process started and goes
/// on evenly from there, so that a system clock that is set forward lapses no lease and ends no run too early.
/// </summary>
internal class QueueClock(TimeProvider time)
{
    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly long _startStamp = time.GetTimestamp();

    public virtual DateTimeOffset Now => _start + time.GetElapsedTime(_startStamp);
}
