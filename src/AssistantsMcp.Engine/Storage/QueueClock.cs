namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// The time by which runs wait, are held and expire. It began with the system's clock when this process started and goes
/// on evenly from there, so that a system clock that is set forward lapses no lease and ends no run too early.
/// </summary>
internal class QueueClock(TimeProvider time)
{
    private Reading _last = new(time.GetUtcNow(), time.GetTimestamp());

    public DateTimeOffset Now
    {
        get
        {
            var last = Volatile.Read(ref _last);
            return last.Time + time.GetElapsedTime(last.Stamp);
        }
    }

    /// <summary>Agrees with the other processes on what time it is; alone, there is nobody to agree with.</summary>
    public virtual ValueTask SyncAsync() => ValueTask.CompletedTask;

    protected void Set(DateTimeOffset now) => Volatile.Write(ref _last, new Reading(now, time.GetTimestamp()));

    /// <param name="Time">The time.</param>
    /// <param name="Stamp">When it was that time, on a clock that never jumps.</param>
    private sealed record Reading(DateTimeOffset Time, long Stamp);
}
