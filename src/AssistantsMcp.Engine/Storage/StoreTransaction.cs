using System.Buffers;
using System.Data.Common;
using System.Globalization;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// What can be done inside one write. Everything in it happens or nothing does, and nothing else happens between.
/// Every statement carries the tenant, except those whose name says that they see every tenant.
/// </summary>
internal sealed class StoreTransaction(DatabaseSession session)
{
    private Action? _committed;

    /// <summary>
    /// Has something done once this write is on disk, and before any later commit: so what is told of writes is told
    /// in their order. It keeps the next write waiting, so it must be short. When the write is undone, nothing is done.
    /// </summary>
    public void OnCommitted(Action action) => _committed += action;

    /// <summary>To be called by the writer, after the commit.</summary>
    public void Committed() => _committed?.Invoke();

    /// <summary>Makes the commit write to the disk, though nothing is stored.</summary>
    public async ValueTask ProbeDiskAsync() => await session.Command(session.Dialect.ProbeDisk).ExecuteNonQueryAsync();

    private const string InsertObject = """
        INSERT INTO objects (kind, tenant, id, parent, run_id, body) VALUES (@kind, @tenant, @id, @parent, @run_id, @body)
        """;

    /// <summary>Stores a new object behind all others.</summary>
    public ValueTask InsertAsync(string tenant, NewObject added) => session.ExecuteAsync([Insert(tenant, added)]);

    private static Statement Insert(string tenant, NewObject added) => added.Kind == Kind.Message ? MessageQueries.Insert(tenant, added) : new(
        InsertObject,
        ("@kind", (int)added.Kind),
        ("@tenant", tenant),
        ("@id", added.Id),
        ("@parent", added.Parent),
        ("@run_id", added.RunId),
        ("@body", added.Body));

    /// <summary>An object's stored JSON, or null.</summary>
    public async ValueTask<byte[]?> FindAsync(Kind kind, string tenant, string id, string parent = "") =>
        (await ObjectQueries.FindAsync(session, kind, tenant, id, parent))?.Body;

    /// <summary>An object's stored JSON.</summary>
    /// <exception cref="ApiException">There is none.</exception>
    public async ValueTask<byte[]> GetAsync(Kind kind, string tenant, string id, string parent = "") =>
        await FindAsync(kind, tenant, id, parent) ?? throw ApiException.NotFound(kind.Noun(), id);

    /// <summary>The stored JSON of a message or run of a thread.</summary>
    /// <exception cref="ApiException">The thread, or the object in it, does not exist.</exception>
    public async ValueTask<byte[]> GetInThreadAsync(Kind kind, string tenant, string threadId, string id) =>
        (await ObjectQueries.GetInThreadAsync(session, kind, tenant, threadId, id)).Body;

    private const string UpdateObject = "UPDATE objects SET body = @body WHERE tenant = @tenant AND id = @id";

    /// <summary>Replaces an object's JSON; its place in lists stays.</summary>
    public ValueTask UpdateAsync(string tenant, string id, byte[] body) => session.ExecuteAsync([Update(tenant, id, body)]);

    private static Statement Update(string tenant, string id, byte[] body) => new(UpdateObject, ("@body", body), ("@tenant", tenant), ("@id", id));

    private const string DeleteObject = """
        DELETE FROM objects WHERE tenant = @tenant AND id = @id AND kind = @kind AND parent = @parent
        """;

    /// <summary>Removes one object.</summary>
    /// <exception cref="ApiException">There is none.</exception>
    public async ValueTask DeleteAsync(Kind kind, string tenant, string id, string parent = "")
    {
        var deleted = await session.Command(
            DeleteObject, ("@tenant", tenant), ("@id", id), ("@kind", (int)kind), ("@parent", parent)).ExecuteNonQueryAsync();
        if (deleted == 0)
        {
            throw ApiException.NotFound(kind.Noun(), id);
        }
    }

    /// <summary>Stores the bytes of a file or a part of one.</summary>
    public ValueTask InsertFileContentAsync(string tenant, string id, string purpose, ReadOnlySequence<byte> content) =>
        session.Dialect.InsertContentAsync(session, tenant, id, purpose, content);

