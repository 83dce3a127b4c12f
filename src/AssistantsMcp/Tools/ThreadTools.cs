using System.ComponentModel;
using AssistantsMcp.Clients;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenAI.Assistants;

namespace AssistantsMcp.Tools;

/// <summary>Tools for threads: conversations that hold messages.</summary>
internal sealed class ThreadTools(AssistantClient client)
{
    [McpServerTool(Name = "thread-create", Title = "Create thread", ReadOnly = false, Destructive = false, Idempotent = false, OpenWorld = false)]
    [Description("Starts a conversation, empty or with messages. Returns the thread with its id, which messages and runs need.")]
    public async Task<CallToolResult> CreateAsync(
        RequestContext<CallToolRequestParams> call,
        CancellationToken cancellationToken)
    {
        var result = await client.CreateThreadAsync(call.ToBody(), cancellationToken.ToRequestOptions(call.FindIdempotencyKey()));
        return result.ToToolResult();
    }

    [McpServerTool(Name = "thread-get", Title = "Get thread", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false)]
    [Description("Returns one thread: its metadata and tool resources. Its messages come from message-list.")]
    public async Task<CallToolResult> GetAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        CancellationToken cancellationToken)
    {
        var result = await client.GetThreadAsync(thread_id, cancellationToken.ToRequestOptions());
        return result.ToToolResult();
    }

    [McpServerTool(Name = "thread-delete", Title = "Delete thread", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false)]
    [Description("Deletes a thread for good, with its messages and runs.")]
    public async Task<CallToolResult> DeleteAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        CancellationToken cancellationToken)
    {
        var result = await client.DeleteThreadAsync(thread_id, cancellationToken.ToRequestOptions());
        return result.ToToolResult();
    }

    [McpServerTool(Name = "thread-update", Title = "Update thread", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false)]
    [Description("Changes a thread's metadata or tool resources and returns the thread. Fields that are left out stay as they are.")]
    public async Task<CallToolResult> UpdateAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        RequestContext<CallToolRequestParams> call,
        CancellationToken cancellationToken)
    {
        var result = await client.ModifyThreadAsync(thread_id, call.ToBody(), cancellationToken.ToRequestOptions());
        return result.ToToolResult();
    }
}
