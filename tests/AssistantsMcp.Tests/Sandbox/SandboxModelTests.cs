using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Sandbox;
using AssistantsMcp.Tests.Models;
using Microsoft.Extensions.Time.Testing;
using static AssistantsMcp.Tests.Models.Requests;

namespace AssistantsMcp.Tests.Sandbox;

/// <summary>The grammar of the playground's model.</summary>
public sealed class SandboxModelTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task Talk_IsEchoed()
    {
        Assert.Equal("You said: Hello", Text(await RunAsync(With(User("say: old"), Assistant("old"), User("Hello")))));
    }

    [Fact]
    public async Task Say_IsAnswered_WithTheLinesAfterIt()
    {
        Assert.Equal("Good morning\nand good night", Text(await RunAsync(With(User("say: Good morning\nand good night")))));
    }

    [Fact]
    public async Task EmptyThread_IsAnsweredByAnIntroduction()
    {
        Assert.Equal("I am the sandbox model. My instructions: Be a pilot.", Text(await RunAsync(With() with { Instructions = "Be a pilot." })));
    }

    [Fact]
    public async Task SameThread_GetsTheSameTurn()
    {
        var request = With(User("call: f {\"a\":1}")) with { Tools = [Function("f")] };

        var first = (await RunAsync(request)).OfType<FunctionCallDone>().Single();
        var second = (await RunAsync(request)).OfType<FunctionCallDone>().Single();

        Assert.Equal(first.CallId, second.CallId);
        Assert.Equal(first.Item.GetRawText(), second.Item.GetRawText());
    }

    [Fact]
    public async Task CallLines_AreParallelCalls()
    {
        var events = await RunAsync(With(User("call: tide_height {\"harbour\":\"Lowestoft\"}\ncall: wind_speed")) with { Tools = [Function("tide_height"), Function("wind_speed")] });

        var calls = events.OfType<FunctionCallDone>().ToList();
        Assert.Equal([("tide_height", "{\"harbour\":\"Lowestoft\"}"), ("wind_speed", "{}")], calls.Select(call => (call.Name, call.Arguments)));
        Assert.Equal(2, calls.DistinctBy(call => call.CallId).Count());
        Assert.All(calls, call => Assert.Equal(call.Arguments, events.StreamedArguments(call.ItemId)));
        Assert.Empty(events.OfType<MessageDone>());
        Assert.IsType<TurnCompleted>(events[^1]);
    }

    [Fact]
    public async Task WithoutParallelCalls_OnlyTheFirstIsMade()
    {
        var events = await RunAsync(With(User("call: f\ncall: g")) with { Tools = [Function("f"), Function("g")], ParallelToolCalls = false });

        Assert.Equal("f", Assert.Single(events.OfType<FunctionCallDone>()).Name);
    }

    [Fact]
    public async Task UnknownFunction_IsSaidSo()
    {
        Assert.Equal("I have no function g. My functions: f.", Text(await RunAsync(With(User("call: g")) with { Tools = [Function("f")] })));
    }

    [Fact]
    public async Task ToolChoiceNone_ForbidsCalls()
    {
        var events = await RunAsync(With(User("call: f")) with { Tools = [Function("f")], ToolChoice = Json("\"none\"") });

        Assert.Empty(events.OfType<FunctionCallDone>());
        Assert.Contains("tool_choice is none", Text(events), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"required\"", "f")]
    [InlineData("""{"type":"function","function":{"name":"g"}}""", "g")]
    public async Task DemandedCall_IsMadeWithoutALine(string choice, string name)
    {
        var events = await RunAsync(With(User("Hello")) with { Tools = [Function("f"), Function("g")], ToolChoice = Json(choice) });

        Assert.Equal((name, "{}"), events.OfType<FunctionCallDone>().Select(call => (call.Name, call.Arguments)).Single());
    }

    [Fact]
    public async Task ToolOutputs_AreQuoted()
    {
        var events = await RunAsync(With(User("call: tide_height\ncall: wind_speed")) with
        {
            Tools = [Function("tide_height"), Function("wind_speed")],
            Items =
            [
                Json("""{"type":"function_call","call_id":"call_1","name":"tide_height","arguments":"{}"}"""),
                Json("""{"type":"function_call","call_id":"call_2","name":"wind_speed","arguments":"{}"}"""),
                Json("""{"type":"function_call_output","call_id":"call_1","output":"3.2"}"""),
                Json("""{"type":"function_call_output","call_id":"call_2","output":"12 kn"}"""),
            ],
        });

        Assert.Equal("tide_height returned: 3.2\nwind_speed returned: 12 kn", Text(events));
    }

    [Fact]
    public async Task SayAndCall_GiveAMessageBeforeTheCall()
    {
        var events = await RunAsync(With(User("call: f\nsay: Let me look.")) with { Tools = [Function("f")] });

        Assert.Equal("Let me look.", Text(events));
        Assert.True(events.FindIndex(e => e is MessageDone) < events.FindIndex(e => e is FunctionCallStarted));
    }

    [Fact]
    public async Task Deltas_AreShort_AndSplitNoCharacter()
    {
        const string Faces = "😀😃😄😁😆😅a😂🤣";

        var events = await RunAsync(With(User("say: " + Faces)));

        var deltas = events.OfType<TextDelta>().ToList();
        Assert.True(deltas.Count > 2);
        Assert.All(deltas, delta => Assert.False(char.IsLowSurrogate(delta.Text[0]) || char.IsHighSurrogate(delta.Text[^1])));
        Assert.Equal(Faces, events.Streamed());
    }

    [Fact]
    public async Task JsonObject_IsAnsweredByAnObject()
    {
        var request = With(User("say: Hi")) with { ResponseFormat = Json("""{"type":"json_object"}""") };

        Assert.Equal("""{"answer":"Hi"}""", Text(await RunAsync(request)));
        Assert.Equal("""{"a":1}""", Text(await RunAsync(request with { Messages = [User("say: {\"a\":1}")] })));
    }

    [Fact]
    public async Task JsonSchema_IsAnsweredByItsSmallestInstance()
    {
        const string Schema = """
            {"type":"object","required":["title","kind","count","ok","tags","note","place"],"properties":{
              "title":{"type":"string"},"kind":{"enum":["a","b"]},"count":{"type":"integer","minimum":2},"ok":{"type":"boolean"},
              "tags":{"type":"array","items":{"type":"string"},"minItems":1},"note":{"type":["null","string"]},
              "place":{"$ref":"#/$defs/place"},"optional":{"type":"string"}},
             "$defs":{"place":{"type":"object","required":["name"],"properties":{"name":{"anyOf":[{"type":"string"},{"type":"null"}]}}}}}
            """;

        var events = await RunAsync(With(User("say: Hi")) with { ResponseFormat = Json($$$"""{"type":"json_schema","json_schema":{"name":"n","schema":{{{Schema}}}}}""") });

        Assert.Equal("""{"title":"Hi","kind":"a","count":2,"ok":false,"tags":["Hi"],"note":"Hi","place":{"name":"Hi"}}""", Text(events));
    }

    [Fact]
    public async Task RecursiveSchema_Ends()
    {
        const string Schema = """{"type":"object","required":["child"],"properties":{"child":{"$ref":"#"}}}""";

        var events = await RunAsync(With(User("Hi")) with { ResponseFormat = Json($$$"""{"type":"json_schema","json_schema":{"schema":{{{Schema}}}}}""") });

        Assert.StartsWith("""{"child":{"child":""", Text(events), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SmallBudget_StopsTheAnswer()
    {
        var events = await RunAsync(With(User("say: 0123456789")) with { MaxOutputTokens = 2 });

        Assert.Equal("01234567", Text(events));
        var end = Assert.IsType<TurnIncomplete>(events[^1]);
        Assert.Equal((IncompleteReason.MaxOutputTokens, 2), (end.Reason, end.Usage.Completion));
    }

    [Fact]
    public async Task Usage_IsAboutAQuarterOfTheCharacters()
    {
        var events = await RunAsync(With(User("say: 01234567")));

        var usage = Assert.IsType<TurnCompleted>(events[^1]).Usage;
        Assert.Equal(2, usage.Completion);
        Assert.InRange(usage.Prompt, 10, 60);
    }

    [Theory]
    [InlineData("fail: rate_limit", "rate_limit_exceeded")]
    [InlineData("fail: server", "server_error")]
    public async Task Fail_FailsTheTurn(string line, string code)
    {
        Assert.Equal(code, Assert.IsType<TurnFailed>(Assert.Single(await RunAsync(With(User(line))))).Code);
    }

    [Fact]
    public async Task Wait_TakesItsTime_ByTheClock()
    {
        await using var turn = new SandboxModel(stores: null!, _clock).StreamAsync(With(User("wait: 90\nsay: Hi")), CancellationToken.None).GetAsyncEnumerator();

        var first = turn.MoveNextAsync().AsTask();
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(first.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await first);
        Assert.IsType<MessageStarted>(turn.Current);
    }

    [Fact]
    public async Task Cancelling_EndsTheWait()
    {
        using var cancel = new CancellationTokenSource();
        await using var turn = new SandboxModel(stores: null!, _clock).StreamAsync(With(User("wait: 60")), cancel.Token).GetAsyncEnumerator();

        var first = turn.MoveNextAsync().AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
    }

    private static string Text(IEnumerable<ModelEvent> events)
    {
        var done = Assert.Single(events.OfType<MessageDone>());
        Assert.Equal(events.Streamed(), Assert.Single(done.Parts).Text);
        return events.Streamed();
    }

    private async Task<List<ModelEvent>> RunAsync(ModelRequest request)
    {
        var events = new List<ModelEvent>();
        await foreach (var next in new SandboxModel(stores: null!, _clock).StreamAsync(request, CancellationToken.None))
        {
            events.Add(next);
        }

        TurnRules.Check(events);
        return events;
    }
}
