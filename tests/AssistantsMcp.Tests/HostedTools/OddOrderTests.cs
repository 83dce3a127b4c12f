using System.Text.Json;
using static AssistantsMcp.Tests.Models.Upstream;
using static AssistantsMcp.Tests.Models.UpstreamTools;

namespace AssistantsMcp.Tests.HostedTools;

/// <summary>
/// Turns whose items overlap, or get events behind their end. Whatever a model server does, the stream keeps to its
/// rules (every stream is checked for them as it is read), and nothing is lost of what is stored.
/// </summary>
public sealed class OddOrderTests : HostingModelTests
{
    private const string Tools =
        "\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"code_interpreter\"},{\"type\":\"file_search\"},{\"type\":\"function\",\"function\":{\"name\":\"tide\"}}]"
        + ",\"tool_resources\":{\"file_search\":{\"vector_store_ids\":[\"vs_a\"]}}";

    private static readonly string[] HalfOfEverything =
    [
        Created, Added(CodeCall("", status: "in_progress")), CodeDelta("a", "ci_a", 0),
        Added(EmptyMessage(), 1), TextDelta("One", index: 1), Added(EmptyMessage("msg_b"), 2), TextDelta("Two", "msg_b", 2),
    ];

    [Fact]
    public async Task TwoCodeCallsAtOnce_AreStepsOneAfterTheOther()
    {
        Model.NextEvents(
            Created,
            Added(CodeCall("", id: "ci_a", status: "in_progress")), Added(CodeCall("", id: "ci_b", status: "in_progress"), 1),
            CodeDelta("a", "ci_a", 0), CodeDelta("b", "ci_b", 1),
            Done(CodeCall("b", [Logs("2")], "ci_b"), 1), Done(CodeCall("a", [Logs("1")], "ci_a")), Completed());

        var (events, steps) = await RunAsync();

        Assert.Equal("thread.run.completed", events[^2].Name);
        Assert.Equal(
            [
                """{"input":"a","outputs":[{"type":"logs","logs":"1"}]}""",
                """{"input":"b","outputs":[{"type":"logs","logs":"2"}]}""",
            ],
            steps.Select(step => CallOf(step).GetProperty("code_interpreter").GetRawText()));
    }

    [Fact]
    public async Task MessageThatBeginsBeforeTheCodeHasRun_WaitsForIt()
    {
        Model.NextEvents(
            Created,
            Added(CodeCall("", status: "in_progress")), CodeDelta("a", "ci_a", 0), Added(EmptyMessage(), 1), TextDelta("It is 1.", index: 1),
            Done(Message("It is 1."), 1), Done(CodeCall("a", [Logs("1")])), Completed());

        var (events, steps) = await RunAsync();

        Assert.Equal("thread.run.completed", events[^2].Name);
        Assert.Equal("""{"input":"a","outputs":[{"type":"logs","logs":"1"}]}""", CallOf(steps[0]).GetProperty("code_interpreter").GetRawText());
        Assert.Equal("message_creation", steps[1].GetProperty("type").GetString());
    }

    [Fact]
    public async Task SearchThatIsShownWithTheWholeResponseOnly_KeepsItsResults()
    {
        var search = SearchCall(["tide"], [SearchResult("file-a", "tides.txt", "3.2 m")]);
        Model.NextEvents(
            Created, Added(SearchCall([], status: "in_progress")), Added(EmptyMessage(), 1), TextDelta("3.2 m.", index: 1), Done(Message("3.2 m."), 1),
            Completed(search, Message("3.2 m.")));

        var (events, steps) = await RunAsync();

        Assert.Equal("thread.run.completed", events[^2].Name);
        Assert.Equal("file-a", CallOf(steps[0]).GetProperty("file_search").GetProperty("results")[0].GetProperty("file_id").GetString());
    }