    /// <summary>Removes the bytes of a file, where there are any.</summary>
    public ValueTask DeleteFileContentAsync(string tenant, string id) => FileQueries.DeleteContentAsync(session, tenant, id);

    /// <summary>The bytes of a file or a part of one, or null.</summary>
    public ValueTask<byte[]?> FindFileContentAsync(string tenant, string id) => FileQueries.FindContentAsync(session, tenant, id);

    /// <summary>How many bytes all files of a tenant have.</summary>
    public ValueTask<long> FileBytesAsync(string tenant) => FileQueries.ContentBytesAsync(session, tenant);

    /// <summary>Keeps an answer, unless a later one than <paramref name="outdated"/> is kept for the same key: then false.</summary>
    public ValueTask<bool> TryKeepAnswerAsync(KeptAnswer answer, DateTimeOffset outdated) =>
        IdempotencyQueries.TryKeepAsync(session, answer, outdated);

    /// <summary>Removes the oldest answers of this time and before, whosever they are.</summary>
    /// <returns>How many; fewer where another process is removing some.</returns>
    public ValueTask<int> DeleteOutdatedAnswersOfAnyTenantAsync(DateTimeOffset outdated, int most) =>
        IdempotencyQueries.DeleteOutdatedOfAnyTenantAsync(session, outdated, most);

    private const string DeleteContentsOfParts = """
        DELETE FROM file_contents WHERE tenant = @tenant
            AND id IN (SELECT id FROM objects WHERE tenant = @tenant AND kind = 11 AND parent = @upload)
        """;

    private const string DeletePartsOfUpload = "DELETE FROM objects WHERE tenant = @tenant AND kind = 11 AND parent = @upload";

    /// <summary>Removes the parts of an upload and their bytes.</summary>
    public async ValueTask DeleteUploadPartsAsync(string tenant, string uploadId)
    {
        await session.Command(DeleteContentsOfParts, ("@tenant", tenant), ("@upload", uploadId)).ExecuteNonQueryAsync();
        await session.Command(DeletePartsOfUpload, ("@tenant", tenant), ("@upload", uploadId)).ExecuteNonQueryAsync();
    }

    /// <summary>Removes the uploads whose time is over, finished or not, with their parts.</summary>
    public async ValueTask DeleteExpiredUploadsAsync(string tenant, DateTimeOffset now)
    {
        var expired = new List<string>();
        await using (var reader = await session.Command(session.Dialect.ExpiredUploads, ("@tenant", tenant), ("@now", now.ToUnixTimeSeconds())).ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                expired.Add(reader.GetString(0));
            }
        }

