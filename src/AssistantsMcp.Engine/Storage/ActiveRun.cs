namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// The working side of a run that has not ended: its place in the queue, its lease, and what only the engine needs.
/// The row exists exactly as long as the run is active, one to a thread; ending the run erases it and the key in it.
/// </summary>
internal sealed record ActiveRun
{
    public required string Tenant { get; init; }

    public required string ThreadId { get; init; }

    public required string RunId { get; init; }

    /// <summary>The run's status as its object shows it.</summary>
    public required string Status { get; init; }

    /// <summary>When it last became ready to be worked on, in Unix milliseconds: its place in the queue.</summary>
    public required long QueuedAt { get; init; }

    /// <summary>When it becomes <c>expired</c>, in Unix seconds.</summary>
    public required long ExpiresAt { get; init; }

    /// <summary>Grows with each claim; a worker whose number is no longer this one has lost the run.</summary>
    public long Fence { get; init; }

    /// <summary>Until when the present worker holds it, in Unix milliseconds; 0 when nobody does.</summary>
    public long LeaseUntil { get; init; }

    /// <summary>How often the present model turn was begun.</summary>
    public int Attempts { get; init; }

    /// <summary>The caller's key, sealed; null in the sandbox and where the server holds the model key itself.</summary>
    public byte[]? SealedKey { get; init; }

    public bool IsSandbox { get; init; }

    /// <summary>The engine's own notes on the run, as JSON.</summary>
    public required byte[] State { get; init; }
}
