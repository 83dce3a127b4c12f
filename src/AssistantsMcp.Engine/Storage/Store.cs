using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Storage;

/// <summary>The only way to the database. Reads see what is committed; an answer is sent only after its commit.</summary>
internal sealed class Store(IDatabase database)
{
    /// <summary>An object, or null.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="tenant">Whose it is; another tenant's is as good as missing.</param>
    /// <param name="id">Its id.</param>
    /// <param name="parent">The thread of a message or run, the run of a step.</param>
    public ValueTask<StoredObject?> FindAsync(Kind kind, string tenant, string id, string parent = "") =>
        database.ReadAsync(session => ObjectQueries.FindAsync(session, kind, tenant, id, parent));

    /// <summary>An object.</summary>
    /// <exception cref="ApiException">There is none.</exception>
    public async ValueTask<StoredObject> GetAsync(Kind kind, string tenant, string id, string parent = "") =>
        await FindAsync(kind, tenant, id, parent) ?? throw ApiException.NotFound(kind.Noun(), id);

    /// <summary>A message or run of a thread.</summary>
    /// <exception cref="ApiException">The thread, or the object in it, does not exist.</exception>
    public ValueTask<StoredObject> GetInThreadAsync(Kind kind, string tenant, string threadId, string id) =>
        database.ReadAsync(session => ObjectQueries.GetInThreadAsync(session, kind, tenant, threadId, id));

    /// <summary>One page of the objects below a parent.</summary>
    /// <exception cref="ApiException">A cursor names no object of this list.</exception>
    public ValueTask<ListPage> ListAsync(Kind kind, string tenant, ListQuery query, string parent = "") =>
        database.ReadAsync(session => ObjectQueries.ListAsync(session, kind, tenant, parent, query));

    /// <summary>The newest objects below a parent, oldest first.</summary>
    public ValueTask<IReadOnlyList<StoredObject>> NewestAsync(Kind kind, string tenant, string parent, int count) =>
        database.ReadAsync(session => ObjectQueries.NewestAsync(session, kind, tenant, parent, count));

    /// <summary>A file's bytes, or null.</summary>
    public ValueTask<byte[]?> FindFileContentAsync(string tenant, string id) =>
        database.ReadAsync(session => FileQueries.FindContentAsync(session, tenant, id));

    /// <summary>One page of the files, of one purpose or of all.</summary>
    /// <exception cref="ApiException">The cursor names no file.</exception>
    public ValueTask<ListPage> ListFilesAsync(string tenant, string? purpose, ListQuery query) =>
        database.ReadAsync(session => FileQueries.ListAsync(session, tenant, purpose, query));

    /// <summary>The assistants and threads in whose JSON a file's id occurs, and the vector stores that hold it (with the kind of its entry).</summary>
    public ValueTask<IReadOnlyList<(Kind Kind, string Id)>> FindMentionsAsync(string tenant, string id) =>
        database.ReadAsync(session => FileQueries.MentionsAsync(session, tenant, id));

    /// <summary>The file kept here of which the model provider has a copy under that id, or null.</summary>
    public ValueTask<string?> FindOriginalAsync(string tenant, string copyId) =>
        database.ReadAsync(session => FileQueries.FindOriginalAsync(session, tenant, copyId));

    /// <summary>The id of the run that is active on a thread, or null.</summary>
    public ValueTask<string?> FindActiveRunAsync(string tenant, string threadId) =>
        database.ReadAsync(session => QueueQueries.FindActiveAsync(session, tenant, threadId));

    /// <summary>
    /// The thread whose run is next to be worked on: of the tenants with the fewest runs in work, if these are fewer than
    /// that many, the one whose turn it is.
    /// </summary>
    public ValueTask<(string Tenant, string ThreadId)?> NextWaitingRunOfAnyTenantAsync(int mostPerTenant) =>
        database.ReadAsync(session => QueueQueries.NextWaitingAsync(session, mostPerTenant));

    /// <summary>How many runs of a tenant wait for a worker.</summary>
    public ValueTask<long> CountWaitingRunsAsync(string tenant) =>
        database.ReadAsync(session => QueueQueries.CountWaitingAsync(session, tenant));

    /// <summary>The runs that wait for a worker, whosever they are.</summary>
    public ValueTask<WaitingRuns> WaitingRunsOfAllTenantsAsync() => database.ReadAsync(QueueQueries.WaitingOfAllTenantsAsync);

    /// <summary>The thread of a run whose time is over and that no worker holds, whosever it is.</summary>
    public ValueTask<(string Tenant, string ThreadId)?> NextExpiredRunOfAnyTenantAsync(DateTimeOffset now) =>
        database.ReadAsync(session => QueueQueries.NextExpiredAsync(session, now));

    /// <summary>Whether a worker of any tenant's run did not renew its lease. Asked every second, so that an idle server writes nothing.</summary>
    public ValueTask<bool> AnyLeaseOfAnyTenantLapsedAsync(DateTimeOffset now) =>
        database.ReadAsync(session => QueueQueries.AnyLapsedAsync(session, now));

    /// <summary>
    /// The active runs of all tenants that no worker holds, for they wait for one or for their client, and those whose
    /// events a process is told by another one.
    /// </summary>
    public ValueTask<IReadOnlySet<string>> AwaitedRunsOfAllTenantsAsync(string? process) =>
        database.ReadAsync(session => QueueQueries.AwaitedAsync(session, process));

    /// <summary>The answer that is kept for a tenant's <c>Idempotency-Key</c>, or null.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="keyHash">SHA-256 of the key.</param>
    /// <param name="outdated">Answers of this time and before do not count any more.</param>
    public ValueTask<KeptAnswer?> FindAnswerAsync(string tenant, byte[] keyHash, DateTimeOffset outdated) =>
        database.ReadAsync(session => IdempotencyQueries.FindAsync(session, tenant, keyHash, outdated));

    /// <summary>Whether answers of this time and before are kept, whosever they are.</summary>
    public ValueTask<bool> AnyOutdatedAnswerAsync(DateTimeOffset outdated) =>
        database.ReadAsync(session => IdempotencyQueries.AnyOutdatedOfAnyTenantAsync(session, outdated));

    /// <summary>Writes in one transaction, on disk when the task is done. Throwing undoes it.</summary>
    /// <param name="scope">What no other write may change meanwhile.</param>
    /// <param name="write">What to do.</param>
    /// <param name="cancellationToken">Withdraws a write that has not begun.</param>
    public Task<T> WriteAsync<T>(WriteScope scope, Func<StoreTransaction, ValueTask<T>> write, CancellationToken cancellationToken) =>
        database.WriteAsync(scope, write, cancellationToken);

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(WriteScope scope, Func<StoreTransaction, ValueTask> write, CancellationToken cancellationToken) =>
        database.WriteAsync(
            scope,
            async transaction =>
            {
                await write(transaction);
                return true;
            },
            cancellationToken);

    /// <inheritdoc cref="IDatabase.TryAddMessageAsync"/>
    public Task<bool> TryAddMessageAsync(string tenant, NewObject message, int most, CancellationToken cancellationToken) =>
        database.TryAddMessageAsync(tenant, message, most, cancellationToken);
}