        foreach (var uploadId in expired)
        {
            await DeleteUploadPartsAsync(tenant, uploadId);
            await DeleteAsync(Kind.Upload, tenant, uploadId);
        }
    }

    private const string UpdateFileOfStore = """
        UPDATE objects SET body = @body WHERE tenant = @tenant AND id = @id AND kind = 8 AND parent = @store
        """;

    /// <summary>Replaces the JSON of a file in a vector store; the file itself has the same id and stays.</summary>
    public async ValueTask UpdateFileOfStoreAsync(string tenant, string storeId, string fileId, byte[] body) =>
        await session.Command(
            UpdateFileOfStore, ("@body", body), ("@tenant", tenant), ("@id", fileId), ("@store", storeId)).ExecuteNonQueryAsync();

    private const string DeletePartsOfStore = "DELETE FROM objects WHERE tenant = @tenant AND kind IN (8, 9) AND parent = @store";

    /// <summary>Removes a vector store and what it says of its files; the files themselves stay.</summary>
    /// <exception cref="ApiException">There is no such store.</exception>
    public async ValueTask DeleteVectorStoreAsync(string tenant, string storeId)
    {
        await DeleteAsync(Kind.VectorStore, tenant, storeId);
        await session.Command(DeletePartsOfStore, ("@tenant", tenant), ("@store", storeId)).ExecuteNonQueryAsync();
    }

    private const string DeleteStepsOfThread = """
        DELETE FROM objects WHERE tenant = @tenant AND kind = 5
            AND parent IN (SELECT id FROM objects WHERE tenant = @tenant AND kind = 4 AND parent = @thread)
        """;

    private const string DeletePartsOfThread = "DELETE FROM objects WHERE tenant = @tenant AND kind IN (3, 4, 20) AND parent = @thread";

    private const string DeleteCodeContainers = "DELETE FROM objects WHERE tenant = @tenant AND kind = 20 AND parent = @thread";

    /// <summary>Forgets where the code of a thread worked.</summary>
    public async ValueTask DeleteCodeContainersAsync(string tenant, string threadId) =>
        await session.Command(DeleteCodeContainers, ("@tenant", tenant), ("@thread", threadId)).ExecuteNonQueryAsync();

    /// <summary>Removes a thread and everything below it, and ends its active run by taking it from the queue.</summary>
    /// <exception cref="ApiException">There is no such thread.</exception>
    public async ValueTask DeleteThreadAsync(string tenant, string threadId)
    {
        await DeleteAsync(Kind.Thread, tenant, threadId);
        await session.Command(DeleteStepsOfThread, ("@tenant", tenant), ("@thread", threadId)).ExecuteNonQueryAsync();
        await session.Command(DeletePartsOfThread, ("@tenant", tenant), ("@thread", threadId)).ExecuteNonQueryAsync();
        await RemoveActiveRunAsync(tenant, threadId);
    }

    /// <summary>Adds a message, if its thread exists, has no active run, and is known to have room.</summary>
    /// <returns>Whether it was added; if not, only looking closer tells why.</returns>
    public ValueTask<bool> TryAddMessageAsync(string tenant, NewObject message, int most) =>
        MessageQueries.TryAddAsync(session, tenant, message, most);

    /// <summary>What a thread's messages do not outnumber, found at once however many they are; null where only counting tells.</summary>
    public ValueTask<long?> MostMessagesAsync(string tenant, string threadId) => MessageQueries.MostAsync(session, tenant, threadId);

    /// <summary>How many messages a thread holds.</summary>
    public ValueTask<long> CountMessagesAsync(string tenant, string threadId) => MessageQueries.CountAsync(session, tenant, threadId);

    private const string HasMessages = """
        SELECT EXISTS (SELECT 1 FROM objects WHERE tenant = @tenant AND kind = 3 AND parent = @thread)
        """;

    /// <summary>Whether a thread holds any message.</summary>
    public async ValueTask<bool> HasMessagesAsync(string tenant, string threadId) =>
        Convert.ToInt64(
            await session.Command(HasMessages, ("@tenant", tenant), ("@thread", threadId)).ExecuteScalarAsync(),
            CultureInfo.InvariantCulture) != 0;

    // Active runs

    private const string ActiveRunColumns =
        "tenant, thread_id, run_id, status, queued_at, expires_at, fence, lease_until, attempts, is_sandbox, sealed_key, state, turn, watched_by";

    private const string FindActiveRun = $"SELECT {ActiveRunColumns} FROM active_runs WHERE tenant = @tenant AND thread_id = @thread";

    /// <summary>The run that is active on a thread, or null.</summary>
    public async ValueTask<ActiveRun?> FindActiveRunAsync(string tenant, string threadId) =>
        await ReadActiveRunAsync(session.Command(FindActiveRun, ("@tenant", tenant), ("@thread", threadId)));

    private const string UpsertActiveRun = $"""
        INSERT INTO active_runs ({ActiveRunColumns})
        VALUES (@tenant, @thread_id, @run_id, @status, @queued_at, @expires_at, @fence, @lease_until, @attempts, @is_sandbox, @sealed_key, @state, @turn, @watched_by)
        ON CONFLICT (tenant, thread_id) DO UPDATE SET
            status = excluded.status, queued_at = excluded.queued_at, fence = excluded.fence, lease_until = excluded.lease_until,
            attempts = excluded.attempts, sealed_key = excluded.sealed_key, state = excluded.state, turn = excluded.turn, watched_by = excluded.watched_by
        """;

    /// <summary>Adds the active run of a thread, or changes it; that no other run is active was checked in this transaction.</summary>
    public ValueTask SaveActiveRunAsync(ActiveRun run) => session.ExecuteAsync([SaveActiveRun(run)]);

    private static Statement SaveActiveRun(ActiveRun run) => new(
        UpsertActiveRun,
        ("@tenant", run.Tenant),
        ("@thread_id", run.ThreadId),
        ("@run_id", run.RunId),
        ("@status", run.Status),
        ("@queued_at", run.QueuedAt),
        ("@expires_at", run.ExpiresAt),
        ("@fence", run.Fence),
        ("@lease_until", run.LeaseUntil),
        ("@attempts", run.Attempts),
        ("@is_sandbox", run.IsSandbox ? 1 : 0),
        ("@sealed_key", run.SealedKey),
        ("@state", run.State),
        ("@turn", run.Turn),
        ("@watched_by", run.WatchedBy));

    private const string RemoveActiveRun = "DELETE FROM active_runs WHERE tenant = @tenant AND thread_id = @thread";

    /// <summary>Takes a thread's run from the queue, and with it the sealed key.</summary>
    public ValueTask RemoveActiveRunAsync(string tenant, string threadId) => session.ExecuteAsync([RemoveActive(tenant, threadId)]);

    private static Statement RemoveActive(string tenant, string threadId) => new(RemoveActiveRun, ("@tenant", tenant), ("@thread", threadId));

    /// <summary>Stores what has changed with a run.</summary>
    /// <param name="active">The run's working side as it is now.</param>
    /// <param name="isOver">Whether that is over, and goes.</param>
    /// <param name="added">New objects, which get behind all others in this order.</param>
    /// <param name="changed">Objects that there were, with their new JSON.</param>
    public ValueTask SaveRunAsync(ActiveRun active, bool isOver, IEnumerable<NewObject> added, IEnumerable<(string Id, byte[] Body)> changed) =>
        session.ExecuteAsync(
        [
            .. added.Select(item => Insert(active.Tenant, item)),
            .. changed.Select(item => Update(active.Tenant, item.Id, item.Body)),
            isOver ? RemoveActive(active.Tenant, active.ThreadId) : SaveActiveRun(active),
        ]);

    /// <summary>Where a run of a tenant comes in the queue.</summary>
    /// <param name="tenant">Whose run.</param>
    /// <param name="hasWorker">Whether a worker is free for it.</param>
    /// <param name="mostPerTenant">How many runs of a tenant may be in work.</param>
    public ValueTask<QueuePlace> FindPlaceInQueueAsync(string tenant, bool hasWorker, int mostPerTenant) =>
        QueueQueries.FindPlaceAsync(session, tenant, hasWorker, mostPerTenant);

    /// <summary>How many runs of a tenant are in work, in all processes.</summary>
    public ValueTask<long> CountHeldRunsAsync(string tenant) => QueueQueries.CountHeldAsync(session, tenant);

    /// <summary>Keeps a run for its worker, unless another one has it or the worker has given it back: both raise the fence.</summary>
    /// <returns>The run's status, or null when it is no longer the worker's.</returns>
    public ValueTask<string?> RenewLeaseAsync(ActiveRun run, DateTimeOffset until) => QueueQueries.RenewAsync(session, run, until);

    /// <summary>Takes the runs of all tenants from workers that did not renew their leases.</summary>
    public ValueTask ReleaseLapsedRunsOfAllTenantsAsync(DateTimeOffset now) => QueueQueries.ReleaseLapsedAsync(session, now);

    private static async ValueTask<ActiveRun?> ReadActiveRunAsync(DbCommand command)
    {
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync()
            ? new ActiveRun
            {
                Tenant = reader.GetString(0),
                ThreadId = reader.GetString(1),
                RunId = reader.GetString(2),
                Status = reader.GetString(3),
                QueuedAt = reader.GetInt64(4),
                ExpiresAt = reader.GetInt64(5),
                Fence = reader.GetInt64(6),
                LeaseUntil = reader.GetInt64(7),
                Attempts = reader.GetInt32(8),
                IsSandbox = reader.GetInt32(9) != 0,
                SealedKey = await reader.IsDBNullAsync(10) ? null : reader.GetFieldValue<byte[]>(10),
                State = reader.GetFieldValue<byte[]>(11),
                Turn = reader.GetInt64(12),
                WatchedBy = await reader.IsDBNullAsync(13) ? null : reader.GetString(13),
            }
            : null;
    }
}
