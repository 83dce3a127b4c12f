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
/// Strict clients accept one open message and one open step at a time. So while a message is open, what belongs to
/// other items waits; all function calls of a turn share one step; and the end of a message is told when the next
/// item begins, or after the commit.
/// </remarks>
internal sealed class TurnRecorder(RunObject run, RunEvents events, TimeProvider time)
{
    private readonly List<JsonElement> _items = [];
    private readonly List<WrittenMessage> _messages = [];
    private readonly List<OpenCall> _calls = [];
    private Queue<ModelEvent> _waiting = new();
    private RunStepObject? _callStep;

    private WrittenMessage? OpenMessage => _messages is [.., { IsOpen: true } last] ? last : null;

    /// <summary>Takes the next event of the turn, in arrival order; how it ended goes to <see cref="End"/>.</summary>
    public void Apply(ModelEvent happened)
    {
        if (OpenMessage is { } open && open.ItemId != ItemOf(happened))
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
            case MessageDone done:
                _items.Add(done.Item);
                OpenMessage!.Finish(done.Parts);
                ApplyWaiting();
                break;
            case FunctionCallStarted started:
                BeginCall(started);
                break;
            case ArgumentsDelta delta:
                AppendArguments(delta);
                break;
            case FunctionCallDone done:
                _items.Add(done.Item);
                _calls.Single(call => call.ItemId == done.ItemId).Arguments = new StringBuilder(done.Arguments);
                break;
            case HiddenItemDone hidden:
                _items.Add(hidden.Item);
                break;
        }
    }

    /// <summary>Writes the turn and its outcome into the run's journal.</summary>
    public void End(TurnEnd end, RunJournal journal)
    {
        var now = time.GetUtcNow();
        CloseOpenMessages(end);
        journal.RecordTurn(end.Usage, _items);
        foreach (var message in _messages)
        {
            var isLast = _callStep is null && message == _messages[^1];
            Record(message, isLast ? end.Usage : default, end, journal, now);
        }

        if (_callStep is not null)
        {
            journal.AddOpen(WithCalls(_callStep), end.Usage);
        }

        switch (end)
        {
            case TurnEnd.Whole when _callStep is not null:
                journal.RequireAction();
                break;
            case TurnEnd.Whole:
                journal.Complete(now);
                break;
            case TurnEnd.Short cut:
                journal.EndIncomplete(cut.Reason == IncompleteReason.MaxOutputTokens ? "max_completion_tokens" : null, now);
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

    // Messages

    private void BeginMessage(string itemId)
    {
        TellFinished();
        var now = time.GetUtcNow();
        var message = MessageObject.Begin(run.ThreadId, run.AssistantId, run.Id, now);
        var step = _callStep is null ? RunStepObject.Begin(run, StepDetails.Message(message.Id), now) : null;
        _messages.Add(new WrittenMessage(itemId, message, step));

        if (step is not null)
        {
            Tell("thread.run.step.created", step);
            Tell("thread.run.step.in_progress", step);
        }

        Tell("thread.message.created", message);
        Tell("thread.message.in_progress", message);
    }

    private void Append(int part, bool isRefusal, string text)
    {
        var message = OpenMessage!;
        var (index, isFirst) = message.Append(part, isRefusal, text);
        if (events.IsWatched(run.Id))
        {
            events.Publish(run.Id, RunDeltas.Text(message.Begun.Id, index, isRefusal, isFirst, text));
        }
    }

    /// <summary>Takes what waited for the message to end; it may open the next one, behind which the rest waits again.</summary>
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
    /// A message without its own end is cut short with the turn, and so is one that ended a moment before a turn
    /// which was itself cut off: model servers end the item first and say why afterwards.
    /// </summary>
    private void CloseOpenMessages(TurnEnd end)
    {
        while (OpenMessage is { } open)
        {
            open.Close(isCut: end is not TurnEnd.Whole);
            ApplyWaiting();
        }

        if (end is TurnEnd.Short && _callStep is null && _messages is [.., { IsTold: false } last])
        {
            last.Close(isCut: true);
        }
    }

    /// <summary>Tells of the messages that ended before the item that begins now.</summary>
    private void TellFinished()
    {
        foreach (var written in _messages.Where(message => !message.IsTold))
        {
            var now = time.GetUtcNow();
            written.Final = written.Begun.Complete(written.Content(), now);
            Tell("thread.message.completed", written.Final);
            if (written.Step is not null)
            {
                written.Step = written.Step.Complete(Usage.From(default), now);
                Tell("thread.run.step.completed", written.Step);
            }
        }
    }

    private static void Record(WrittenMessage written, ModelUsage usage, TurnEnd end, RunJournal journal, DateTimeOffset now)
    {
        if (!written.IsTold)
        {
            written.Final = written.IsCut
                ? written.Begun.CutShort(written.Content(), end.MessageReason!, now)
                : written.Begun.Complete(written.Content(), now);
            journal.Tell($"thread.message.{written.Final.Status}", EngineJson.Write(written.Final));
            if (written.Step is not null)
            {
                written.Step = CloseStep(written, Usage.From(usage), end, now);
                journal.Tell($"thread.run.step.{written.Step.Status}", EngineJson.Write(written.Step));
            }
        }

        journal.Add(written.Final!);
        if (written.Step is null)
        {
            journal.PostponeStepOf(written.Final!);
        }
        else
        {
            journal.Add(written.Step);
        }
    }

    /// <summary>A message step ends as its run does, unless its message was whole, or merely as long as it was allowed to be.</summary>
    private static RunStepObject CloseStep(WrittenMessage written, Usage usage, TurnEnd end, DateTimeOffset now) => end switch
    {
        TurnEnd.Failed failed when written.IsCut => written.Step!.Fail(failed.Error, usage, now),
        TurnEnd.Cancelled when written.IsCut => written.Step!.Cancel(usage, now),
        TurnEnd.Expired when written.IsCut => written.Step!.Expire(usage, now),
        _ => written.Step!.Complete(usage, now),
    };

    // Function calls

    private void BeginCall(FunctionCallStarted started)
    {
        TellFinished();
        if (_callStep is null)
        {
            _callStep = RunStepObject.Begin(run, StepDetails.Calls([]), time.GetUtcNow());
            Tell("thread.run.step.created", _callStep);
            Tell("thread.run.step.in_progress", _callStep);
        }

        _calls.Add(new OpenCall(started.ItemId, started.CallId, started.Name));
        if (events.IsWatched(run.Id))
        {
            events.Publish(run.Id, RunDeltas.FunctionCall(_callStep.Id, _calls.Count - 1, started.CallId, started.Name));
        }
    }

    private void AppendArguments(ArgumentsDelta delta)
    {
        var index = _calls.FindIndex(call => call.ItemId == delta.ItemId);
        _calls[index].Arguments.Append(delta.Fragment);
        if (events.IsWatched(run.Id))
        {
            events.Publish(run.Id, RunDeltas.Arguments(_callStep!.Id, index, delta.Fragment));
        }
    }

    private RunStepObject WithCalls(RunStepObject step) => step with
    {
        StepDetails = StepDetails.Calls(
            [.. _calls.Select(call => new StepToolCall(call.CallId, new StepFunction(call.Name, call.Arguments.ToString(), Output: null)))]),
    };

    private void Tell(string name, RunStepObject step)
    {
        if (events.IsWatched(run.Id))
        {
            events.Publish(run.Id, new RunEvent(name, EngineJson.Write(step)));
        }
    }

    private void Tell(string name, MessageObject message)
    {
        if (events.IsWatched(run.Id))
        {
            events.Publish(run.Id, new RunEvent(name, EngineJson.Write(message)));
        }
    }

    private static string? ItemOf(ModelEvent happened) => happened switch
    {
        MessageStarted message => message.ItemId,
        TextDelta delta => delta.ItemId,
        RefusalDelta delta => delta.ItemId,
        MessageDone done => done.ItemId,
        _ => null,
    };

    private sealed record OpenCall(string ItemId, string CallId, string Name)
    {
        public StringBuilder Arguments { get; set; } = new();
    }
}
