using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Execution;
using AssistantsMcp.Engine.Schemas;
using AssistantsMcp.Engine.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AssistantsMcp.Engine.Runs;

/// <summary>The routes of runs and their steps.</summary>
internal static class RunEndpoints
{
    /// <summary>How soon a poll helper of an SDK may ask again, in milliseconds: reads are cheap here.</summary>
    private const string PollAfterMs = "100";

    public static void MapRuns(this IEndpointRouteBuilder api)
    {
        api.MapPost("/threads/runs", CreateThreadAndRunAsync);

        var group = api.MapGroup("/threads/{threadId}/runs");
        group.MapPost("", CreateAsync);
        group.MapGet("", ListAsync);
        group.MapGet("/{runId}", GetAsync);
        group.MapPost("/{runId}", ModifyAsync);
        group.MapPost("/{runId}/cancel", CancelAsync);
        group.MapPost("/{runId}/submit_tool_outputs", SubmitToolOutputsAsync);
        group.MapGet("/{runId}/steps", ListStepsAsync);
        group.MapGet("/{runId}/steps/{stepId}", GetStepAsync);
    }

    private static async Task<IResult> CreateAsync(
        string threadId,
        HttpRequest request,
        Caller caller,
        RunCreation creation,
        Idempotency idempotency,
        OpenStreams streams,
        RequestLimits limits)
    {
        var body = await ReadAsync(request, RequestSchemas.CreateRun, limits);
        var showsSearchContent = Includes.SearchContent(request);
        return await streams.AdmitAsync(caller, body, () => idempotency.OnceAsync(request, caller, body, once =>
            creation.CreateAsync(caller, threadId, body, showsSearchContent, once, request.HttpContext.RequestAborted)));
    }

    private static async Task<IResult> CreateThreadAndRunAsync(
        HttpRequest request, Caller caller, RunCreation creation, Idempotency idempotency, OpenStreams streams, RequestLimits limits)
    {
        var body = await ReadAsync(request, RequestSchemas.CreateThreadAndRun, limits);
        return await streams.AdmitAsync(caller, body, () => idempotency.OnceAsync(request, caller, body, once =>
            creation.CreateThreadAndRunAsync(caller, body, once, request.HttpContext.RequestAborted)));
    }

    private static async ValueTask<RequestBody> ReadAsync(HttpRequest request, ObjectSchema schema, RequestLimits limits)
    {
        var body = await RequestBody.ReadAsync(request, schema, limits);
        ObjectId.Check("assistant_id", body.Text("assistant_id")!, "asst", limits.CheckIdPrefix);
        return body;
    }

    private static async Task<IResult> ListAsync(string threadId, HttpRequest request, Caller caller, Store store)
    {
        var query = ListQuery.Read(request, RequestSchemas.List);
        await store.GetAsync(Kind.Thread, caller.Tenant, threadId);
        return await store.ListAsync(Kind.Run, caller.Tenant, query, threadId);
    }

    private static async Task<IResult> GetAsync(string threadId, string runId, HttpContext context, Caller caller, Store store)
    {
        var run = await store.GetInThreadAsync(Kind.Run, caller.Tenant, threadId, runId);
        if (context.Request.Headers.ContainsKey("X-Stainless-Poll-Helper"))
        {
            context.Response.Headers["openai-poll-after-ms"] = PollAfterMs;
        }

        return new StoredJson(run.Body);
    }

    private static async Task<IResult> ModifyAsync(
        string threadId, string runId, HttpRequest request, Caller caller, Store store, RequestLimits limits)
    {
        var body = await RequestBody.ReadAsync(request, RequestSchemas.ModifyMetadata, limits);
        var json = await store.WriteAsync(
            WriteScope.Of(caller.Tenant, threadId),
            async write =>
            {
                var current = EngineJson.ReadRun(await write.GetInThreadAsync(Kind.Run, caller.Tenant, threadId, runId));
                var modified = EngineJson.Write(current with
                {
                    Metadata = body.Metadata(current.Metadata),
                });
                await write.UpdateAsync(caller.Tenant, runId, modified);
                return modified;
            },
            request.HttpContext.RequestAborted);
        return new StoredJson(json);
    }

