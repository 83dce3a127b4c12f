using System.Text.Json;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Messages;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// One change in the life of an active run: the run, its steps and messages, its row in the queue, and the events
/// that tell of it. Everything is saved in the transaction in which the journal was opened, and told when it is committed.
/// </summary>
internal sealed partial class RunJournal
{
    private readonly StoreTransaction _write;
    private readonly List<NewObject> _added = [];
    private readonly List<RunEvent> _events = [];
    private readonly List<(string Id, byte[] Body)> _changed = [];
    private RunStepObject? _openStep;

    private RunJournal(StoreTransaction write, ActiveRun active, RunObject run, RunState state, RunStepObject? openStep = null, bool isNew = false)
    {
        (_write, _openStep) = (write, openStep);
        (Active, Run, State, IsNew) = (active, run, state, isNew);
    }

    /// <summary>Whether the run is stored for the first time.</summary>
    public bool IsNew { get; }

    public ActiveRun Active { get; private set; }

    public RunObject Run { get; private set; }

    public RunState State { get; private set; }

    /// <summary>The journal of a new run, which is stored with it.</summary>
    public static RunJournal Create(StoreTransaction write, ActiveRun active, RunObject run) =>
        new(write, active, run, EngineJson.ReadState(active.State), isNew: true);

    /// <summary>Opens the journal of an active run as it is stored now.</summary>
    public static async ValueTask<RunJournal> OpenAsync(StoreTransaction write, ActiveRun active)
    {
        var run = EngineJson.ReadRun(await write.GetAsync(Kind.Run, active.Tenant, active.RunId, active.ThreadId));
        var state = EngineJson.ReadState(active.State);
        var openStep = state.OpenStepId is null
            ? null
            : EngineJson.ReadStep(await write.GetAsync(Kind.RunStep, active.Tenant, state.OpenStepId, active.RunId));
        return new RunJournal(write, active, run, state, openStep);
    }

    /// <summary>
    /// Opens the journal of an active run; null when what is stored beside the run cannot be read. Such a run is ended
    /// at once: it must neither wait for ever nor keep all others from their turn.
    /// </summary>
    public static async ValueTask<RunJournal?> OpenOrEndAsync(
        StoreTransaction write, ActiveRun active, RunEvents events, DateTimeOffset now, ILogger logger)
    {
        try
        {
            return await OpenAsync(write, active);
        }
        catch (Exception exception) when (exception is JsonException or ApiException)
        {
            Log.Damaged(logger, exception, active.RunId);
            await EndDamagedAsync(write, active, events, now);
            return null;
        }
    }

    private static async ValueTask EndDamagedAsync(StoreTransaction write, ActiveRun active, RunEvents events, DateTimeOffset now)
    {
        try
        {
            var run = EngineJson.ReadRun(await write.GetAsync(Kind.Run, active.Tenant, active.RunId, active.ThreadId));
            var journal = new RunJournal(write, active, run, new RunState());
            journal.EndAnyway(now);
            await journal.SaveAsync(events);
        }
        catch (Exception exception) when (exception is JsonException or ApiException)
        {
            // Not even the run is there to be ended; its thread becomes free.
            await write.RemoveActiveRunAsync(active.Tenant, active.ThreadId);
            write.OnCommitted(() => events.BreakOff(active.RunId, RunEvents.Lost));
        }
    }

    /// <summary>Brings about the end that a run can have in its present state.</summary>
    private void EndAnyway(DateTimeOffset now)
    {
        switch (Run.Status)
        {
            case var status when RunStatuses.IsTerminal(status):
                break;
            case RunStatuses.Cancelling:
                Cancel(now);
                break;
            case RunStatuses.RequiresAction:
                Expire(now);
                break;
            default:
                Fail(new RunError("server_error", "What the server kept of this run cannot be read any more. Create a new run."), now);
                break;
        }
    }

    // What can happen to a run

    /// <summary>A worker takes the run for as long as its lease lasts.</summary>
    public void Start(DateTimeOffset now, DateTimeOffset leaseUntil)
    {
        Run = Run.Start(now);
        Active = Active with
        {
            Fence = Active.Fence + 1,
            LeaseUntil = leaseUntil.ToUnixTimeMilliseconds(),
            Attempts = Active.Attempts + 1,
        };
        Tell("thread.run.in_progress");
    }

