using AssistantsMcp.Engine.Runs;

namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// The working side of a run that has not ended: its place in the queue, its lease, and what only the engine needs.
/// The row exists exactly as long as the run is active, one to a thread; ending the run erases it and the key in it.
/// </summary>
/// <remarks>Its moments are those of the <see cref="QueueClock"/>.</remarks>
internal sealed record ActiveRun
{
    public required string Tenant { get; init; }

    public required string ThreadId { get; init; }

    public required string RunId { get; init; }

    /// <summary>The run's status as its object shows it.</summary>
    public required string Status { get; init; }

    /// <summary>When it last became ready to be worked on, in Unix milliseconds: its place among those of its turn.</summary>
    public required long QueuedAt { get; init; }

    /// <summary>In which turn of its tenant it is taken, if it must wait.</summary>
    public long Turn { get; init; }

    /// <summary>When it becomes <c>expired</c>, in Unix seconds.</summary>
    public required long ExpiresAt { get; init; }

    /// <summary>Grows when a worker takes the run or gives it back; one whose number is no longer this one has it no more.</summary>
    public long Fence { get; init; }

    /// <summary>Until when the present worker holds it, in Unix milliseconds; 0 when nobody does.</summary>
    public long LeaseUntil { get; init; }

    /// <summary>How often the present model turn was begun.</summary>
    public int Attempts { get; init; }

    /// <summary>The caller's key, sealed; null in the sandbox and where the server holds the model key itself.</summary>
    public byte[]? SealedKey { get; init; }

    public bool IsSandbox { get; init; }

    /// <summary>The process that streams it to a client while another one may work on it, or null.</summary>
    public string? WatchedBy { get; init; }

    /// <summary>Whether it waits for a worker.</summary>
    public bool IsWaiting => LeaseUntil == 0 && Status != RunStatuses.RequiresAction;

    /// <summary>The engine's own notes on the run, as JSON.</summary>
    public required byte[] State { get; init; }
}
