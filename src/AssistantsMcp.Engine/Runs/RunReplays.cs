using System.IO.Pipelines;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Execution;
using AssistantsMcp.Engine.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace AssistantsMcp.Engine.Runs;

/// <summary>
/// The streams of runs once more, for requests that are sent again: their beginning at once, and when the run has ended
/// or waits for its client, all that it did. A run that goes on is waited for; on which replica it does is all the same.
/// </summary>
internal sealed class RunReplays(Store store, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private const int MostSteps = 10_000;

    private static readonly TimeSpan _betweenReads = TimeSpan.FromMilliseconds(250);

    /// <param name="kept">The answer that began the stream.</param>
    public IResult Of(KeptAnswer kept) => new Replay(this, kept);

    private async Task WriteAsync(HttpContext context, KeptAnswer kept)
    {
        var (body, stopping) = (EventStream.Begin(context), lifetime.ApplicationStopping);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await TellAsync(body, kept, context.Request, ends.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            EventStream.Write(body, RunEvent.Error("The server is stopping. Send the request again with the same Idempotency-Key."));
        }
        catch (ApiException exception)
        {
            EventStream.Write(body, RunEvent.Error(exception.Message));
        }

        await EventStream.WriteDoneAsync(body, context.RequestAborted);
    }

    private async Task TellAsync(PipeWriter body, KeptAnswer kept, HttpRequest request, CancellationToken cancellationToken)
    {
        var begun = EngineJson.ReadRun(kept.Body);
        if (kept.Kind == AnswerKind.ThreadAndRunStream && await store.FindAsync(Kind.Thread, kept.Tenant, begun.ThreadId) is { } thread)
        {
            EventStream.Write(body, new RunEvent("thread.created", EngineJson.Write(EngineJson.ReadThread(thread.Body).AsRetrieved())));
        }

        await SendAsync(body, RetoldRun.Beginning(begun), cancellationToken);
        var run = await SettledAsync(body, kept.Tenant, begun, cancellationToken);
        await SendAsync(body, RetoldRun.Start(begun, run), cancellationToken);
        await TellStepsAsync(body, kept.Tenant, run, Includes.SearchContent(request), cancellationToken);
        await SendAsync(body, RetoldRun.End(run), cancellationToken);
    }

    /// <summary>Reads a run until it has ended or waits for its client, with a sign of life now and then.</summary>
    private async Task<RunObject> SettledAsync(PipeWriter body, string tenant, RunObject run, CancellationToken cancellationToken)
    {
        var lastSign = time.GetTimestamp();
        while (true)
        {
            run = EngineJson.ReadRun((await store.GetInThreadAsync(Kind.Run, tenant, run.ThreadId, run.Id)).Body);
            if (RunStatuses.IsTerminal(run.Status) || run.Status == RunStatuses.RequiresAction)
            {
                return run;
            }

            await Task.Delay(_betweenReads, time, cancellationToken);
            if (time.GetElapsedTime(lastSign) >= EventStream.KeepAlive)
            {
                await EventStream.WriteKeepAliveAsync(body, cancellationToken);
                lastSign = time.GetTimestamp();
            }
        }
    }

    private async Task TellStepsAsync(
        PipeWriter body, string tenant, RunObject run, bool showsSearchContent, CancellationToken cancellationToken)
    {
        foreach (var stored in await store.NewestAsync(Kind.RunStep, tenant, run.Id, MostSteps))
        {
            var step = EngineJson.ReadStep(stored.Body);
            var message = step.StepDetails.MessageCreation is { } creation
                ? await store.FindAsync(Kind.Message, tenant, creation.MessageId, run.ThreadId)
                : null;
            var told = RetoldRun.Step(
                showsSearchContent ? step : step.WithoutSearchContent(), message is null ? null : EngineJson.ReadMessage(message.Body));
            await SendAsync(body, told, cancellationToken);
        }
    }

    private static async Task SendAsync(PipeWriter body, IEnumerable<RunEvent> events, CancellationToken cancellationToken)
    {
        foreach (var happened in events)
        {
            EventStream.Write(body, happened);
        }

        await body.FlushAsync(cancellationToken);
    }

    private sealed class Replay(RunReplays replays, KeptAnswer kept) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => replays.WriteAsync(httpContext, kept);
    }
}
