using System.Text;
using System.Text.Json;
using AssistantsMcp.Engine.Messages;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Runs;

namespace AssistantsMcp.Engine.Execution;

/// <summary>A message of this turn, from its beginning to its end.</summary>
internal sealed class WrittenMessage(string itemId, MessageObject begun, RunStepObject? step)
{
    private readonly List<(int Part, bool IsRefusal, StringBuilder Text)> _parts = [];
    private IReadOnlyList<ModelPart>? _whole;

    public string ItemId => itemId;

    public MessageObject Begun => begun;

    public RunStepObject? Step { get; set; } = step;

    public bool IsOpen { get; private set; } = true;

    public bool IsCut { get; private set; }

    /// <summary>The message as it is stored; set when its end is told.</summary>
    public MessageObject? Final { get; set; }

    public bool IsTold => Final is not null;

    /// <returns>The part's place in the content, and whether it begins with this text.</returns>
    public (int Index, bool IsFirst) Append(int part, bool isRefusal, string text)
    {
        var index = _parts.FindIndex(existing => existing.Part == part);
        if (index >= 0)
        {
            _parts[index].Text.Append(text);
            return (index, false);
        }

        _parts.Add((part, isRefusal, new StringBuilder(text)));
        return (_parts.Count - 1, true);
    }

    public void Finish(IReadOnlyList<ModelPart> parts) => (_whole, IsOpen) = (parts, false);

    public void Close(bool isCut) => (IsCut, IsOpen) = (isCut, false);

    public JsonElement Content() => MessageContent.FromModel(
        _whole ?? [.. _parts.Select(part => new ModelPart(part.IsRefusal, part.Text.ToString()))]);
}
