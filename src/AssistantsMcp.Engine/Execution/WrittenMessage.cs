using System.Text.Json;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Messages;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Runs;

namespace AssistantsMcp.Engine.Execution;

/// <summary>A message of this turn, from its beginning to its end.</summary>
internal sealed class WrittenMessage : WrittenItem
{
    private readonly List<WrittenPart> _parts = [];
    private readonly string _itemId;
    private int _citations;
    private bool _isOpen = true;
    private bool _isCut;

    public WrittenMessage(string itemId, MessageObject begun, RunStepObject? step)
    {
        (_itemId, Message) = (itemId, begun);
        Step = step;
    }

    /// <summary>The message as it began, and as it is stored once its end is told.</summary>
    public MessageObject Message { get; private set; }

    public override bool IsWhole => !_isCut;

    /// <summary>A message's step is complete though the message is not.</summary>
    protected override bool MayBeShort => true;

    public override string? OpenItemId => _isOpen ? _itemId : null;

    /// <returns>The part's place in the content, and whether it begins with this text.</returns>
    public (int Index, bool IsFirst) Append(int part, bool isRefusal, string text)
    {
        var (index, isFirst) = PartAt(part, isRefusal);
        _parts[index].Append(text);
        return (index, isFirst);
    }

    /// <summary>Takes a citation, or a picture that no text stands for.</summary>
    /// <param name="cited">What is cited, and where.</param>
    /// <param name="search">Which of the turn's searches found it; it shows in the marker.</param>
    /// <returns>The delta that tells of it.</returns>
    public RunEvent Cite(Cited cited, int search)
    {
        if (cited.Citation is MadeFile picture && cited.Start == cited.End && IsPicture(picture.FileName))
        {
            _parts.Add(new WrittenPart(number: -1, pictureId: picture.FileId));
            return RunDeltas.Picture(Message.Id, _parts.Count - 1, picture.FileId);
        }

        var (index, _) = PartAt(cited.Part, isRefusal: false);
        var marker = $"【{search}:{_citations++}†{cited.Citation.FileName.Replace('】', ']')}】";
        var (inserted, number, annotation) = _parts[index].Cite(cited, marker);
        return RunDeltas.Annotation(Message.Id, index, inserted, number, annotation);
    }

    /// <summary>The model says how the message reads as a whole, and in which phase it was written.</summary>
    public void Finish(IReadOnlyList<ModelPart> parts, string? phase)
    {
        Message = Message with { Phase = phase };
        foreach (var (number, part) in parts.Index())
        {
            _parts[PartAt(number, part.IsRefusal).Index].Finish(part.Text);
        }

        _isOpen = false;
    }

    public override void Close(bool isCut) => (_isCut, _isOpen) = (isCut, false);

    public override void TellEnd(LiveEvents live, TurnEnd? end, DateTimeOffset now)
    {
        Message = Ended(end, now);
        live.Tell($"thread.message.{Message.Status}", Message);
        base.TellEnd(live, end, now);
    }

    public override void Record(RunJournal journal, ModelUsage usage, TurnEnd end, DateTimeOffset now)
    {
        var message = IsTold ? Message : Ended(end, now);
        var step = IsTold || Step is null ? Step : ClosedStep(usage, end, now);
        if (!IsTold)
        {
            journal.Tell($"thread.message.{message.Status}", EngineJson.Write(message));
            if (step is not null)
            {
                journal.Tell(step);
            }
        }

        journal.Add(message);
        if (step is null)
        {
            journal.PostponeStepOf(message);
        }
        else
        {
            journal.Add(step);
        }
    }

    public override RunStepObject FilledStep() => Step!;

    /// <summary>The message as it is stored: whole, or cut short.</summary>
    private MessageObject Ended(TurnEnd? end, DateTimeOffset now) =>
        IsWhole ? Message.Complete(Content(), now) : Message.CutShort(Content(), end!.MessageReason!, now);

    private JsonElement Content() => EngineJson.Build(writer =>
    {
        writer.WriteStartArray();
        foreach (var part in _parts)
        {
            part.WriteTo(writer);
        }

        writer.WriteEndArray();
    });

    private (int Index, bool IsNew) PartAt(int number, bool isRefusal)
    {
        var index = _parts.FindIndex(part => part.Number == number);
        if (index >= 0)
        {
            return (index, false);
        }

        _parts.Add(new WrittenPart(number, isRefusal));
        return (_parts.Count - 1, true);
    }

    private static bool IsPicture(string fileName) =>
        Path.GetExtension(fileName).ToUpperInvariant() is ".PNG" or ".JPG" or ".JPEG" or ".GIF" or ".WEBP";
}
