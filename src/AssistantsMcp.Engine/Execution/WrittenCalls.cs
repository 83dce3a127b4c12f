using System.Text;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Runs;

namespace AssistantsMcp.Engine.Execution;

/// <summary>Calls of tools that share one step of this turn.</summary>
internal sealed class WrittenCalls : WrittenItem
{
    private readonly List<WrittenCall> _calls = [];
    private bool _isClosed;

    public WrittenCalls(RunStepObject step) => Step = step;

    /// <summary>Whether the client must run a function before the step can end.</summary>
    public bool NeedsClient => _calls.Exists(call => call is FunctionWritten);

    public override bool IsWhole => _calls.TrueForAll(call => call.IsWhole);

    protected override bool MayBeShort => false;

    /// <summary>A step that waits for its client takes in whatever comes.</summary>
    public override string? OpenItemId => _isClosed || NeedsClient ? null : _calls.Find(call => !call.IsWhole)?.ItemId;

    public override void Close(bool isCut) => _isClosed = true;

    public override void Record(RunJournal journal, ModelUsage usage, TurnEnd end, DateTimeOffset now)
    {
        var step = IsTold ? Step! : ClosedStep(usage, end, now);
        if (!IsTold)
        {
            journal.Tell(step);
        }

        journal.Add(step);
    }

    /// <returns>The call's place in the step.</returns>
    public int Add(WrittenCall call)
    {
        _calls.Add(call);
        return _calls.Count - 1;
    }

    /// <summary>A call of this step by the model's name for it, and its place.</summary>
    public (T Call, int Index)? Find<T>(string itemId)
        where T : WrittenCall
    {
        var index = _calls.FindIndex(call => call.ItemId == itemId);
        return index >= 0 && _calls[index] is T call ? (call, index) : null;
    }

    /// <summary>The step with its calls as they are now.</summary>
    public override RunStepObject FilledStep() => Step! with { StepDetails = StepDetails.Calls([.. _calls.Select(call => call.ToStepCall())]) };
}

/// <summary>A call while it is made.</summary>
internal abstract class WrittenCall(string itemId, string callId)
{
    public string ItemId => itemId;

    public string CallId => callId;

    public bool IsWhole { get; set; }

    public abstract StepToolCall ToStepCall();
}

internal sealed class FunctionWritten(string itemId, string callId, string name) : WrittenCall(itemId, callId)
{
    public StringBuilder Arguments { get; set; } = new();

    public override StepToolCall ToStepCall() => StepToolCall.Of(CallId, new StepFunction(name, Arguments.ToString(), Output: null));
}

internal sealed class CodeWritten(string itemId, string callId) : WrittenCall(itemId, callId)
{
    public StringBuilder Input { get; set; } = new();

    public IReadOnlyList<StepCodeOutput> Outputs { get; set; } = [];

    public override StepToolCall ToStepCall() => StepToolCall.Of(CallId, new StepCode(Input.ToString(), Outputs));
}

internal sealed class SearchWritten(string itemId, string callId, StepRanking ranking) : WrittenCall(itemId, callId)
{
    public IReadOnlyList<SearchResult> Results { get; set; } = [];

    public override StepToolCall ToStepCall() => StepToolCall.Of(CallId, new StepSearch(ranking, [.. Results.Select(Shown)]));

    private static StepSearchResult Shown(SearchResult result) => new()
    {
        FileId = result.FileId,
        FileName = result.FileName,
        Score = result.Score,
        Attributes = result.Attributes,
        Content = [new StepSearchText(result.Text)],
    };
}
