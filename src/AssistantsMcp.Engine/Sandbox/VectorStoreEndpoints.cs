using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Schemas;
using AssistantsMcp.Engine.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>The routes of vector stores, for the sandbox; other callers' stores live with the model provider.</summary>
internal static class VectorStoreEndpoints
{
    private const int UsualResults = 10;

    public static void MapVectorStores(this IEndpointRouteBuilder api)
    {
        var group = api.MapSandboxGroup("/vector_stores");
        group.MapPost("", CreateAsync);
        group.MapGet("", ListAsync);
        group.MapGet("/{storeId}", GetAsync);
        group.MapPost("/{storeId}", ModifyAsync);
        group.MapDelete("/{storeId}", DeleteAsync);
        group.MapPost("/{storeId}/search", SearchAsync);
        group.MapVectorStoreFiles();
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest request, Caller caller, SandboxVectorStores stores, Idempotency idempotency, RequestLimits limits, TimeProvider time)
    {
        var body = await RequestBody.ReadAsync(request, SandboxSchemas.CreateVectorStore, limits);
        return await idempotency.OnceAsync(request, caller, body, async once =>
        {
            var now = time.GetUtcNow();
            var files = body.Texts("file_ids").Select(id => new NewStoreFile(id, body.Value("chunking_strategy"), Attributes: null));
            var made = await stores.CreateAsync(
                caller.Tenant, VectorStoreObject.Create(now).Apply(body, now), [.. files], once, request.HttpContext.RequestAborted);
            return new StoredJson(EngineJson.Write(made));
        });
    }

    private static async Task<IResult> ListAsync(HttpRequest request, Caller caller, Store store) =>
        await store.ListAsync(Kind.VectorStore, caller.Tenant, ListQuery.Read(request, RequestSchemas.List));

    private static async Task<IResult> GetAsync(string storeId, Caller caller, Store store) =>
        new StoredJson((await store.GetAsync(Kind.VectorStore, caller.Tenant, storeId)).Body);

    private static async Task<IResult> ModifyAsync(
        string storeId, HttpRequest request, Caller caller, Store store, RequestLimits limits, TimeProvider time)
    {
        var body = await RequestBody.ReadAsync(request, SandboxSchemas.ModifyVectorStore, limits);
        var json = await store.WriteAsync(
            WriteScope.Of(caller.Tenant, storeId),
            async write =>
            {
                var current = EngineJson.ReadVectorStore(await write.GetAsync(Kind.VectorStore, caller.Tenant, storeId));
                var modified = EngineJson.Write(current.Apply(body, time.GetUtcNow()));
                await write.UpdateAsync(caller.Tenant, storeId, modified);
                return modified;
            },
            request.HttpContext.RequestAborted);
        return new StoredJson(json);
    }

    private static async Task<IResult> DeleteAsync(string storeId, Caller caller, Store store, CancellationToken cancellationToken)
    {
        await store.WriteAsync(WriteScope.Of(caller.Tenant, storeId), write => write.DeleteVectorStoreAsync(caller.Tenant, storeId), cancellationToken);
        return StoredJson.Deleted(storeId, "vector_store.deleted");
    }

    private static async Task<IResult> SearchAsync(
        string storeId, HttpRequest request, Caller caller, Store store, SandboxVectorStores stores, RequestLimits limits)
    {
        var body = await RequestBody.ReadAsync(request, SandboxSchemas.SearchVectorStore, limits);
        if (body.Value("filters") is not null)
        {
            throw ApiException.NotSupported("The sandbox searches without filters. Leave 'filters' out.", "filters");
        }

        await store.GetAsync(Kind.VectorStore, caller.Tenant, storeId);
        var queries = body.Value("query") is { ValueKind: System.Text.Json.JsonValueKind.String } one ? [one.GetString()!] : body.Texts("query").ToArray();
        var hits = await stores.SearchAsync(
            caller.Tenant, [storeId], string.Join(' ', queries), body.Number("max_num_results") ?? UsualResults, threshold: 0, request.HttpContext.RequestAborted);
        return new StoredJson(VectorStorePages.OfHits(queries, hits));
    }
}
