namespace AssistantsMcp.Engine.Storage;

/// <summary>A SQLite file is for one process; should another one use it, looking at the database has to do.</summary>
internal sealed class NoNotices : INotices
{
    public string? Process => null;

    public bool Tell(string? process, string text) => true;

    public Task ListenAsync(Action<string> heard, CancellationToken cancellationToken) => Task.CompletedTask;
}
