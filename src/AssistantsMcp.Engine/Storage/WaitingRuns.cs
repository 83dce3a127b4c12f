namespace AssistantsMcp.Engine.Storage;

/// <summary>How many runs wait for a worker.</summary>
/// <param name="Count">Those of all tenants.</param>
/// <param name="OldestQueuedAt">Since when the first of them waits, in Unix milliseconds; null when none does.</param>
internal sealed record WaitingRuns(long Count, long? OldestQueuedAt);
