using System.Text.Json;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Files;
using AssistantsMcp.Engine.HostedTools;
using AssistantsMcp.Engine.PassThrough;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>The vector stores of the sandbox, kept in the database: searched by words, ready as soon as a file is added.</summary>
internal sealed class SandboxVectorStores(Store store, FileStore files, TimeProvider time) : IVectorStores
{
    private const int MostFiles = 1000;

    // For runs and attachments

    public async Task<string> CreateAsync(Caller caller, NewVectorStore wanted, CancellationToken cancellationToken)
    {
        var made = VectorStoreObject.Create(time.GetUtcNow()) with
        {
            ExpiresAfter = wanted.IdleDays is { } days ? ExpiresAfter(days) : null,
            Metadata = wanted.Metadata ?? EngineJson.EmptyObject,
        };
        return (await CreateAsync(caller.Tenant, made, [.. wanted.FileIds.Select(id => new NewStoreFile(id, wanted.ChunkingStrategy, null))], Once.Unkeyed, cancellationToken)).Id;
    }

    public Task AddFileAsync(Caller caller, string storeId, string fileId, CancellationToken cancellationToken) =>
        AddFilesAsync(caller.Tenant, storeId, [new NewStoreFile(fileId, null, null)], batch: null, Once.Unkeyed, cancellationToken);

    public async Task<VectorStoreState?> FindAsync(Caller caller, string storeId, CancellationToken cancellationToken) =>
        await store.FindAsync(Kind.VectorStore, caller.Tenant, storeId) is null ? null : new VectorStoreState(IsIndexing: false, HasExpired: false);

    /// <summary>
    /// The passages with any of a query's words, best first; of equals, the file that was added first comes first. A file
    /// that is in two of the stores is found twice, as it was by the service.
    /// </summary>
    /// <param name="tenant">Whose stores.</param>
    /// <param name="storeIds">The stores to look into. One that does not exist holds nothing.</param>
    /// <param name="query">Words to look for.</param>
    /// <param name="most">How many passages at most.</param>
    /// <param name="threshold">The lowest score that counts.</param>
    /// <param name="cancellationToken">Ends the search between two passages.</param>
    public async Task<IReadOnlyList<SandboxSearchHit>> SearchAsync(
        string tenant, IReadOnlyList<string> storeIds, string query, int most, double threshold, CancellationToken cancellationToken)
    {
        var words = SandboxSearch.Words(query);
        var hits = new List<SandboxSearchHit>();
        foreach (var storeId in storeIds)
        {
            foreach (var stored in await store.NewestAsync(Kind.VectorStoreFile, tenant, storeId, MostFiles))
            {
                var entry = EngineJson.ReadVectorStoreFile(stored.Body);
                if (await files.FindAsync(tenant, entry.Id) is { } file && await TextAsync(tenant, entry.Id) is { } text)
                {
                    hits.AddRange(SandboxSearch.Rate(words, text, cancellationToken)
                        .Where(rated => rated.Score > 0 && rated.Score >= threshold)
                        .Select(rated => new SandboxSearchHit(entry.Id, file.Filename, rated.Score, entry.Attributes, rated.Passage)));
                    hits = [.. hits.OrderByDescending(hit => hit.Score).Take(most)];
                }
            }
        }

        return hits;
    }

    // For the routes

    /// <summary>Stores a new vector store with its first files.</summary>
    /// <exception cref="ApiException">A file does not exist.</exception>
    public async Task<VectorStoreObject> CreateAsync(
        string tenant, VectorStoreObject made, IReadOnlyList<NewStoreFile> added, Once once, CancellationToken cancellationToken)
    {
        var entries = await ReadAsync(tenant, made.Id, added);
        return await store.WriteAsync(
            WriteScope.Nothing,
            async write =>
            {
                await write.InsertAsync(tenant, new NewObject(Kind.VectorStore, made.Id, EngineJson.Write(made)));
                var stored = await InsertAsync(write, tenant, made, entries, batchId: null);
                await once.KeepAsync(write, EngineJson.Write(stored));
                return stored;
            },
            cancellationToken);
    }

