using System.ComponentModel;
using AssistantsMcp.Clients;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenAI.Assistants;

namespace AssistantsMcp.Tools;

/// <summary>Tools for the messages of a thread.</summary>
internal sealed class MessageTools(AssistantClient client)
{
    [McpServerTool(Name = "message-create", Title = "Create message", ReadOnly = false, Destructive = false, Idempotent = false, OpenWorld = false)]
    [Description("Adds a message to a thread, as the user unless role says otherwise. Returns the message; nobody answers until run-create.")]
    public async Task<CallToolResult> CreateAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        RequestContext<CallToolRequestParams> call,
        CancellationToken cancellationToken)
    {
        var result = await client.CreateMessageAsync(
            thread_id, call.ToBody(("role", "user")), cancellationToken.ToRequestOptions(call.FindIdempotencyKey()));
        return result.ToToolResult();
    }

    [McpServerTool(Name = "message-list", Title = "List messages", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false)]
    [Description("Reads the messages of a thread, newest first: questions of the user and answers of the assistant. Returns one page under data; has_more says whether to go on with last_id as after.")]
    public async Task<CallToolResult> ListAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        RequestContext<CallToolRequestParams> call,
        CancellationToken cancellationToken)
    {
        var result = await client.GetAsync($"threads/{thread_id}/messages{call.ToQuery()}", cancellationToken);
        return result.ToToolResult(call.WantsSummary(byDefault: true));
    }

    [McpServerTool(Name = "message-get", Title = "Get message", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false)]
    [Description("Returns one message: its role, content, attachments and metadata.")]
    public async Task<CallToolResult> GetAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        [Description("Id of the message, msg_…, from message-create or message-list.")] string message_id,
        RequestContext<CallToolRequestParams> call,
        CancellationToken cancellationToken)
    {
        var result = await client.GetMessageAsync(thread_id, message_id, cancellationToken.ToRequestOptions());
        return result.ToToolResult(call.WantsSummary());
    }

    [McpServerTool(Name = "message-delete", Title = "Delete message", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false)]
    [Description("Deletes a message from its thread for good.")]
    public async Task<CallToolResult> DeleteAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        [Description("Id of the message, msg_…, from message-create or message-list.")] string message_id,
        CancellationToken cancellationToken)
    {
        var result = await client.DeleteMessageAsync(thread_id, message_id, cancellationToken.ToRequestOptions());
        return result.ToToolResult();
    }

    [McpServerTool(Name = "message-update", Title = "Update message", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false)]
    [Description("Replaces a message's metadata and returns the message. Its content cannot be changed.")]
    public async Task<CallToolResult> UpdateAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        [Description("Id of the message, msg_…, from message-create or message-list.")] string message_id,
        RequestContext<CallToolRequestParams> call,
        CancellationToken cancellationToken)
    {
        var result = await client.ModifyMessageAsync(thread_id, message_id, call.ToBody(), cancellationToken.ToRequestOptions());
        return result.ToToolResult();
    }
}
