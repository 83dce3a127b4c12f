using System.ComponentModel;
using AssistantsMcp.Clients;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenAI.Assistants;

namespace AssistantsMcp.Tools;

/// <summary>Tools for runs: an assistant answering a thread, step by step.</summary>
internal sealed class RunTools(AssistantClient client, RunWait runWait)
{
    [McpServerTool(Name = "run-create", Title = "Create run", ReadOnly = false, Destructive = false, Idempotent = false, OpenWorld = true)]
    [Description("Lets an assistant answer a thread. Give wait_seconds to get the answer with the run when it has completed; without it the run comes back queued, to be followed with run-get. Settings given here count for this run only.")]
    public async Task<CallToolResult> CreateAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        RequestContext<CallToolRequestParams> call,
        IProgress<ProgressNotificationValue> progress,
        CancellationToken cancellationToken)
    {
        return await SendAsync($"threads/{thread_id}/runs", call, progress, cancellationToken);
    }

    [McpServerTool(Name = "run-list", Title = "List runs", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false)]
    [Description("Lists the runs of a thread, newest first. Returns one page under data; has_more says whether to go on with last_id as after.")]
    public async Task<CallToolResult> ListAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        RequestContext<CallToolRequestParams> call,
        CancellationToken cancellationToken)
    {
        var result = await client.GetAsync($"threads/{thread_id}/runs{call.ToQuery()}", cancellationToken);
        return result.ToToolResult(call.WantsSummary(byDefault: true));
    }

    [McpServerTool(Name = "run-get", Title = "Get run", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false)]
    [Description("Returns one run with its status, and with wait_seconds its answer when it has completed: queued, in_progress, requires_action (answer with run-submit-tool-outputs), completed, failed (see last_error), incomplete, cancelled or expired.")]
    public async Task<CallToolResult> GetAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        [Description("Id of the run, run_…, from run-create or run-list.")] string run_id,
        RequestContext<CallToolRequestParams> call,
        IProgress<ProgressNotificationValue> progress,
        CancellationToken cancellationToken)
    {
        if (call.WaitTime() is var wait && wait > TimeSpan.Zero)
        {
            return await runWait.ForAsync(thread_id, run_id, wait, call.WantsSummary(), progress, cancellationToken);
        }

        var result = await client.GetRunAsync(thread_id, run_id, cancellationToken.ToRequestOptions());
        return result.ToToolResult(call.WantsSummary());
    }

    [McpServerTool(Name = "run-cancel", Title = "Cancel run", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false)]
    [Description("Stops a run that is queued, in progress or waiting for tool outputs. Returns the run, cancelling or cancelled.")]
    public async Task<CallToolResult> CancelAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        [Description("Id of the run, run_…, from run-create or run-list.")] string run_id,
        CancellationToken cancellationToken)
    {
        var result = await client.CancelRunAsync(thread_id, run_id, cancellationToken.ToRequestOptions());
        return result.ToToolResult();
    }

    [McpServerTool(Name = "run-update", Title = "Update run", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false)]
    [Description("Replaces a run's metadata and returns the run. Nothing else of a run can be changed.")]
    public async Task<CallToolResult> UpdateAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        [Description("Id of the run, run_…, from run-create or run-list.")] string run_id,
        RequestContext<CallToolRequestParams> call,
        CancellationToken cancellationToken)
    {
        var result = await client.ModifyRunAsync(thread_id, run_id, call.ToBody(), cancellationToken.ToRequestOptions());
        return result.ToToolResult();
    }

    [McpServerTool(Name = "run-submit-tool-outputs", Title = "Submit tool outputs", ReadOnly = false, Destructive = false, Idempotent = false, OpenWorld = true)]
    [Description("Hands in the results of the function calls that a run with status requires_action waits for, all at once. Returns the run, which goes on: at once, or with its answer when wait_seconds is given.")]
    public async Task<CallToolResult> SubmitToolOutputsAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        [Description("Id of the run, run_…, from run-create or run-list.")] string run_id,
        RequestContext<CallToolRequestParams> call,
        IProgress<ProgressNotificationValue> progress,
        CancellationToken cancellationToken)
    {
        return await SendAsync($"threads/{thread_id}/runs/{run_id}/submit_tool_outputs", call, progress, cancellationToken);
    }

    [McpServerTool(Name = "run-step-list", Title = "List run steps", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false)]
    [Description("Lists the steps of a run, newest first: each message it wrote, each call of a tool. Returns one page under data; has_more says whether to go on with last_id as after.")]
    public async Task<CallToolResult> ListStepsAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        [Description("Id of the run, run_…, from run-create or run-list.")] string run_id,
        RequestContext<CallToolRequestParams> call,
        CancellationToken cancellationToken)
    {
        var result = await client.GetAsync($"threads/{thread_id}/runs/{run_id}/steps{call.ToQuery()}", cancellationToken);
        return result.ToToolResult(call.WantsSummary(byDefault: true));
    }

    [McpServerTool(Name = "run-step-get", Title = "Get run step", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false)]
    [Description("Returns one step of a run: the message it wrote or the tool calls it made, with its status and token usage.")]
    public async Task<CallToolResult> GetStepAsync(
        [Description("Id of the thread, thread_…, from thread-create.")] string thread_id,
        [Description("Id of the run, run_…, from run-create or run-list.")] string run_id,
        [Description("Id of the step, step_…, from run-step-list.")] string step_id,
        RequestContext<CallToolRequestParams> call,
        CancellationToken cancellationToken)
    {
        var result = await client.GetAsync($"threads/{thread_id}/runs/{run_id}/steps/{step_id}{call.ToQuery()}", cancellationToken);
        return result.ToToolResult(call.WantsSummary());
    }

    /// <summary>Starts a run or lets it go on, and waits for it as long as the call says.</summary>
    private async Task<CallToolResult> SendAsync(
        string path, RequestContext<CallToolRequestParams> call, IProgress<ProgressNotificationValue> progress, CancellationToken cancellationToken)
    {
        var (wait, key) = (call.WaitTime(), call.FindIdempotencyKey());
        var options = cancellationToken.ToRequestOptions(key);
        if (wait > TimeSpan.Zero && key is null)
        {
            return await runWait.SendAsync(path, call.ToStreamBody(), options, wait, progress, cancellationToken);
        }

        // With a key the request is the same whether its caller waits or not, and so may be repeated either way.
        var result = await client.PostAsync(path, call.ToBody(), options);
        return wait > TimeSpan.Zero ? await runWait.ForAsync(result.ReadObject(), wait, progress, cancellationToken) : result.ToToolResult();
    }
}
