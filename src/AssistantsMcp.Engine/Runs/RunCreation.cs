using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Assistants;
using AssistantsMcp.Engine.Execution;
using AssistantsMcp.Engine.HostedTools;
using AssistantsMcp.Engine.Messages;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Engine.Telemetry;
using AssistantsMcp.Engine.Threads;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Runs;

/// <summary>
/// Creates runs: checks that the thread is free and that there is something to run, copies the assistant's
/// configuration, and puts the run into the queue, all in one transaction.
/// </summary>
internal sealed class RunCreation(
    Store store,
    ThreadCreation threads,
    Attachments attachments,
    BackendProfile backend,
    RunEvents events,
    RunWorker worker,
    ServerSecret secret,
    RequestLimits limits,
    IOptions<EngineOptions> options,
    QueueClock queueClock,
    TimeProvider time)
{
    /// <summary>Adds a run to a thread.</summary>
    /// <returns>The queued run, or its stream when the request asks for one.</returns>
    public async Task<IResult> CreateAsync(
        Caller caller, string threadId, RequestBody request, bool showsSearchContent, Once once, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var added = MessageObject.CreateMany(request.Items("additional_messages"), threadId, now);
        if (added.Any(message => message.Attachments.GetArrayLength() > 0))
        {
            // What messages bring along is made with the model provider, so it should not be made in vain.
            await store.GetAsync(Kind.Thread, caller.Tenant, threadId);
            await store.GetAsync(Kind.Assistant, caller.Tenant, AssistantOf(request));
            CheckQueue(await store.CountWaitingRunsAsync(caller.Tenant));
        }

        using var attached = await attachments.PrepareAsync(caller, threadId, added, ApiException.ActiveRun, cancellationToken);

        return await StartAsync(
            caller,
            threadId,
            request,
            now,
            newThread: null,
            async write =>
            {
                await write.GetAsync(Kind.Thread, caller.Tenant, threadId);
                await attached.ApplyAsync(write, caller.Tenant, threadId);
                await ThreadMessages.AddAsync(write, caller.Tenant, threadId, added, limits);
            },
            showsSearchContent,
            once,
            cancellationToken);
    }

    /// <summary>Makes a thread and a run on it.</summary>
    /// <returns>The queued run, or its stream when the request asks for one.</returns>
    public async Task<IResult> CreateThreadAndRunAsync(Caller caller, RequestBody request, Once once, CancellationToken cancellationToken)
    {
        var thread = RequestBody.Part(request.Value("thread") ?? EngineJson.EmptyObject);
        if (ThreadCreation.BringsAlong(thread))
        {
            // As above.
            await store.GetAsync(Kind.Assistant, caller.Tenant, AssistantOf(request));
            CheckQueue(await store.CountWaitingRunsAsync(caller.Tenant));
        }

        var created = await threads.PrepareAsync(caller, thread, request, cancellationToken);

        return await StartAsync(
            caller,
            created.Thread.Id,
            request,
            time.GetUtcNow(),
            created.Thread,
            write => created.InsertAsync(write, caller.Tenant),
            showsSearchContent: false,
            once,
            cancellationToken);
    }

    private static string AssistantOf(RequestBody request) => request.Text("assistant_id")!;

    private async Task<IResult> StartAsync(
        Caller caller,
        string threadId,
        RequestBody request,
        DateTimeOffset now,
        ThreadObject? newThread,
        Func<StoreTransaction, ValueTask> prepare,
        bool showsSearchContent,
        Once once,
        CancellationToken cancellationToken)
    {
        var assistantId = AssistantOf(request);
        var runId = ObjectId.NewRun();
        var origin = RunSpan.Origin;

        RunFeed? feed = null;
        ClaimedRun? claim = null;
        try
        {
            var queued = await store.WriteAsync(
                WriteScope.QueueOf(caller.Tenant, threadId),
                async write =>
                {
                    await prepare(write);
                    var assistant = EngineJson.ReadAssistant(await write.GetAsync(Kind.Assistant, caller.Tenant, assistantId));
                    var run = RunObject.Create(runId, request, assistant, threadId, now, options.Value.Limits.RunLifetime);
                    await CheckAsync(write, caller, run);
                    var journal = RunJournal.Create(write, ToActiveRun(caller, run, StateOf(assistant, request, showsSearchContent, origin)), run);
                    claim = await worker.TakeOrQueueAsync(write, journal, request.IsTrue("stream"));
                    if (request.IsTrue("stream"))
                    {
                        // Watched from before the commit on: whoever takes the run next may be quick to tell of it.
                        feed = Watch(run, newThread);
                    }

                    await journal.SaveAsync(events);
                    var json = EngineJson.Write(run);
                    await once.KeepAsync(write, json, KindOf(request, newThread));
                    return json;
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

    private static AnswerKind KindOf(RequestBody request, ThreadObject? newThread) =>
        !request.IsTrue("stream") ? AnswerKind.Json : newThread is null ? AnswerKind.RunStream : AnswerKind.ThreadAndRunStream;

    private async ValueTask CheckAsync(StoreTransaction write, Caller caller, RunObject run)
    {
        if (await write.FindActiveRunAsync(caller.Tenant, run.ThreadId) is { } active)
        {
            throw ApiException.ActiveRun(run.ThreadId, active.RunId);
        }

        if (string.IsNullOrEmpty(run.Instructions) && !await write.HasMessagesAsync(caller.Tenant, run.ThreadId))
        {
            throw ApiException.NothingToRun();
        }

        if (ToolDefinitions.TypesOf(run.Tools).FirstOrDefault(type => !CanRun(caller, type)) is { } missing)
        {
            var runner = caller.IsSandbox ? "the sandbox" : $"the model server behind this server ({backend.Name})";
            throw ApiException.NotSupported(
                $"The tool '{missing}' cannot be run: {runner} does not have it. Create the run with 'tools' that leave it out, or remove the tool from the assistant.",
                "tools");
        }
    }

    private void CheckQueue(long waiting)
    {
        var most = options.Value.Limits.QueuedRunsPerTenant;
        if (waiting >= most)
        {
            throw ApiException.QueueFull(most);
        }
    }

    /// <summary>The sandbox searches files by itself and runs no code.</summary>
    private bool CanRun(Caller caller, string tool) => tool switch
    {
        "function" => true,
        "file_search" => caller.IsSandbox || backend.HostsTools,
        _ => !caller.IsSandbox && backend.HostsTools,
    };

    private static RunState StateOf(AssistantObject assistant, RequestBody request, bool showsSearchContent, string? origin) => new()
    {
        AdditionalInstructions = request.Text("additional_instructions"),
        AssistantResources = assistant.ToolResources,
        ShowsSearchContent = showsSearchContent,
        Origin = origin,
    };

    private ActiveRun ToActiveRun(Caller caller, RunObject run, RunState state)
    {
        var now = queueClock.Now;
        var needsKey = !caller.IsSandbox && options.Value.Model.ApiKey is null;
        return new ActiveRun
        {
            Tenant = caller.Tenant,
            ThreadId = run.ThreadId,
            RunId = run.Id,
            Status = run.Status,
            QueuedAt = now.ToUnixTimeMilliseconds(),
            ExpiresAt = (now + options.Value.Limits.RunLifetime).ToUnixTimeSeconds(),
            IsSandbox = caller.IsSandbox,
            SealedKey = needsKey ? secret.Seal(caller.Key, run.Id) : null,
            State = EngineJson.Write(state with { Account = caller.Key.Account }),
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
