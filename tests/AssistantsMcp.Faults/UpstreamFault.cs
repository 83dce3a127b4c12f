using System.Text;
using AssistantsMcp.Faults.Load;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Faults;

/// <summary>When a model server begins to misbehave.</summary>
public enum Moment
{
    BeforeTheFirstDelta,
    BetweenDeltas,
    AfterTheLastDelta,
}

/// <summary>What a model server does instead of finishing, and how its run has to end.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Begin">What it does before anything was sent; null where it does the same at all moments.</param>
/// <param name="GoOn">What it does once the stream has begun.</param>
/// <param name="Status">The run's status.</param>
/// <param name="Code">Its <c>last_error.code</c>; null where it has none.</param>
/// <param name="Tries">How often it is asked when it fails before anything was sent.</param>
internal sealed record UpstreamFault(string Name, Func<StagedTurn, Task>? Begin, Func<StagedTurn, Task> GoOn, string Status = "failed", string? Code = "server_error", int Tries = 1)
{
    private const string Delta = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"item_id\":\"msg_a\",\"output_index\":0,\"content_index\":0,\"delta\":\"";

    public static IReadOnlyList<UpstreamFault> All { get; } =
    [
        Refusal("429", 429, Event("error", """{"type":"error","code":"rate_limit_exceeded","message":"Slow down."}"""), code: "rate_limit_exceeded"),
        Refusal("500", 500, Event("error", """{"type":"error","code":"server_error","message":"It broke."}""")),
        Refusal("503", 503, "data: {\"error\":{\"code\":503,\"message\":\"Loading.\",\"type\":\"unavailable_error\"}}\n\n"),
        Same("silence", turn => turn.Reply.HangAsync()),
        Same("reset", turn =>
        {
            turn.Reply.Reset();
            return Task.CompletedTask;
        }),
        new("half-closed connection", HalfCloseAsync, HalfCloseAsync),
        new("clean end", turn => turn.Reply.BeginAsync(), _ => Task.CompletedTask),
        Raw("half an event", "event: response.completed\ndata: {\"type\":\"response.compl"),
        Raw("terminal event without its end", $"event: response.completed\ndata: {Completed()}\n"),
        Raw("garbage instead of JSON", "data: {\"type\":garbage}\n\n"),
        Raw("truncated UTF-8", "", [.. Encoding.UTF8.GetBytes(Delta), 0xE2, 0x82, .. "\"}\n\n"u8]),
        new("another content type", turn => turn.Reply.StatusAsync(200, "<html>Welcome</html>"), turn => turn.Reply.RawAsync("<html>Welcome</html>\n\n")),
        new("error body with status 200", turn => turn.Reply.StatusAsync(200, """{"error":{"message":"It broke."}}"""), turn => turn.Reply.RawAsync("data: {\"error\":\"It broke.\"}\n\n")),
        Raw("error event", Event("error", """{"type":"error","error":{"type":"invalid_request_error","message":"Bad."}}"""), code: "invalid_prompt"),
        Raw("failed response", Event("response.failed", """{"type":"response.failed","response":{"status":"failed","error":{"code":"rate_limit_exceeded","message":"Slow down."}}}"""), code: "rate_limit_exceeded"),
        Raw("[DONE] without a terminal event", "data: [DONE]\n\n"),
        Same("endless comments", turn => RepeatAsync(turn, ": still thinking\n\n"), status: "expired", code: null),
        Same("endless text", turn => RepeatAsync(turn, $"{Delta}more \"}}\n\n"), status: "expired", code: null),
        Same("trickle", TrickleAsync, status: "completed", code: null),
    ];

    public Task AnswerAsync(StagedTurn turn, Moment moment) => moment == Moment.BeforeTheFirstDelta && Begin is not null ? Begin(turn) : GoOnAsync(turn, moment);

    public override string ToString() => Name;

    private async Task GoOnAsync(StagedTurn turn, Moment moment)
    {
        await turn.BeginAsync();
        var pieces = turn.Pieces;
        foreach (var piece in moment switch { Moment.BeforeTheFirstDelta => [], Moment.BetweenDeltas => pieces[..^2], _ => pieces })
        {
            await turn.Reply.EventsAsync(TextDelta(piece));
        }

        await GoOn(turn);
    }

    private static UpstreamFault Refusal(string name, int status, string later, string code = "server_error") => new(
        name,
        turn => turn.Reply.StatusAsync(status, """{"error":{"message":"Not now."}}"""),
        turn => turn.Reply.RawAsync(later),
        Code: code,
        Tries: 3);

    private static UpstreamFault Same(string name, Func<StagedTurn, Task> act, string status = "failed", string? code = "server_error") =>
        new(name, null, act, status, code);

    private static UpstreamFault Raw(string name, string sent, byte[]? bytes = null, string code = "server_error") =>
        Same(name, turn => turn.Reply.RawAsync(bytes ?? Encoding.UTF8.GetBytes(sent)), code: code);

    private static string Event(string type, string json) => $"event: {type}\ndata: {json}\n\n";

    private static async Task HalfCloseAsync(StagedTurn turn)
    {
        await turn.Reply.BeginAsync();
        turn.Reply.HalfClose();
        await turn.Reply.HangAsync();
    }

    private static async Task RepeatAsync(StagedTurn turn, string sent)
    {
        while (true)
        {
            await turn.Reply.RawAsync(sent);
            await Task.Delay(TimeSpan.FromMilliseconds(50), turn.Reply.Gone);
        }
    }

    /// <summary>Sends the rest of a good answer byte by byte.</summary>
    private static async Task TrickleAsync(StagedTurn turn)
    {
        turn.RecordEnd();
        foreach (var one in $"data: {Done(Message(turn.Whole))}\n\ndata: {Completed(Message(turn.Whole))}\n\n")
        {
            await turn.Reply.RawAsync($"{one}");
        }
    }
}
