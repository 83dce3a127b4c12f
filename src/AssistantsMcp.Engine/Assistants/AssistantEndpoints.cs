using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.HostedTools;
using AssistantsMcp.Engine.Schemas;
using AssistantsMcp.Engine.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AssistantsMcp.Engine.Assistants;

/// <summary>The routes of assistants.</summary>
internal static class AssistantEndpoints
{
    public static void MapAssistants(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/assistants");
        group.MapPost("", CreateAsync);
        group.MapGet("", ListAsync);
        group.MapGet("/{assistantId}", GetAsync);
        group.MapPost("/{assistantId}", ModifyAsync);
        group.MapDelete("/{assistantId}", DeleteAsync);
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest request, Caller caller, Store store, NewVectorStores vectorStores, Idempotency idempotency, RequestLimits limits, TimeProvider time)
    {
        var body = await RequestBody.ReadAsync(request, RequestSchemas.CreateAssistant, limits);
        return await idempotency.OnceAsync(request, caller, body, async once =>
        {
            var assistant = AssistantObject.Create(body, time.GetUtcNow());
            assistant = assistant with
            {
                ToolResources = await vectorStores.AddAsync(
                    caller, body, assistant.ToolResources, idleDays: null, request.HttpContext.RequestAborted),
            };
            var json = EngineJson.Write(assistant);

            await store.WriteAsync(
                WriteScope.Nothing,
                async write =>
                {
                    await write.InsertAsync(caller.Tenant, new NewObject(Kind.Assistant, assistant.Id, json));
                    await once.KeepAsync(write, json);
                },
                request.HttpContext.RequestAborted);
            return new StoredJson(json);
        });
    }

    private static async Task<IResult> ListAsync(HttpRequest request, Caller caller, Store store) =>
        await store.ListAsync(Kind.Assistant, caller.Tenant, ListQuery.Read(request, RequestSchemas.List));

    private static async Task<IResult> GetAsync(string assistantId, Caller caller, Store store) =>
        new StoredJson((await store.GetAsync(Kind.Assistant, caller.Tenant, assistantId)).Body);

    private static async Task<IResult> ModifyAsync(string assistantId, HttpRequest request, Caller caller, Store store, RequestLimits limits)
    {
        var body = await RequestBody.ReadAsync(request, RequestSchemas.ModifyAssistant, limits);
        var json = await store.WriteAsync(
            WriteScope.Of(caller.Tenant, assistantId),
            async write =>
            {
                var current = EngineJson.ReadAssistant(await write.GetAsync(Kind.Assistant, caller.Tenant, assistantId));
                var modified = EngineJson.Write(current.Apply(body));
                await write.UpdateAsync(caller.Tenant, assistantId, modified);
                return modified;
            },
            request.HttpContext.RequestAborted);
        return new StoredJson(json);
    }

    private static async Task<IResult> DeleteAsync(string assistantId, Caller caller, Store store, CancellationToken cancellationToken)
    {
        await store.WriteAsync(WriteScope.Of(caller.Tenant, assistantId), write => write.DeleteAsync(Kind.Assistant, caller.Tenant, assistantId), cancellationToken);
        return StoredJson.Deleted(assistantId, "assistant.deleted");
    }
}
