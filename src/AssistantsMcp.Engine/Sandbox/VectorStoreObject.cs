using System.Text.Json;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>A vector store on the wire.</summary>
internal sealed record VectorStoreObject
{
    public required string Id { get; init; }

    public string Object { get; } = "vector_store";

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public long UsageBytes { get; init; }

    public VectorStoreFileCounts FileCounts { get; init; } = new(0, 0, 0, 0, 0);

    /// <summary>Always <c>completed</c>: files are ready as soon as they are added.</summary>
    public string Status { get; } = "completed";

    /// <summary>As sent, or null. Stores kept here do not expire.</summary>
    public JsonElement? ExpiresAfter { get; init; }

    /// <summary>Unix seconds.</summary>
    public long? ExpiresAt { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long LastActiveAt { get; init; }

    public JsonElement Metadata { get; init; } = EngineJson.EmptyObject;

    public static VectorStoreObject Create(DateTimeOffset now) => new()
    {
        Id = ObjectId.NewVectorStore(),
        CreatedAt = now.ToUnixTimeSeconds(),
        LastActiveAt = now.ToUnixTimeSeconds(),
    };

    /// <summary>The store after a request: what is absent stays, what is <c>null</c> returns to its default.</summary>
    public VectorStoreObject Apply(RequestBody request, DateTimeOffset now) => this with
    {
        Name = request.Text("name", Name),
        Description = request.Text("description", Description),
        ExpiresAfter = request.Has("expires_after") ? request.Value("expires_after") : ExpiresAfter,
        LastActiveAt = now.ToUnixTimeSeconds(),
        Metadata = request.Metadata(Metadata),
    };

    /// <summary>The store with one file more (1) or less (-1).</summary>
    public VectorStoreObject Count(VectorStoreFileObject file, int change) => this with
    {
        UsageBytes = UsageBytes + (change * file.UsageBytes),
        FileCounts = FileCounts with
        {
            Completed = FileCounts.Completed + (file.LastError is null ? change : 0),
            Failed = FileCounts.Failed + (file.LastError is null ? 0 : change),
            Total = FileCounts.Total + change,
        },
    };
}

/// <summary>How many files of a store are in which state.</summary>
internal sealed record VectorStoreFileCounts(int InProgress, int Completed, int Failed, int Cancelled, int Total);

/// <summary>A file in a vector store on the wire; its id is the file's own.</summary>
internal sealed record VectorStoreFileObject
{
    private static readonly JsonElement _chunkingStrategy = JsonElement.Parse(
        """{"type":"static","static":{"max_chunk_size_tokens":800,"chunk_overlap_tokens":400}}"""u8);

    public required string Id { get; init; }

    public string Object { get; } = "vector_store.file";

    public required long UsageBytes { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }

    public required string VectorStoreId { get; init; }

    /// <summary><c>completed</c>, or <c>failed</c> with an error.</summary>
    public string Status => LastError is null ? "completed" : "failed";

    public VectorStoreFileError? LastError { get; init; }

    /// <summary>Shown as asked for, or as the service's default; the sandbox always cuts alike.</summary>
    public JsonElement ChunkingStrategy { get; init; } = _chunkingStrategy;

    public JsonElement Attributes { get; init; } = EngineJson.EmptyObject;
}

/// <summary>Why a file cannot be searched.</summary>
internal sealed record VectorStoreFileError(string Code, string Message)
{
    public static readonly VectorStoreFileError Unsupported = new("unsupported_file", "The sandbox searches text files (UTF-8) only.");
}

/// <summary>A batch of files added to a vector store, on the wire.</summary>
internal sealed record VectorStoreFileBatchObject
{
    public required string Id { get; init; }

    public string Object { get; } = "vector_store.files_batch";

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }

    public required string VectorStoreId { get; init; }

    public string Status { get; } = "completed";

    public required VectorStoreFileCounts FileCounts { get; init; }

    public static VectorStoreFileBatchObject Create(string storeId, DateTimeOffset now) => new()
    {
        Id = ObjectId.NewVectorStoreFileBatch(),
        CreatedAt = now.ToUnixTimeSeconds(),
        VectorStoreId = storeId,
        FileCounts = new VectorStoreFileCounts(0, 0, 0, 0, 0),
    };

    public VectorStoreFileBatchObject With(IReadOnlyList<VectorStoreFileObject> files)
    {
        var failed = files.Count(file => file.LastError is not null);
        return this with { FileCounts = new VectorStoreFileCounts(0, files.Count - failed, failed, 0, files.Count) };
    }
}
