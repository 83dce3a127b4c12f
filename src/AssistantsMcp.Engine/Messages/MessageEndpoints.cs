using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.HostedTools;
using AssistantsMcp.Engine.Schemas;
using AssistantsMcp.Engine.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AssistantsMcp.Engine.Messages;

/// <summary>The routes of messages.</summary>
internal static class MessageEndpoints
{
    public static void MapMessages(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/threads/{threadId}/messages");
        group.MapPost("", CreateAsync);
        group.MapGet("", ListAsync);
        group.MapGet("/{messageId}", GetAsync);
        group.MapPost("/{messageId}", ModifyAsync);
        group.MapDelete("/{messageId}", DeleteAsync);
    }

    private static async Task<IResult> CreateAsync(
        string threadId,
        HttpRequest request,
        Caller caller,
        Store store,
        Attachments attachments,
        Idempotency idempotency,
        RequestLimits limits,
        TimeProvider time)
    {
        var body = await RequestBody.ReadAsync(request, RequestSchemas.CreateMessage, limits);
        return await idempotency.OnceAsync(request, caller, body, async once =>
        {
            var message = MessageObject.Create(body, threadId, time.GetUtcNow());
            var json = EngineJson.Write(message);
            using var attached = await attachments.PrepareAsync(caller, threadId, [message], ApiException.ThreadLocked, request.HttpContext.RequestAborted);

            // Most messages come alone and may be added. The write below is for those that bring more along, and finds
            // out why one may not.
            var isAdded = !once.IsKeyed && attached == Attached.Nothing && await store.TryAddMessageAsync(
                caller.Tenant, new NewObject(Kind.Message, message.Id, json, threadId), limits.MessagesPerThread, request.HttpContext.RequestAborted);
            if (!isAdded)
            {
                await store.WriteAsync(
                    WriteScope.Of(caller.Tenant, threadId),
                    async write =>
                    {
                        await write.GetAsync(Kind.Thread, caller.Tenant, threadId);
                        if (await write.FindActiveRunAsync(caller.Tenant, threadId) is { } run)
                        {
                            throw ApiException.ThreadLocked(threadId, run.RunId);
                        }

                        await attached.ApplyAsync(write, caller.Tenant, threadId);
                        await ThreadMessages.AddAsync(write, caller.Tenant, threadId, [message], limits);
                        await once.KeepAsync(write, json);
                    },
                    request.HttpContext.RequestAborted);
            }

            return new StoredJson(json);
        });
    }

    private static async Task<IResult> ListAsync(string threadId, HttpRequest request, Caller caller, Store store)
    {
        var query = ListQuery.Read(request, RequestSchemas.MessageList);
        await store.GetAsync(Kind.Thread, caller.Tenant, threadId);
        return await store.ListAsync(Kind.Message, caller.Tenant, query, threadId);
    }

    private static async Task<IResult> GetAsync(string threadId, string messageId, Caller caller, Store store) =>
        new StoredJson((await store.GetInThreadAsync(Kind.Message, caller.Tenant, threadId, messageId)).Body);

    private static async Task<IResult> ModifyAsync(
        string threadId, string messageId, HttpRequest request, Caller caller, Store store, RequestLimits limits)
    {
        var body = await RequestBody.ReadAsync(request, RequestSchemas.ModifyMetadata, limits);
        var json = await store.WriteAsync(
            WriteScope.Of(caller.Tenant, threadId),
            async write =>
            {
                var current = EngineJson.ReadMessage(await write.GetInThreadAsync(Kind.Message, caller.Tenant, threadId, messageId));
                var modified = EngineJson.Write(current with
                {
                    Metadata = body.Metadata(current.Metadata),
                });
                await write.UpdateAsync(caller.Tenant, messageId, modified);
                return modified;
            },
            request.HttpContext.RequestAborted);
        return new StoredJson(json);
    }

    private static async Task<IResult> DeleteAsync(
        string threadId, string messageId, Caller caller, Store store, CancellationToken cancellationToken)
    {
        await store.WriteAsync(
            WriteScope.Of(caller.Tenant, threadId),
            async write =>
            {
                await write.GetAsync(Kind.Thread, caller.Tenant, threadId);
                await write.DeleteAsync(Kind.Message, caller.Tenant, messageId, threadId);
            },
            cancellationToken);
        return StoredJson.Deleted(messageId, "thread.message.deleted");
    }
}
