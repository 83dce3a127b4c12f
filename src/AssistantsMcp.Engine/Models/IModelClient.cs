namespace AssistantsMcp.Engine.Models;

/// <summary>Something that answers model turns.</summary>
internal interface IModelClient
{
    /// <summary>Streams one model turn as events in arrival order.</summary>
    /// <param name="request">Instructions, messages oldest first, and tools of one turn.</param>
    /// <param name="cancellationToken">Ends the turn and the call behind it.</param>
    /// <returns>Events as <see cref="ModelEvent"/> orders them. A failure is the last event, not an exception.</returns>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> asked for it.</exception>
    IAsyncEnumerable<ModelEvent> StreamAsync(ModelRequest request, CancellationToken cancellationToken);
}
