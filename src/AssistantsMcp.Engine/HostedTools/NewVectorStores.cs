using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Assistants;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>Makes the vector store that a creating request asks for in <c>tool_resources.file_search.vector_stores</c>.</summary>
internal sealed class NewVectorStores(VectorStores stores)
{
    /// <summary>Stores made for a thread expire when nobody has used them for so many days.</summary>
    public const int IdleDaysOfThreadStores = 7;

    /// <summary>The resources with the store that the request asks for, which is made now.</summary>
    /// <param name="caller">Whose it is to be.</param>
    /// <param name="request">A request that fits the schema.</param>
    /// <param name="resources">What else the request asks for.</param>
    /// <param name="idleDays">After how many days without use the store expires; null: never.</param>
    /// <param name="cancellationToken">Ends the call to the model server.</param>
    /// <exception cref="ApiException">A store is named as well, there are none here, or the model server refused.</exception>
    public async Task<ToolResources> AddAsync(
        Caller caller, RequestBody request, ToolResources resources, int? idleDays, CancellationToken cancellationToken)
    {
        if (Wanted(request) is not { } wanted)
        {
            return resources;
        }

        if (resources.VectorStoreId is not null)
        {
            throw ApiException.TwoVectorStores();
        }

        var id = await stores.Of(caller).CreateAsync(
            caller,
            new NewVectorStore([.. wanted.Texts("file_ids")], idleDays)
            {
                ChunkingStrategy = wanted.Value("chunking_strategy"),
                Metadata = wanted.Value("metadata"),
            },
            cancellationToken);
        return resources.WithVectorStore(id);
    }

    private static RequestBody? Wanted(RequestBody request) =>
        request.Value("tool_resources") is { } resources
        && RequestBody.Part(resources).Value("file_search") is { } search
        && RequestBody.Part(search).Items("vector_stores").FirstOrDefault() is { ValueKind: System.Text.Json.JsonValueKind.Object } store
            ? RequestBody.Part(store)
            : null;
}
