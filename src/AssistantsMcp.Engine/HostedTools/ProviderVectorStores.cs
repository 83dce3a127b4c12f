using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Models;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>The vector stores of the model provider, with the caller's key.</summary>
/// <remarks>Source: OpenAI's vector stores API.</remarks>
internal sealed class ProviderVectorStores(ModelServer server, BackendProfile backend, IOptions<EngineOptions> options) : IVectorStores
{
    public async Task<string> CreateAsync(Caller caller, NewVectorStore wanted, CancellationToken cancellationToken)
    {
        if (!backend.HostsTools)
        {
            throw ApiException.NotSupported(
                $"The model server behind this server ({backend.Name}) has no vector stores, so no files can be searched. Leave file_search out, or use a model server that has it.",
                "file_search");
        }

        var answer = await AskAsync(caller, HttpMethod.Post, "vector_stores", Body(wanted), cancellationToken);
        return ModelJson.Parse(Expect(caller, answer)).Text("id")
            ?? throw ApiException.ModelServerRefused(502, "The model server made a vector store without an id.", code: null);
    }

    public async Task AddFileAsync(Caller caller, string storeId, string fileId, CancellationToken cancellationToken)
    {
        var body = EngineJson.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("file_id", fileId);
            writer.WriteEndObject();
        });
        Expect(caller, await AskAsync(caller, HttpMethod.Post, $"vector_stores/{storeId}/files", body, cancellationToken));
    }

    public async Task<VectorStoreState?> FindAsync(Caller caller, string storeId, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(caller, HttpMethod.Get, $"vector_stores/{storeId}", body: null, cancellationToken);
        if (answer.Status == 404)
        {
            return null;
        }

        var found = ModelJson.Parse(Expect(caller, answer));
        return new VectorStoreState(
            IsIndexing: found.Text("status") == "in_progress" || found.Find("file_counts")?.Number("in_progress") > 0,
            HasExpired: found.Text("status") == "expired");
    }

    public Task DeleteAsync(Caller caller, string storeId, CancellationToken cancellationToken) =>
        AskAsync(caller, HttpMethod.Delete, $"vector_stores/{storeId}", body: null, cancellationToken);

    private async Task<ModelAnswer> AskAsync(
        Caller caller, HttpMethod method, string route, ReadOnlyMemory<byte>? body, CancellationToken cancellationToken)
    {
        try
        {
            return await server.AskAsync(method, route, body, caller.Key, caller.Tenant, cancellationToken);
        }
        catch (ModelServerException exception)
        {
            throw ApiException.Unavailable(exception.Message);
        }
    }

    private byte[] Expect(Caller caller, ModelAnswer answer)
    {
        if (answer.IsSuccess)
        {
            return answer.Body;
        }

        var error = UpstreamError.Of(answer.Body);
        var words = new UpstreamErrors(caller.Key, options.Value.Model.ApiKey, server.Host);
        throw ApiException.ModelServerRefused(answer.Status, words.Clean(error.Message), error.Code);
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
