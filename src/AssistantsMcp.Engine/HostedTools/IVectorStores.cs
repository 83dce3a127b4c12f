using System.Text.Json;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>The vector stores that file search looks into.</summary>
internal interface IVectorStores
{
    /// <summary>Makes a store.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="ApiException">There are no vector stores here, or the request was refused.</exception>
    Task<string> CreateAsync(Caller caller, NewVectorStore wanted, CancellationToken cancellationToken);

    /// <summary>Adds a file to a store; it is found once it has been indexed.</summary>
    /// <exception cref="ApiException">The store or the file does not exist, or there are no vector stores here.</exception>
    Task AddFileAsync(Caller caller, string storeId, string fileId, CancellationToken cancellationToken);

    /// <summary>What a store is doing; null where it does not exist.</summary>
    /// <exception cref="ApiException">Nobody could be asked.</exception>
    Task<VectorStoreState?> FindAsync(Caller caller, string storeId, CancellationToken cancellationToken);
}

/// <summary>A vector store to be made.</summary>
/// <param name="FileIds">The files in it.</param>
/// <param name="IdleDays">After how many days without use it expires; null: never.</param>
internal sealed record NewVectorStore(IReadOnlyList<string> FileIds, int? IdleDays = null)
{
    /// <summary>How its files are cut into passages; null for the provider's usual way.</summary>
    public JsonElement? ChunkingStrategy { get; init; }

    public JsonElement? Metadata { get; init; }
}

/// <summary>What a vector store is doing.</summary>
/// <param name="IsIndexing">Whether some of its files cannot be found yet.</param>
/// <param name="HasExpired">Whether it can no longer be searched.</param>
internal readonly record struct VectorStoreState(bool IsIndexing, bool HasExpired);