    /// <summary>
    /// Answers with the run as it is <c>cancelling</c>. A run that no worker holds is <c>cancelled</c> in the same
    /// transaction, so that the next request finds its thread free.
    /// </summary>
    private static async Task<IResult> CancelAsync(
        string threadId, string runId, HttpRequest request, Caller caller, Store store, RunNotices notices, RunEvents events, RequestLimits limits, TimeProvider time)
    {
        await RequestBody.ReadAsync(request, RequestSchemas.Nothing, limits);
        var cancelling = await store.WriteAsync(
            WriteScope.Of(caller.Tenant, threadId),
            async write =>
            {
                var run = EngineJson.ReadRun(await write.GetInThreadAsync(Kind.Run, caller.Tenant, threadId, runId));
                if (run.Status == RunStatuses.Cancelling || RunStatuses.IsTerminal(run.Status))
                {
                    throw ApiException.NotCancellable(run.Status);
                }

                var journal = await RunJournal.OpenAsync(write, (await write.FindActiveRunAsync(caller.Tenant, threadId))!);
                journal.RequestCancel();
                var shown = journal.Run;
                if (run.Status != RunStatuses.InProgress)
                {
                    journal.Cancel(time.GetUtcNow());
                }

                await journal.SaveAsync(events);
                return shown;
            },
            request.HttpContext.RequestAborted);

        notices.TellCancelled(runId);
        return new StoredJson(EngineJson.Write(cancelling));
    }

    private static async Task<IResult> SubmitToolOutputsAsync(
        string threadId,
        string runId,
        HttpRequest request,
        Caller caller,
        ToolOutputs outputs,
        Idempotency idempotency,
        OpenStreams streams,
        RequestLimits limits)
    {
        var body = await RequestBody.ReadAsync(request, RequestSchemas.SubmitToolOutputs, limits);
        return await streams.AdmitAsync(caller, body, () => idempotency.OnceAsync(request, caller, body, once =>
            outputs.SubmitAsync(caller, threadId, runId, body, once, request.HttpContext.RequestAborted)));
    }

    private static async Task<IResult> ListStepsAsync(string threadId, string runId, HttpRequest request, Caller caller, Store store)
    {
        var query = ListQuery.Read(request, RequestSchemas.RunStepList);
        var showsSearchContent = Includes.SearchContent(request);
        var run = await store.GetInThreadAsync(Kind.Run, caller.Tenant, threadId, runId);
        var page = await store.ListAsync(Kind.RunStep, caller.Tenant, query, runId);
        return page.Select(ShowStep(run, showsSearchContent));
    }

    private static async Task<IResult> GetStepAsync(
        string threadId, string runId, string stepId, HttpRequest request, Caller caller, Store store)
    {
        var showsSearchContent = Includes.SearchContent(request);
        var run = await store.GetInThreadAsync(Kind.Run, caller.Tenant, threadId, runId);
        var step = (await store.GetAsync(Kind.RunStep, caller.Tenant, stepId, runId)).Body;
        return new StoredJson(ShowStep(run, showsSearchContent)(step));
    }

    /// <summary>How the steps of a run are shown: differently once it is over, and without what searches found unless that is asked for.</summary>
    private static Func<byte[], byte[]> ShowStep(StoredObject run, bool showsSearchContent)
    {
        var hasEnded = RunStatuses.IsTerminal(EngineJson.ReadRun(run.Body).Status);
        return stored =>
        {
            var step = EngineJson.ReadStep(stored);
            step = hasEnded ? step.AfterRun() : step;
            return EngineJson.Write(showsSearchContent ? step : step.WithoutSearchContent());
        };
    }
}