    /// <summary>No worker is free for the run.</summary>
    /// <param name="turn">In which turn of its tenant it is taken.</param>
    /// <param name="watchedBy">The process that streams it, whoever takes it; null when it is not streamed.</param>
    public void Wait(long turn, string? watchedBy) => Active = Active with { Turn = turn, WatchedBy = watchedBy };

    /// <summary>The worker gives the run back unfinished; that does not count as an attempt.</summary>
    public void HandBack() => Active = Active with { Fence = Active.Fence + 1, LeaseUntil = 0, Attempts = Active.Attempts - 1 };

    /// <summary>The model's turn is recorded, and the client must run the functions of the open step.</summary>
    public void RequireAction()
    {
        Active = Active with { Fence = Active.Fence + 1, LeaseUntil = 0, Attempts = 0, WatchedBy = null };
        Run = Run.RequireAction(
            [
                .. _openStep!.StepDetails.ToolCalls!
                    .Where(call => call.Function is not null)
                    .Select(call => new RequiredToolCall(call.Id, new CalledFunction(call.Function!.Name, call.Function.Arguments))),
            ]);
        Tell("thread.run.requires_action");
    }

    /// <summary>The client ran the functions.</summary>
    /// <param name="outputs">Their outputs by call id: one for each pending call.</param>
    /// <param name="origin">The span of the client's request, or null.</param>
    /// <param name="now">When they came.</param>
    /// <param name="queuedAt">The same by the queue's clock: the run's new place in it.</param>
    public void AcceptOutputs(IReadOnlyDictionary<string, string> outputs, string? origin, DateTimeOffset now, DateTimeOffset queuedAt)
    {
        var calls = _openStep!.StepDetails.ToolCalls!
            .Select(call => call.Function is null ? call : call with { Function = call.Function with { Output = outputs[call.Id] } }).ToList();
        CloseOpenStep((step, usage) => (step with { StepDetails = StepDetails.Calls(calls) }).Complete(usage, now), now);

        State = State with { Origin = origin, Items = [.. State.Items, .. calls.Where(call => call.Function is not null).Select(call => ToolOutputItem(call.Id, call.Function!.Output!))] };
        Active = Active with { QueuedAt = queuedAt.ToUnixTimeMilliseconds() };
        Run = Run.Resume();
        Tell("thread.run.queued");
    }

    public void Complete(DateTimeOffset now) => EndWith("thread.run.completed", Run.Complete(Usage(), now));

    public void EndIncomplete(string? reason, DateTimeOffset now)
    {
        CloseOpenStep((step, usage) => step.Cancel(usage, now), now);
        EndWith("thread.run.incomplete", Run.EndIncomplete(reason, Usage(), now));
    }

    public void Fail(RunError error, DateTimeOffset now)
    {
        CloseOpenStep((step, usage) => step.Fail(error, usage, now), now);
        EndWith("thread.run.failed", Run.Fail(error, Usage(), now));
    }

    /// <summary>The client asked for the end; whoever holds the run brings it about.</summary>
    public void RequestCancel()
    {
        Run = Run.RequestCancel();
        Tell("thread.run.cancelling");
    }

    public void Cancel(DateTimeOffset now)
    {
        CloseOpenStep((step, usage) => step.Cancel(usage, now), now);
        EndWith("thread.run.cancelled", Run.Cancel(Usage(), now));
    }

    public void Expire(DateTimeOffset now)
    {
        CloseOpenStep((step, usage) => step.Expire(usage, now), now);
        EndWith("thread.run.expired", Run.Expire(Usage()));
    }

    // What belongs to it

    /// <summary>Counts a model turn and keeps what the next one must be told of it.</summary>
    public void RecordTurn(ModelUsage usage, IEnumerable<JsonElement> items) => State = State with
    {
        Turns = State.Turns + 1,
        Usage = State.Usage + usage,
        Items = [.. State.Items, .. items],
    };

    /// <summary>Keeps the size of a turn's prompt beside what its tokens came to.</summary>
    public void RecordPrompt(long bytes) => State = State with { PromptBytes = State.PromptBytes + bytes };

    public void Add(MessageObject message) => _added.Add(message.ToNewObject());

    public void Add(RunStepObject step) => _added.Add(step.ToNewObject());

