using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Schemas;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>The vector stores of the model provider, with the caller's key.</summary>
/// <remarks>Source: OpenAI's vector stores API.</remarks>
internal sealed class ProviderVectorStores(ProviderApi provider, ProviderFiles files, BackendProfile backend) : IVectorStores
{
    public async Task<string> CreateAsync(Caller caller, NewVectorStore wanted, CancellationToken cancellationToken)
    {
        if (!backend.HostsTools)
        {
            throw ApiException.NotSupported(
                $"The model server behind this server ({backend.Name}) has no vector stores, so no files can be searched. Leave file_search out, or use a model server that has it.",
                "file_search");
        }

        var fileIds = await files.IdsOfAsync(caller, wanted.FileIds, isPassing: false, cancellationToken);
        var made = await provider.PostAsync(caller, "vector_stores", Body(wanted with { FileIds = fileIds }), cancellationToken);

        // The id becomes part of a path.
        return made.Text("id") is { } id && RequestSchemas.IdPattern.Expression.IsMatch(id)
            ? id
            : throw ApiException.ModelServerRefused(502, "The model server made a vector store without an id.", code: null);
    }

    public async Task AddFileAsync(Caller caller, string storeId, string fileId, CancellationToken cancellationToken)
    {
        var ids = await files.IdsOfAsync(caller, [fileId], isPassing: false, cancellationToken);
        await provider.PostAsync(caller, $"vector_stores/{storeId}/files", ProviderApi.FileBody(ids[0]), cancellationToken);
    }

    public async Task<VectorStoreState?> FindAsync(Caller caller, string storeId, CancellationToken cancellationToken)
    {
        if (await provider.FindAsync(caller, $"vector_stores/{storeId}", cancellationToken) is not { } found)
        {
            return null;
        }

        return new VectorStoreState(
            IsIndexing: found.Text("status") == "in_progress" || found.Find("file_counts")?.Number("in_progress") > 0,
            HasExpired: found.Text("status") == "expired");
    }

    private static ReadOnlyMemory<byte> Body(NewVectorStore wanted) => EngineJson.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("file_ids");
        foreach (var fileId in wanted.FileIds)
        {
            writer.WriteStringValue(fileId);
        }

        writer.WriteEndArray();
        writer.WriteIfAny("chunking_strategy", wanted.ChunkingStrategy);
        writer.WriteIfAny("metadata", wanted.Metadata);
        if (wanted.IdleDays is { } days)
        {
            writer.WriteStartObject("expires_after");
            writer.WriteString("anchor", "last_active_at");
            writer.WriteNumber("days", days);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    });
}
