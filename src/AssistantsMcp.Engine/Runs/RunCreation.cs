using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Assistants;
using AssistantsMcp.Engine.Execution;
using AssistantsMcp.Engine.Messages;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Engine.Threads;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Runs;

/// <summary>
/// Creates runs: checks that the thread is free and that there is something to run, copies the assistant's
/// configuration, and puts the run into the queue, all in one transaction.
/// </summary>
internal sealed class RunCreation(
    Store store, RunEvents events, RunWorker worker, ServerSecret secret, RequestLimits limits, IOptions<EngineOptions> options, TimeProvider time)
{
    /// <summary>Adds a run to a thread.</summary>
    /// <returns>The queued run, or its stream when the request asks for one.</returns>
    public Task<IResult> CreateAsync(Caller caller, string threadId, RequestBody request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var added = MessageObject.CreateMany(request.Items("additional_messages"), threadId, now);

        return StartAsync(
            caller,
            threadId,
            request,
            now,
            newThread: null,
            async write =>
            {
                await write.GetAsync(Kind.Thread, caller.Tenant, threadId);
                foreach (var message in added)
                {
                    await write.InsertAsync(caller.Tenant, message.ToNewObject());
                }
            },
            cancellationToken);
    }

    /// <summary>Makes a thread and a run on it.</summary>
    /// <returns>The queued run, or its stream when the request asks for one.</returns>
    public Task<IResult> CreateThreadAndRunAsync(Caller caller, RequestBody request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var body = RequestBody.Part(request.Value("thread") ?? EngineJson.EmptyObject);
        var thread = ThreadObject.Create(body, now);
        if (request.Has("tool_resources"))
        {
            thread = thread with { ToolResources = thread.ToolResources.Apply(request) };
        }

        var messages = MessageObject.CreateMany(body.Items("messages"), thread.Id, now);
        return StartAsync(
            caller,
            thread.Id,
            request,
            now,
            thread,
            write => ThreadEndpoints.InsertAsync(write, caller.Tenant, thread, messages),
            cancellationToken);
    }

    private async Task<IResult> StartAsync(
        Caller caller,
        string threadId,
        RequestBody request,
        DateTimeOffset now,
        ThreadObject? newThread,
        Func<StoreTransaction, ValueTask> prepare,
        CancellationToken cancellationToken)
    {
        var assistantId = request.Text("assistant_id")!;
        ObjectId.Check("assistant_id", assistantId, "asst", limits.CheckIdPrefix);
        var runId = ObjectId.NewRun();

        RunFeed? feed = null;
        ClaimedRun? claim = null;
        try
        {
            var queued = await store.WriteAsync(
                async write =>
                {
                    await prepare(write);
                    var assistant = EngineJson.ReadAssistant(await write.GetAsync(Kind.Assistant, caller.Tenant, assistantId));
                    var run = RunObject.Create(runId, request, assistant, threadId, now, options.Value.Limits.RunLifetime);
                    await CheckAsync(write, caller, run);
                    if (request.IsTrue("stream"))
                    {
                        // Watched from before the first event of its journal, so that none is missed.
                        write.OnCommitted(() => feed = Watch(run, newThread));
                    }

                    var journal = RunJournal.Create(write, ToActiveRun(caller, run, request, now), run);
                    claim = worker.TryTake(journal);
                    await journal.SaveAsync(events);
                    return run;
                },
                cancellationToken);

            worker.Start(claim);
            return feed is null ? new StoredJson(EngineJson.Write(queued)) : new RunStream(feed, time);
        }
        catch
        {
            worker.GiveUp(claim);
            throw;
        }
    }

    private static async ValueTask CheckAsync(StoreTransaction write, Caller caller, RunObject run)
    {
        if (await write.FindActiveRunAsync(caller.Tenant, run.ThreadId) is { } active)
        {
            throw ApiException.ActiveRun(run.ThreadId, active.RunId);
        }

        if (string.IsNullOrEmpty(run.Instructions) && !await write.HasMessagesAsync(caller.Tenant, run.ThreadId))
        {
            throw ApiException.NothingToRun();
        }

        if (ToolDefinitions.FirstHosted(run.Tools) is { } hosted)
        {
            throw ApiException.NotSupported(
                $"This server cannot run the tool '{hosted}' yet. Create the run with 'tools' that hold functions only, or remove the tool from the assistant.",
                "tools");
        }
    }

    private ActiveRun ToActiveRun(Caller caller, RunObject run, RequestBody request, DateTimeOffset now)
    {
        var needsKey = !caller.IsSandbox && options.Value.Model.ApiKey is null;
        return new ActiveRun
        {
            Tenant = caller.Tenant,
            ThreadId = run.ThreadId,
            RunId = run.Id,
            Status = run.Status,
            QueuedAt = now.ToUnixTimeMilliseconds(),
            ExpiresAt = run.ExpiresAt!.Value,
            IsSandbox = caller.IsSandbox,
            SealedKey = needsKey ? secret.Seal(caller.Key, run.Id) : null,
            State = EngineJson.Write(new RunState { AdditionalInstructions = request.Text("additional_instructions") }),
        };
    }

    private RunFeed Watch(RunObject run, ThreadObject? newThread)
    {
        var feed = events.Watch(run.Id);
        if (newThread is not null)
        {
            feed.Add(new RunEvent("thread.created", EngineJson.Write(newThread.AsRetrieved())));
        }

        var json = EngineJson.Write(run.AsStreamed());
        feed.Add(new RunEvent("thread.run.created", json));
        feed.Add(new RunEvent("thread.run.queued", json));
        return feed;
    }
}
