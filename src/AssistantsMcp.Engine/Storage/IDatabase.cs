namespace AssistantsMcp.Engine.Storage;

/// <summary>A database that keeps the store's tables. What differs between databases stays behind it.</summary>
internal interface IDatabase
{
    /// <summary>Opens the database and brings its schema up to date. To be called once, before anything else.</summary>
    /// <exception cref="StartupException">The database cannot be opened, or is newer than this program.</exception>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Reads what is committed.</summary>
    ValueTask<T> ReadAsync<T>(Func<DatabaseSession, ValueTask<T>> read);

    /// <summary>Writes in one transaction, committed and on disk when the task is done.</summary>
    /// <param name="scope">What no other write may change meanwhile.</param>
    /// <param name="write">What to do; throwing undoes it, and it alone.</param>
    /// <param name="cancellationToken">Withdraws a write that has not begun.</param>
    Task<T> WriteAsync<T>(WriteScope scope, Func<StoreTransaction, ValueTask<T>> write, CancellationToken cancellationToken);

    /// <summary>
    /// Adds a message, if its thread exists, has no active run, and is known to have room: a write that many may ask for
    /// at the same time, done together with others where the database gains by it.
    /// </summary>
    /// <param name="tenant">Whose thread it is.</param>
    /// <param name="message">The message.</param>
    /// <param name="most">How many messages a thread holds.</param>
    /// <param name="cancellationToken">Withdraws a message whose turn has not come.</param>
    /// <returns>Whether it was added; if not, nothing has happened, and only a write that looks closer tells why.</returns>
    Task<bool> TryAddMessageAsync(string tenant, NewObject message, int most, CancellationToken cancellationToken) =>
        WriteAsync(WriteScope.Of(tenant, message.Parent), write => write.TryAddMessageAsync(tenant, message, most), cancellationToken);
}
