using System.Text.Json;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Execution;
using AssistantsMcp.Engine.Messages;

namespace AssistantsMcp.Engine.Runs;

/// <summary>
/// The events of a run that has been, made from what is stored of it: the same objects as in its first stream, in an
/// order that every reader takes, and each text and call in one delta.
/// </summary>
internal static class RetoldRun
{
    public static IEnumerable<RunEvent> Beginning(RunObject begun) => [Of("thread.run.created", begun), Of("thread.run.queued", begun)];

    /// <param name="begun">The run as it was queued.</param>
    /// <param name="run">The run as it is; it may have ended before a worker began.</param>
    public static IEnumerable<RunEvent> Start(RunObject begun, RunObject run) => run.StartedAt is { } startedAt
        ? [Of("thread.run.in_progress", begun.Start(DateTimeOffset.FromUnixTimeSeconds(startedAt)))]
        : [];

    /// <param name="step">A step; one that waits for tool outputs stays open.</param>
    /// <param name="message">The message that it wrote; null where it wrote none, or it was deleted.</param>
    public static IEnumerable<RunEvent> Step(RunStepObject step, MessageObject? message)
    {
        var begun = step with
        {
            Status = "in_progress",
            StepDetails = step.StepDetails.ToolCalls is null ? step.StepDetails : StepDetails.Calls([]),
            CancelledAt = null,
            CompletedAt = null,
            ExpiredAt = null,
            FailedAt = null,
            LastError = null,
            Usage = null,
        };
        return
        [
            Of("thread.run.step.created", begun),
            Of("thread.run.step.in_progress", begun),
            .. (step.StepDetails.ToolCalls ?? []).Index().SelectMany(call => Call(step.Id, call.Index, call.Item)),
            .. message is null ? [] : Message(message),
            .. step.Status == begun.Status ? (RunEvent[])[] : [Of($"thread.run.step.{step.Status}", step)],
        ];
    }

    /// <summary>How a run ended, or what it waits for.</summary>
    public static IEnumerable<RunEvent> End(RunObject run) => [Of($"thread.run.{run.Status}", run)];

    private static IEnumerable<RunEvent> Call(string stepId, int index, StepToolCall call) => call switch
    {
        { Function: { } function } =>
        [
            RunDeltas.FunctionCall(stepId, index, call.Id, function.Name),
            RunDeltas.Arguments(stepId, index, function.Arguments),
        ],
        { CodeInterpreter: { } code } =>
        [
            RunDeltas.CodeCall(stepId, index, call.Id),
            RunDeltas.Code(stepId, index, code.Input),
            RunDeltas.CodeOutputs(stepId, index, code.Outputs),
        ],
        _ => [RunDeltas.SearchCall(stepId, index, call.Id, call.FileSearch!.RankingOptions)],
    };

    private static IEnumerable<RunEvent> Message(MessageObject message)
    {
        var begun = message with
        {
            Status = "in_progress",
            Content = EngineJson.EmptyArray,
            IncompleteDetails = null,
            IncompleteAt = null,
            CompletedAt = null,
        };
        return
        [
            Of("thread.message.created", begun),
            Of("thread.message.in_progress", begun),
            .. message.Content.EnumerateArray().Index().SelectMany(part => Part(message.Id, part.Index, part.Item)),
            Of($"thread.message.{message.Status}", message),
        ];
    }

    private static IEnumerable<RunEvent> Part(string messageId, int index, JsonElement part) => part.GetProperty("type").GetString() switch
    {
        "text" => Text(messageId, index, part.GetProperty("text")),
        "refusal" => [RunDeltas.Text(messageId, index, isRefusal: true, isFirst: true, part.GetProperty("refusal").GetString()!)],
        _ => [RunDeltas.Picture(messageId, index, part.GetProperty("image_file").GetProperty("file_id").GetString()!)],
    };

    private static IEnumerable<RunEvent> Text(string messageId, int index, JsonElement text) =>
    [
        RunDeltas.Text(messageId, index, isRefusal: false, isFirst: true, text.GetProperty("value").GetString()!),
        .. text.GetProperty("annotations").EnumerateArray().Index().Select(annotation =>
            RunDeltas.Annotation(messageId, index, inserted: "", annotation.Index, Annotation.Read(annotation.Item))),
    ];

    private static RunEvent Of(string name, RunObject run) => new(name, EngineJson.Write(run.AsStreamed()));

    private static RunEvent Of(string name, RunStepObject step) => new(name, EngineJson.Write(step));

    private static RunEvent Of(string name, MessageObject message) => new(name, EngineJson.Write(message));
}
