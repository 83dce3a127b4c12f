namespace AssistantsMcp.Engine.Storage;

/// <summary>Where a run comes in the queue that is about to join it.</summary>
/// <param name="IsNext">
/// Whether a free worker may take it at once: its tenant may have one more in work, and no other run waits that the
/// worker could take.
/// </param>
/// <param name="Turn">
/// The turn in which it is taken if it must wait: the one after the tenant's last, but not before the present one. So the
/// first waiting run of every tenant comes before the second one of any.
/// </param>
/// <param name="Waiting">How many runs of its tenant wait already.</param>
internal readonly record struct QueuePlace(bool IsNext, long Turn, long Waiting);
