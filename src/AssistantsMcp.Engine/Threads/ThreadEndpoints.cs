using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Execution;
using AssistantsMcp.Engine.Schemas;
using AssistantsMcp.Engine.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AssistantsMcp.Engine.Threads;

/// <summary>The routes of threads.</summary>
internal static class ThreadEndpoints
{
    public static void MapThreads(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/threads");
        group.MapPost("", CreateAsync);
        group.MapGet("", ListAsync);
        group.MapGet("/{threadId}", GetAsync);
        group.MapPost("/{threadId}", ModifyAsync);
        group.MapDelete("/{threadId}", DeleteAsync);
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest request, Caller caller, Store store, ThreadCreation creation, Idempotency idempotency, RequestLimits limits)
    {
        var body = await RequestBody.ReadAsync(request, RequestSchemas.CreateThread, limits);
        return await idempotency.OnceAsync(request, caller, body, async once =>
        {
            var created = await creation.PrepareAsync(caller, body, run: null, request.HttpContext.RequestAborted);
            var json = EngineJson.Write(created.Thread);

            await store.WriteAsync(
                WriteScope.Nothing,
                async write =>
                {
                    await created.InsertAsync(write, caller.Tenant);
                    await once.KeepAsync(write, json);
                },
                request.HttpContext.RequestAborted);
            return new StoredJson(json);
        });
    }

    /// <summary>A caller's threads. The API had this route for its own dashboard only; users asked for it for years.</summary>
    private static async Task<IResult> ListAsync(HttpRequest request, Caller caller, Store store)
    {
        var page = await store.ListAsync(Kind.Thread, caller.Tenant, ListQuery.Read(request, RequestSchemas.List));
        return page.Select(ToRetrieved);
    }

    private static async Task<IResult> GetAsync(string threadId, Caller caller, Store store) =>
        new StoredJson(ToRetrieved((await store.GetAsync(Kind.Thread, caller.Tenant, threadId)).Body));

    private static byte[] ToRetrieved(byte[] stored) => EngineJson.Write(EngineJson.ReadThread(stored).AsRetrieved());

    private static async Task<IResult> ModifyAsync(string threadId, HttpRequest request, Caller caller, Store store, RequestLimits limits)
    {
        var body = await RequestBody.ReadAsync(request, RequestSchemas.ModifyThread, limits);
        var json = await store.WriteAsync(
            WriteScope.Of(caller.Tenant, threadId),
            async write =>
            {
                var current = EngineJson.ReadThread(await write.GetAsync(Kind.Thread, caller.Tenant, threadId));
                var modified = EngineJson.Write(current.Apply(body));
                await write.UpdateAsync(caller.Tenant, threadId, modified);
                return modified;
            },
            request.HttpContext.RequestAborted);
        return new StoredJson(json);
    }

    private static async Task<IResult> DeleteAsync(string threadId, Caller caller, Store store, RunNotices notices, CancellationToken cancellationToken)
    {
        var active = await store.WriteAsync(
            WriteScope.Of(caller.Tenant, threadId),
            async write =>
            {
                var run = await write.FindActiveRunAsync(caller.Tenant, threadId);
                await write.DeleteThreadAsync(caller.Tenant, threadId);
                return run;
            },
            cancellationToken);
        if (active is not null)
        {
            notices.TellGone(active.RunId);
        }

        return StoredJson.Deleted(threadId, "thread.deleted");
    }
}