    /// <summary>Adds files to a vector store; one that is in it already stays as it is.</summary>
    /// <returns>The files as the store has them now.</returns>
    /// <exception cref="ApiException">The store or a file does not exist, or the store is full.</exception>
    public async Task<IReadOnlyList<VectorStoreFileObject>> AddFilesAsync(
        string tenant,
        string storeId,
        IReadOnlyList<NewStoreFile> added,
        VectorStoreFileBatchObject? batch,
        Once once,
        CancellationToken cancellationToken)
    {
        await store.GetAsync(Kind.VectorStore, tenant, storeId);
        var entries = await ReadAsync(tenant, storeId, added);
        await store.WriteAsync(
            WriteScope.Of(tenant, storeId),
            async write =>
            {
                var current = EngineJson.ReadVectorStore(await write.GetAsync(Kind.VectorStore, tenant, storeId));
                await InsertAsync(write, tenant, current with { LastActiveAt = time.GetUtcNow().ToUnixTimeSeconds() }, entries, batch?.Id);
                var answer = EngineJson.Write(entries[0]);
                if (batch is not null)
                {
                    answer = EngineJson.Write(batch.With(entries));
                    await write.InsertAsync(tenant, new NewObject(Kind.VectorStoreFileBatch, batch.Id, answer, storeId));
                }

                await once.KeepAsync(write, answer);
            },
            cancellationToken);
        return entries;
    }

    /// <summary>Takes a file out of a vector store as part of a larger write; the file itself stays.</summary>
    /// <exception cref="ApiException">The store has no such file.</exception>
    public static async ValueTask RemoveFileAsync(StoreTransaction write, string tenant, string storeId, string fileId)
    {
        var entry = EngineJson.ReadVectorStoreFile(await write.GetAsync(Kind.VectorStoreFile, tenant, fileId, storeId));
        var current = EngineJson.ReadVectorStore(await write.GetAsync(Kind.VectorStore, tenant, storeId));
        await write.DeleteAsync(Kind.VectorStoreFile, tenant, fileId, storeId);
        await write.UpdateAsync(tenant, storeId, EngineJson.Write(current.Count(entry, -1)));
    }

    /// <summary>A file's text, or null where it has none.</summary>
    public async Task<string?> TextAsync(string tenant, string fileId) =>
        await files.ReadContentAsync(tenant, fileId) is { } content ? SandboxSearch.Text(content) : null;

    private async Task<IReadOnlyList<VectorStoreFileObject>> ReadAsync(string tenant, string storeId, IReadOnlyList<NewStoreFile> added)
    {
        var entries = new List<VectorStoreFileObject>();
        foreach (var wanted in added.DistinctBy(file => file.FileId))
        {
            var file = await files.FindAsync(tenant, wanted.FileId) ?? throw ApiException.NoFile(wanted.FileId);
            var entry = new VectorStoreFileObject
            {
                Id = file.Id,
                UsageBytes = file.Bytes,
                CreatedAt = time.GetUtcNow().ToUnixTimeSeconds(),
                VectorStoreId = storeId,
                LastError = await TextAsync(tenant, file.Id) is null ? VectorStoreFileError.Unsupported : null,
                Attributes = wanted.Attributes ?? EngineJson.EmptyObject,
            };
            entries.Add(wanted.ChunkingStrategy is { } strategy && strategy.GetProperty("type").ValueEquals("static") ? entry with { ChunkingStrategy = strategy } : entry);
        }

        return entries;
    }

    private static async ValueTask<VectorStoreObject> InsertAsync(
        StoreTransaction write, string tenant, VectorStoreObject into, IReadOnlyList<VectorStoreFileObject> entries, string? batchId)
    {
        foreach (var entry in entries)
        {
            await write.GetAsync(Kind.File, tenant, entry.Id);
            if (await write.FindAsync(Kind.VectorStoreFile, tenant, entry.Id, into.Id) is null)
            {
                await write.InsertAsync(tenant, new NewObject(Kind.VectorStoreFile, entry.Id, EngineJson.Write(entry), into.Id, batchId));
                into = into.Count(entry, 1);
            }
        }

        if (into.FileCounts.Total > MostFiles)
        {
            throw ApiException.SandboxIsFull($"{MostFiles} files in a vector store");
        }

        await write.UpdateAsync(tenant, into.Id, EngineJson.Write(into));
        return into;
    }

    private static JsonElement ExpiresAfter(int days) => EngineJson.Build(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("anchor", "last_active_at");
        writer.WriteNumber("days", days);
        writer.WriteEndObject();
    });
}

/// <summary>A file about to be added to a vector store.</summary>
internal sealed record NewStoreFile(string FileId, JsonElement? ChunkingStrategy, JsonElement? Attributes);
