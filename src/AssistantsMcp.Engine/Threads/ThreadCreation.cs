using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.HostedTools;
using AssistantsMcp.Engine.Messages;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.Threads;

/// <summary>Makes threads with their first messages, and what these bring along: files and vector stores.</summary>
internal sealed class ThreadCreation(NewVectorStores vectorStores, Attachments attachments, RequestLimits limits, TimeProvider time)
{
    /// <summary>Whether anything may be made with the model provider for the thread that a request asks for.</summary>
    public static bool BringsAlong(RequestBody request) =>
        request.Has("tool_resources") || request.Items("messages").Any(message => RequestBody.Part(message).Has("attachments"));

    /// <summary>Makes a thread that is still to be stored: no transaction is open while the model server is asked.</summary>
    /// <param name="caller">Whose it is to be.</param>
    /// <param name="request">A request that fits the schema.</param>
    /// <param name="run">The request for its first run, which may give it resources too; null without one.</param>
    /// <param name="cancellationToken">Ends the calls to the model server.</param>
    /// <exception cref="ApiException">What the thread is to have cannot be had.</exception>
    public async Task<NewThread> PrepareAsync(Caller caller, RequestBody request, RequestBody? run, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var thread = ThreadObject.Create(request, now);
        var messages = MessageObject.CreateMany(request.Items("messages"), thread.Id, now);
        ThreadMessages.Check(thread.Id, messages.Count, limits);
        attachments.Check(messages);
        var resources = await vectorStores.AddAsync(
            caller, request, thread.ToolResources, NewVectorStores.IdleDaysOfThreadStores, cancellationToken);
        if (run is { } first && first.Value("tool_resources") is not null)
        {
            resources = resources.Apply(first);
        }

        return new NewThread(
            thread with { ToolResources = await attachments.AttachAsync(caller, resources, messages, cancellationToken) }, messages);
    }
}

/// <summary>A thread that is not stored yet, and its first messages.</summary>
internal sealed record NewThread(ThreadObject Thread, IReadOnlyList<MessageObject> Messages)
{
    public async ValueTask InsertAsync(StoreTransaction write, string tenant)
    {
        await write.InsertAsync(tenant, new NewObject(Kind.Thread, Thread.Id, EngineJson.Write(Thread)));
        foreach (var message in Messages)
        {
            await write.InsertAsync(tenant, message.ToNewObject());
        }
    }
}
