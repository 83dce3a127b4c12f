using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Execution;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Engine.Telemetry;
using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Engine.Runs;

/// <summary>Takes the outputs that a run waits for, and lets it go on.</summary>
internal sealed class ToolOutputs(Store store, RunEvents events, RunWorker worker, QueueClock queueClock, TimeProvider time)
{
    /// <returns>The queued run, or its stream when the request asks for one.</returns>
    public async Task<IResult> SubmitAsync(
        Caller caller, string threadId, string runId, RequestBody request, Once once, CancellationToken cancellationToken)
    {
        var outputs = request.Items("tool_outputs")
            .Select(RequestBody.Part)
            .Select(output => (CallId: output.Text("tool_call_id") ?? "", Output: output.Text("output") ?? ""))
            .ToList();

        var origin = RunSpan.Origin;
        RunFeed? feed = null;
        ClaimedRun? claim = null;
        try
        {
            var queued = await store.WriteAsync(
                WriteScope.QueueOf(caller.Tenant, threadId),
                async write =>
                {
                    var run = EngineJson.ReadRun(await write.GetInThreadAsync(Kind.Run, caller.Tenant, threadId, runId));
                    var active = await write.FindActiveRunAsync(caller.Tenant, threadId);
                    Check(run, active, outputs);
                    var journal = await RunJournal.OpenAsync(write, active!);
                    journal.AcceptOutputs(outputs.ToDictionary(output => output.CallId, output => output.Output), origin, time.GetUtcNow(), queueClock.Now);
                    var resumed = EngineJson.Write(journal.Run);
                    claim = await worker.TakeOrQueueAsync(write, journal, request.IsTrue("stream"));
                    if (request.IsTrue("stream"))
                    {
                        // Watched from before the commit on: whoever takes the run next may be quick to tell of it. Not
                        // before the outputs are accepted: a request that is refused must not take the stream from its reader.
                        feed = events.Watch(runId);
                    }

                    await journal.SaveAsync(events);
                    await once.KeepAsync(write, resumed, request.IsTrue("stream") ? AnswerKind.RunStream : AnswerKind.Json);
                    return resumed;
                },
                cancellationToken);

            worker.Start(claim);
            return feed is null ? new StoredJson(queued) : new RunStream(feed, time);
        }
        catch
        {
            feed?.Dispose();
            worker.GiveUp(claim);
            throw;
        }
    }

    private void Check(RunObject run, ActiveRun? active, List<(string CallId, string Output)> outputs)
    {
        if (run.Status != RunStatuses.RequiresAction)
        {
            throw ApiException.OutputsNotAccepted(run.Status);
        }

        if (active is null || active.ExpiresAt <= queueClock.Now.ToUnixTimeSeconds())
        {
            throw ApiException.OutputsNotAccepted(RunStatuses.Expired);
        }

        var expected = run.RequiredAction!.SubmitToolOutputs.ToolCalls.Select(call => call.Id).ToList();
        var actual = outputs.Select(output => output.CallId).ToList();
        if (expected.Count != actual.Count || !expected.ToHashSet().SetEquals(actual))
        {
            throw ApiException.WrongOutputs(expected, actual);
        }
    }
}
