using System.Text;
using System.Text.Json;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Messages;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Runs;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// Turns the events of one model turn into messages and steps, and tells of them as they grow. Nothing is stored
/// before the turn has ended: then all of it is, in one transaction, or (after a crash) none of it.
/// </summary>
/// <remarks>
/// Strict clients accept one open message and one open step at a time. So while a message or a call of a hosted tool is
/// open, what belongs to other items waits; each call of a hosted tool has a step of its own; the function calls of a
/// turn share one, which takes in what its tools do besides; and the end of an item is told when the next one begins, or
/// after the commit.
/// </remarks>
internal sealed class TurnRecorder(RunObject run, RunState state, RunEvents events, TimeProvider time)
{
    private readonly LiveEvents _live = new(run, state, events);
    private readonly List<JsonElement> _items = [];
    private readonly List<WrittenItem> _written = [];
    private readonly HashSet<string> _unwanted = [];
    private Queue<ModelEvent> _waiting = new();
    private int _searches;

    /// <summary>How the turn ended; null while it goes on.</summary>
    private TurnEnd? _end;

    /// <summary>What must end before anything else can begin; nothing is begun behind it.</summary>
    private WrittenItem? Open => _written is [.., { OpenItemId: not null } last] ? last : null;

    private WrittenMessage OpenMessage => (WrittenMessage)Open!;

    /// <summary>The step whose functions the client must run.</summary>
    private WrittenCalls? ClientCalls => _written.OfType<WrittenCalls>().FirstOrDefault(calls => calls.NeedsClient);

    /// <summary>Takes the next event of the turn, in arrival order; how it ended goes to <see cref="End"/>.</summary>
    public void Apply(ModelEvent happened)
    {
        if (Open is { } open && open.OpenItemId != ItemOf(happened))
        {
            _waiting.Enqueue(happened);
            return;
        }

        switch (happened)
        {
            case MessageStarted started:
                BeginMessage(started.ItemId);
                break;
            case TextDelta delta:
                Append(delta.Part, isRefusal: false, delta.Text);
                break;
            case RefusalDelta delta:
                Append(delta.Part, isRefusal: true, delta.Text);
                break;
            case Cited cited:
                var citation = OpenMessage.Cite(cited, Math.Max(0, _searches - 1));
                _live.Tell(() => citation);
                break;
            case MessageDone done:
                _items.Add(done.Item);
                OpenMessage.Finish(done.Parts, done.Item.Text("phase"));
                ApplyWaiting();
                break;
            case FunctionCallStarted started when !run.ParallelToolCalls && ClientCalls is not null:
                // One call a turn was asked for; not every model server sees to it. The model may call again in its next turn.
                _unwanted.Add(started.ItemId);
                break;
            case FunctionCallDone done when _unwanted.Contains(done.ItemId):
                break;
            case FunctionCallStarted started:
                BeginCall(
                    new FunctionWritten(started.ItemId, started.CallId, started.Name),
                    (step, index) => RunDeltas.FunctionCall(step, index, started.CallId, started.Name));
                break;
            case ArgumentsDelta delta:
                Change<FunctionWritten>(delta.ItemId, call => call.Arguments.Append(delta.Fragment), (step, index) => RunDeltas.Arguments(step, index, delta.Fragment));
                break;
            case FunctionCallDone done:
                _items.Add(done.Item);
                Change<FunctionWritten>(done.ItemId, call => (call.Arguments, call.IsWhole) = (new StringBuilder(done.Arguments), true));
                break;
            case CodeCallStarted started:
                BeginCode(started.ItemId);
                break;
            case CodeDelta delta:
                Change<CodeWritten>(delta.ItemId, call => call.Input.Append(delta.Fragment), (step, index) => RunDeltas.Code(step, index, delta.Fragment));
                break;
            case CodeCallDone done:
                EndCode(done);
                break;
            case SearchCallStarted started:
                BeginSearch(started.ItemId);
                break;
            case SearchCallDone done:
                _items.Add(done.Item);
                Change<SearchWritten>(done.ItemId, call => (call.Results, call.IsWhole) = (done.Results, true));
                ApplyWaiting();
                break;
            case HiddenItemDone hidden:
                _items.Add(hidden.Item);
                break;
        }
    }

    /// <summary>Writes the turn and its outcome into the run's journal; into another one if that could not be saved.</summary>
    public void End(TurnEnd end, RunJournal journal)
    {
        var now = time.GetUtcNow();
        _end = end;
        CloseOpen(end);
        journal.RecordTurn(end.Usage, _items);

        // What the turn used is shown on its last step.
        var clientCalls = ClientCalls;
        foreach (var written in _written.Where(item => item != clientCalls))
        {
            written.Record(journal, clientCalls is null && written == _written[^1] ? end.Usage : default, end, now);
        }

        if (clientCalls is not null)
        {
            journal.AddOpen(clientCalls.FilledStep(), end.Usage);
        }

        switch (end)
        {
            case TurnEnd.Whole when clientCalls is not null:
                journal.RequireAction();
                break;
            case TurnEnd.Whole:
                journal.Complete(now);
                break;
            case TurnEnd.Short cut:
                journal.EndIncomplete(cut.RunReason, now);
                break;
            case TurnEnd.Failed failed:
                journal.Fail(failed.Error, now);
                break;
            case TurnEnd.Cancelled:
                journal.Cancel(now);
                break;
            case TurnEnd.Expired:
                journal.Expire(now);
                break;
        }
    }

