using System.ComponentModel;
using AssistantsMcp.Clients;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenAI.Assistants;

namespace AssistantsMcp.Tools;

/// <summary>Tools for assistants: a model with instructions, tools and settings.</summary>
internal sealed class AssistantTools(AssistantClient client, IOptions<AssistantsMcpOptions> options)
{
    [McpServerTool(Name = "assistant-create", Title = "Create assistant", ReadOnly = false, Destructive = false, Idempotent = false, OpenWorld = false)]
    [Description("Creates an assistant: a model with instructions, tools and settings that runs can use. Returns the assistant with its id; without model, the server's default model is used.")]
    public async Task<CallToolResult> CreateAsync(
        RequestContext<CallToolRequestParams> call,
        CancellationToken cancellationToken)
    {
        var result = await client.CreateAssistantAsync(
            call.ToBody(("model", options.Value.DefaultModel)), cancellationToken.ToRequestOptions(call.FindIdempotencyKey()));
        return result.ToToolResult();
    }

    [McpServerTool(Name = "assistant-list", Title = "List assistants", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false)]
    [Description("Lists your assistants, newest first. Returns one page under data; has_more says whether to go on with last_id as after.")]
    public async Task<CallToolResult> ListAsync(
        RequestContext<CallToolRequestParams> call,
        CancellationToken cancellationToken)
    {
        var result = await client.GetAsync($"assistants{call.ToQuery()}", cancellationToken);
        return result.ToToolResult(call.WantsSummary(byDefault: true));
    }

    [McpServerTool(Name = "assistant-get", Title = "Get assistant", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false)]
    [Description("Returns one assistant: its model, instructions, tools and metadata.")]
    public async Task<CallToolResult> GetAsync(
        [Description("Id of the assistant, asst_…, from assistant-create or assistant-list.")] string assistant_id,
        RequestContext<CallToolRequestParams> call,
        CancellationToken cancellationToken)
    {
        var result = await client.GetAssistantAsync(assistant_id, cancellationToken.ToRequestOptions());
        return result.ToToolResult(call.WantsSummary());
    }

    [McpServerTool(Name = "assistant-delete", Title = "Delete assistant", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false)]
    [Description("Deletes an assistant for good. Threads and runs that used it stay.")]
    public async Task<CallToolResult> DeleteAsync(
        [Description("Id of the assistant, asst_…, from assistant-create or assistant-list.")] string assistant_id,
        CancellationToken cancellationToken)
    {
        var result = await client.DeleteAssistantAsync(assistant_id, cancellationToken.ToRequestOptions());
        return result.ToToolResult();
    }

    [McpServerTool(Name = "assistant-update", Title = "Update assistant", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false)]
    [Description("Changes an assistant and returns it. Fields that are left out stay as they are; null clears a field; lists and maps are replaced as a whole.")]
    public async Task<CallToolResult> UpdateAsync(
        [Description("Id of the assistant, asst_…, from assistant-create or assistant-list.")] string assistant_id,
        RequestContext<CallToolRequestParams> call,
        CancellationToken cancellationToken)
    {
        var result = await client.ModifyAssistantAsync(assistant_id, call.ToBody(), cancellationToken.ToRequestOptions());
        return result.ToToolResult();
    }
}
