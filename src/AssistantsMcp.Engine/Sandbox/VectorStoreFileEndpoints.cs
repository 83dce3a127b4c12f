using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Schemas;
using AssistantsMcp.Engine.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>The routes of the files in a vector store, alone and in batches, for the sandbox.</summary>
internal static class VectorStoreFileEndpoints
{
    public static void MapVectorStoreFiles(this IEndpointRouteBuilder stores)
    {
        var files = stores.MapGroup("/{storeId}/files");
        files.MapPost("", AddAsync);
        files.MapGet("", ListAsync);
        files.MapGet("/{fileId}", GetAsync);
        files.MapPost("/{fileId}", ModifyAsync);
        files.MapDelete("/{fileId}", RemoveAsync);
        files.MapGet("/{fileId}/content", ReadAsync);

        var batches = stores.MapGroup("/{storeId}/file_batches");
        batches.MapPost("", AddBatchAsync);
        batches.MapGet("/{batchId}", GetBatchAsync);
        batches.MapPost("/{batchId}/cancel", GetBatchAsync); // There is nothing left to cancel: it was completed at once.
        batches.MapGet("/{batchId}/files", ListBatchAsync);
    }

    private static async Task<IResult> AddAsync(
        string storeId, HttpRequest request, Caller caller, SandboxVectorStores stores, Idempotency idempotency, RequestLimits limits)
    {
        var body = await RequestBody.ReadAsync(request, SandboxSchemas.CreateVectorStoreFile, limits);
        return await idempotency.OnceAsync(request, caller, body, async once =>
        {
            var added = await stores.AddFilesAsync(caller.Tenant, storeId, [Wanted(body)], batch: null, once, request.HttpContext.RequestAborted);
            return new StoredJson(EngineJson.Write(added[0]));
        });
    }

    private static async Task<IResult> ListAsync(string storeId, HttpRequest request, Caller caller, Store store)
    {
        await store.GetAsync(Kind.VectorStore, caller.Tenant, storeId);
        return await store.ListAsync(Kind.VectorStoreFile, caller.Tenant, ListQuery.Read(request, RequestSchemas.List), storeId);
    }

    private static async Task<IResult> GetAsync(string storeId, string fileId, Caller caller, Store store) =>
        new StoredJson((await store.GetAsync(Kind.VectorStoreFile, caller.Tenant, fileId, storeId)).Body);

    private static async Task<IResult> ModifyAsync(
        string storeId, string fileId, HttpRequest request, Caller caller, Store store, RequestLimits limits)
    {
        var body = await RequestBody.ReadAsync(request, SandboxSchemas.ModifyVectorStoreFile, limits);
        var json = await store.WriteAsync(
            WriteScope.Of(caller.Tenant, storeId),
            async write =>
            {
                var current = EngineJson.ReadVectorStoreFile(await write.GetAsync(Kind.VectorStoreFile, caller.Tenant, fileId, storeId));
                var modified = EngineJson.Write(current with { Attributes = body.Value("attributes") ?? EngineJson.EmptyObject });
                await write.UpdateFileOfStoreAsync(caller.Tenant, storeId, fileId, modified);
                return modified;
            },
            request.HttpContext.RequestAborted);
        return new StoredJson(json);
    }

    private static async Task<IResult> RemoveAsync(string storeId, string fileId, Caller caller, Store store, CancellationToken cancellationToken)
    {
        await store.WriteAsync(WriteScope.Of(caller.Tenant, storeId), write => SandboxVectorStores.RemoveFileAsync(write, caller.Tenant, storeId, fileId), cancellationToken);
        return StoredJson.Deleted(fileId, "vector_store.file.deleted");
    }

    private static async Task<IResult> ReadAsync(string storeId, string fileId, Caller caller, Store store, SandboxVectorStores stores)
    {
        await store.GetAsync(Kind.VectorStoreFile, caller.Tenant, fileId, storeId);
        return new StoredJson(VectorStorePages.OfContent(SandboxSearch.Passages(await stores.TextAsync(caller.Tenant, fileId) ?? "")));
    }

    private static async Task<IResult> AddBatchAsync(
        string storeId,
        HttpRequest request,
        Caller caller,
        Store store,
        SandboxVectorStores stores,
        Idempotency idempotency,
        RequestLimits limits,
        TimeProvider time)
    {
        var body = await RequestBody.ReadAsync(request, SandboxSchemas.CreateFileBatch, limits);
        NewStoreFile[] files =
        [
            .. body.Texts("file_ids").Select(id => new NewStoreFile(id, body.Value("chunking_strategy"), body.Value("attributes"))),
            .. body.Items("files").Select(file => Wanted(RequestBody.Part(file))),
        ];
        if (files.Length == 0)
        {
            throw ApiException.Invalid(SchemaViolation.Missing("file_ids"));
        }

        return await idempotency.OnceAsync(request, caller, body, async once =>
        {
            var batch = VectorStoreFileBatchObject.Create(storeId, time.GetUtcNow());
            await stores.AddFilesAsync(caller.Tenant, storeId, files, batch, once, request.HttpContext.RequestAborted);
            return await GetBatchAsync(storeId, batch.Id, caller, store);
        });
    }

    private static async Task<IResult> GetBatchAsync(string storeId, string batchId, Caller caller, Store store) =>
        new StoredJson((await store.GetAsync(Kind.VectorStoreFileBatch, caller.Tenant, batchId, storeId)).Body);

    private static async Task<IResult> ListBatchAsync(string storeId, string batchId, HttpRequest request, Caller caller, Store store)
    {
        await store.GetAsync(Kind.VectorStoreFileBatch, caller.Tenant, batchId, storeId);
        // The batch is to its files what a run is to the messages that it wrote.
        return await store.ListAsync(
            Kind.VectorStoreFile, caller.Tenant, ListQuery.Read(request, RequestSchemas.List) with { RunId = batchId }, storeId);
    }

    private static NewStoreFile Wanted(RequestBody file) => new(file.Text("file_id")!, file.Value("chunking_strategy"), file.Value("attributes"));
}