    [Fact]
    public async Task FunctionCalledBeforeTheCodeHasRun_SharesItsStep()
    {
        Model.NextEvents(
            Created,
            Added(CodeCall("", status: "in_progress")), Added(Call("tide", ""), 1), ArgumentsDelta("{}", "fc_a", 1), Done(Call("tide", "{}"), 1),
            CodeDelta("a", "ci_a", 0), Done(CodeCall("a", [Logs("1")])), Completed());

        var (events, steps) = await RunAsync();

        Assert.Equal("thread.run.requires_action", events[^2].Name);
        Assert.Equal(
            ["code_interpreter", "function"],
            Assert.Single(steps).GetProperty("step_details").GetProperty("tool_calls").EnumerateArray().Select(call => call.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task EventsBehindTheEndOfTheirItem_AreLeftOut()
    {
        Model.NextEvents(
        [
            Created, .. CodeInterpreter(["a"], [Logs("1")]), CodeDelta("!", "ci_a", 0),
            Added(EmptyMessage(), 1), TextDelta("One.", index: 1), Done(Message("One."), 1),
            TextDelta("!", index: 1), AnnotationAdded(FileCitation("file-a", "a.txt", 3), index: 1),
            Added(Call("tide", ""), 2), Done(Call("tide", "{}"), 2), ArgumentsDelta("!", "fc_a", 2), Completed(),
        ]);

        var (events, steps) = await RunAsync();

        Assert.Equal("thread.run.requires_action", events[^2].Name);
        Assert.Equal("a", CallOf(steps[0]).GetProperty("code_interpreter").GetProperty("input").GetString());
        Assert.Equal(
            """{"value":"One.","annotations":[]}""",
            events.Single(happened => happened.Name == "thread.message.completed").Json.GetProperty("content")[0].GetProperty("text").GetRawText());
        Assert.Equal("{}", CallOf(steps[2]).GetProperty("function").GetProperty("arguments").GetString());
    }

    [Fact]
    public async Task TurnThatBreaksOff_EndsWhatIsOpenAndThenWhatWaits()
    {
        Model.NextEvents(HalfOfEverything);

        var (events, _) = await RunAsync();

        Assert.Equal(
            ["step.failed", "message.incomplete", "step.failed", "message.incomplete", "step.failed"], EndsIn(events));
        Assert.Equal(["run_failed", "run_failed"], ReasonsIn(events));
    }

    [Fact]
    public async Task TurnThatIsCutShort_EndsWhatIsOpenAndThenWhatWaits()
    {
        Model.NextEvents([.. HalfOfEverything, Incomplete("max_output_tokens")]);

        var (events, _) = await RunAsync();

        Assert.Equal(
            ["step.cancelled", "message.completed", "step.completed", "message.incomplete", "step.completed"], EndsIn(events));
        Assert.Equal(["max_tokens"], ReasonsIn(events));
    }

    [Fact]
    public async Task SearchThatNobodyAskedFor_IsAStepLikeAnyOther()
    {
        Model.NextEvents([Created, .. FileSearch(["tide"], [SearchResult("file-a", "tides.txt", "3.2 m")]), Done(Message("3.2 m."), 1), Completed()]);

        var (events, steps) = await RunAsync("\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"code_interpreter\"}]");

        Assert.Equal("thread.run.completed", events[^2].Name);
        Assert.Equal("file_search", CallOf(steps[0]).GetProperty("type").GetString());
    }

    private static IEnumerable<string> EndsIn(IEnumerable<StreamEvent> events) => events
        .Select(happened => happened.Name)
        .Where(name => name.StartsWith("thread.message.", StringComparison.Ordinal) || name.StartsWith("thread.run.step.", StringComparison.Ordinal))
        .Where(name => name.Split('.')[^1] is not ("created" or "in_progress" or "delta"))
        .Select(name => string.Join('.', name.Split('.')[^2..]));

    private static IEnumerable<string?> ReasonsIn(IEnumerable<StreamEvent> events) => events
        .Where(happened => happened.Name == "thread.message.incomplete")
        .Select(happened => happened.Json.GetProperty("incomplete_details").GetProperty("reason").GetString());

    private static string CodeDelta(string code, string id, int index) =>
        $$"""{"type":"response.code_interpreter_call_code.delta","item_id":"{{id}}","output_index":{{index}},"delta":{{Quote(code)}}}""";

    private static JsonElement CallOf(JsonElement step) => step.GetProperty("step_details").GetProperty("tool_calls")[0];

    private async Task<(IReadOnlyList<StreamEvent> Events, IReadOnlyList<JsonElement> Steps)> RunAsync(string assistant = Tools)
    {
        Model.On("GET /v1/vector_stores/vs_a", reply => reply.StatusAsync(200, """{"id":"vs_a","status":"completed"}"""));
        var thread = await Api.NewThreadAsync("Hi");
        await using var stream = await Api.StreamAsync(
            $"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{await Api.NewAssistantAsync(assistant)}}","stream":true}""");
        var events = await stream.RestAsync();
        var steps = await Api.GetAsync($"/v1/threads/{thread}/runs/{events[0].Json.GetProperty("id").GetString()}/steps?order=asc");
        return (events, [.. steps.GetProperty("data").EnumerateArray()]);
    }
}