    /// <summary>Tells of what ended before the item that begins now.</summary>
    private void TellFinished()
    {
        foreach (var written in _written.Where(item => !item.IsTold && item is not WrittenCalls { NeedsClient: true }))
        {
            written.TellEnd(_live, _end, time.GetUtcNow());
        }
    }

    // Messages

    private void BeginMessage(string itemId)
    {
        TellFinished();
        var now = time.GetUtcNow();
        var message = MessageObject.Begin(run.ThreadId, run.AssistantId, run.Id, now);
        var step = ClientCalls is null ? RunStepObject.Begin(run, StepDetails.Message(message.Id), now) : null;
        _written.Add(new WrittenMessage(itemId, message, step));

        if (step is not null)
        {
            _live.TellBegun(step);
        }

        _live.TellBegun(message);
    }

    private void Append(int part, bool isRefusal, string text)
    {
        var message = OpenMessage;
        var (index, isFirst) = message.Append(part, isRefusal, text);
        _live.Tell(() => RunDeltas.Text(message.Message.Id, index, isRefusal, isFirst, text));
    }

    /// <summary>Takes what waited for an item to end; it may open the next one, behind which the rest waits again.</summary>
    private void ApplyWaiting()
    {
        var waited = _waiting;
        _waiting = new Queue<ModelEvent>();
        foreach (var happened in waited)
        {
            Apply(happened);
        }
    }

    /// <summary>
    /// An item without its own end is cut short with the turn, and so is a message that ended a moment before a turn
    /// which was itself cut off: model servers end the item first and say why afterwards.
    /// </summary>
    private void CloseOpen(TurnEnd end)
    {
        while (Open is { } open)
        {
            open.Close(isCut: end is not TurnEnd.Whole);
            ApplyWaiting();
        }

        if (end is TurnEnd.Short && ClientCalls is null && _written is [.., WrittenMessage { IsTold: false } last])
        {
            last.Close(isCut: true);
        }
    }

    // Calls of tools

    /// <summary>A function call joins the step before it, if that is one of calls; so does any call once a function was called.</summary>
    private void BeginCall(WrittenCall call, Func<string, int, RunEvent> tell)
    {
        var calls = ClientCalls ?? (call is FunctionWritten && _written is [.., WrittenCalls { IsTold: false } last] ? last : null);
        if (calls is null)
        {
            TellFinished();
            calls = new WrittenCalls(RunStepObject.Begin(run, StepDetails.Calls([]), time.GetUtcNow()));
            _written.Add(calls);
            _live.TellBegun(calls.Step!);
        }

        var index = calls.Add(call);
        if (calls.NeedsClient)
        {
            TellFinished();
        }

        _live.Tell(() => tell(calls.Step!.Id, index));
    }

    private void Change<T>(string itemId, Action<T> change, Func<string, int, RunEvent>? tell = null)
        where T : WrittenCall
    {
        foreach (var calls in _written.OfType<WrittenCalls>())
        {
            if (calls.Find<T>(itemId) is var (call, index))
            {
                change(call);
                if (tell is not null)
                {
                    _live.Tell(() => tell(calls.Step!.Id, index));
                }
            }
        }
    }

    private void BeginCode(string itemId)
    {
        var callId = ObjectId.NewCall();
        BeginCall(new CodeWritten(itemId, callId), (step, index) => RunDeltas.CodeCall(step, index, callId));
    }

    private void EndCode(CodeCallDone done)
    {
        if (done.Item is { } item)
        {
            _items.Add(item);
        }

        var outputs = done.Outputs.Select(Shown).OfType<StepCodeOutput>().ToList();
        Change<CodeWritten>(
            done.ItemId,
            call => (call.Input, call.Outputs, call.IsWhole) = (new StringBuilder(done.Code), outputs, true),
            outputs.Count > 0 ? (step, index) => RunDeltas.CodeOutputs(step, index, outputs) : null);
        ApplyWaiting();
    }

    private static StepCodeOutput? Shown(CodeOutput output) => output switch
    {
        CodeLogs logs => new StepCodeOutput { Type = "logs", Logs = logs.Text },
        CodeImageFile image => new StepCodeOutput { Type = "image", Image = new StepImage(image.FileId) },
        _ => null,
    };

    private void BeginSearch(string itemId)
    {
        _searches++;
        var callId = ObjectId.NewCall();
        var ranking = StepRanking.Of(run.Tools);
        BeginCall(new SearchWritten(itemId, callId, ranking), (step, index) => RunDeltas.SearchCall(step, index, callId, ranking));
    }

    private static string? ItemOf(ModelEvent happened) => happened switch
    {
        MessageStarted message => message.ItemId,
        TextDelta delta => delta.ItemId,
        RefusalDelta delta => delta.ItemId,
        Cited cited => cited.ItemId,
        MessageDone done => done.ItemId,
        CodeDelta delta => delta.ItemId,
        CodeCallDone done => done.ItemId,
        SearchCallDone done => done.ItemId,
        _ => null,
    };
}