    /// <summary>A step whose function calls are not over with the turn.</summary>
    public void AddOpen(RunStepObject step, ModelUsage usage)
    {
        Add(step);
        _openStep = step;
        State = State with { OpenStepId = step.Id, OpenStepUsage = usage };
    }

    /// <summary>A message whose step cannot be told of before the open one is over.</summary>
    public void PostponeStepOf(MessageObject message) =>
        State = State with { MessagesWithoutStep = [.. State.MessagesWithoutStep, message.Id] };

    /// <summary>A step has ended.</summary>
    public void Tell(RunStepObject step) => Tell("thread.run.step." + step.Status, step);

    public void Tell(string name, byte[] data) => _events.Add(new RunEvent(name, data));

    /// <summary>
    /// Saves everything, and tells those who watch once it is committed; to be called once, at the end of the transaction.
    /// </summary>
    public async ValueTask SaveAsync(RunEvents events)
    {
        var run = EngineJson.Write(Run);
        await _write.SaveRunAsync(
            Active with { Status = Run.Status, State = EngineJson.Write(State) },
            RunStatuses.IsTerminal(Run.Status),
            IsNew ? [.. _added, new NewObject(Kind.Run, Run.Id, run, Run.ThreadId)] : _added,
            IsNew ? _changed : [.. _changed, (Run.Id, run)]);
        _write.OnCommitted(() => Publish(events));
    }

    /// <summary>
    /// Whether a transaction in which this was saved, and of whose end nobody heard, was committed. If so, those who
    /// watch are told.
    /// </summary>
    public async ValueTask<bool> WasSavedAsync(StoreTransaction write, RunEvents events)
    {
        var stored = await write.FindAsync(Kind.Run, Active.Tenant, Run.Id, Run.ThreadId);
        if (stored is null || !stored.AsSpan().SequenceEqual(EngineJson.Write(Run)) || !await AllAddedAsync(write))
        {
            return false;
        }

        write.OnCommitted(() => Publish(events));
        return true;
    }

    /// <summary>Another worker may have brought the run to the same end, but not with objects of these ids.</summary>
    private async ValueTask<bool> AllAddedAsync(StoreTransaction write)
    {
        foreach (var added in _added)
        {
            if (await write.FindAsync(added.Kind, Active.Tenant, added.Id, added.Parent) is null)
            {
                return false;
            }
        }

        return true;
    }

    private void Publish(RunEvents events)
    {
        foreach (var happened in _events)
        {
            events.Publish(Run.Id, happened);
        }

        if (RunStatuses.IsTerminal(Run.Status) || Run.Status == RunStatuses.RequiresAction)
        {
            events.End(Run, Active);
        }
    }

    private void EndWith(string name, RunObject ended)
    {
        Run = ended;
        Tell(name);
    }

    private void Tell(string name) => Tell(name, EngineJson.Write(Run.AsStreamed()));

    private void Tell(string name, RunStepObject step) =>
        Tell(name, EngineJson.Write(State.ShowsSearchContent ? step : step.WithoutSearchContent()));

    private Usage Usage() => Runs.Usage.From(State.Usage);

    /// <summary>Ends the step that waits for outputs, if there is one, and then the steps that waited behind it.</summary>
    private void CloseOpenStep(Func<RunStepObject, Usage, RunStepObject> close, DateTimeOffset now)
    {
        if (_openStep is null)
        {
            return;
        }

        var closed = close(_openStep, Runs.Usage.From(State.OpenStepUsage));
        _changed.Add((closed.Id, EngineJson.Write(closed)));
        Tell(closed);

        foreach (var messageId in State.MessagesWithoutStep)
        {
            var step = RunStepObject.Begin(Run, StepDetails.Message(messageId), now);
            Tell("thread.run.step.created", step);
            Tell("thread.run.step.in_progress", step);
            step = step.Complete(Runs.Usage.From(default), now);
            Tell(step);
            Add(step);
        }

        _openStep = null;
        State = State with { OpenStepId = null, OpenStepUsage = default, MessagesWithoutStep = [] };
    }

    private static JsonElement ToolOutputItem(string callId, string output) => EngineJson.Build(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("type", "function_call_output");
        writer.WriteString("call_id", callId);
        writer.WriteString("output", output);
        writer.WriteEndObject();
    });

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Run {RunId} is ended: what is stored of it cannot be read.")]
        public static partial void Damaged(ILogger logger, Exception exception, string runId);
    }
}
