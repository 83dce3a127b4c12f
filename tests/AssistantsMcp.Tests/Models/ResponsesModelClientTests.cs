using AssistantsMcp.Engine.Models;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Models;

/// <summary>Streamed responses as model events: OpenAI's, and those of servers that leave things out.</summary>
public sealed class ResponsesModelClientTests : IAsyncLifetime
{
    private FakeResponsesServer _server = null!;
    private ModelTestHost _host = null!;

    public async Task InitializeAsync()
    {
        _server = await FakeResponsesServer.StartAsync();
        _host = ModelTestHost.For(_server.BaseUrl);
    }

    public async Task DisposeAsync()
    {
        Assert.Empty(_server.Unexpected);
        await _host.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Message_IsStartedStreamedAndDone()
    {
        _server.NextEvents(
            Created,
            Added(EmptyMessage()),
            """{"type":"response.content_part.added","item_id":"msg_a","output_index":0,"content_index":0,"part":{"type":"output_text","text":""}}""",
            TextDelta("Good "),
            TextDelta("morning"),
            """{"type":"response.output_text.done","item_id":"msg_a","output_index":0,"content_index":0,"text":"Good morning"}""",
            Done(Message("Good morning")),
            Completed(Message("Good morning")));

        var events = await _host.RunAsync();

        Assert.Equal(
            [new MessageStarted("msg_a"), new TextDelta("msg_a", 0, "Good "), new TextDelta("msg_a", 0, "morning")],
            events[..3]);
        var done = Assert.IsType<MessageDone>(events[3]);
        Assert.Equal([new ModelPart(false, "Good morning")], done.Parts);
        Assert.Equal(Message("Good morning"), done.Item.GetRawText());
        Assert.Equal(new TurnCompleted(new ModelUsage(11, 7, 4, 3)), events[4]);
        Assert.Equal(5, events.Count);
    }

    [Fact]
    public async Task Events_ArriveWhileTheServerStillWrites()
    {
        var rest = new TaskCompletionSource();
        _server.Next(async reply =>
        {
            await reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta("Good "));
            await rest.Task;
            await reply.EventsAsync(Done(Message("Good morning")), Completed());
        });

        await using var turn = _host.Client.StreamAsync(Requests.Hello, CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await turn.MoveNextAsync());
        Assert.True(await turn.MoveNextAsync());

        Assert.Equal(new TextDelta("msg_a", 0, "Good "), turn.Current);
        rest.SetResult();
        Assert.True(await turn.MoveNextAsync());
        Assert.Equal(new TextDelta("msg_a", 0, "morning"), turn.Current);
    }

    [Fact]
    public async Task ParallelCalls_AreKeptApart()
    {
        _server.NextEvents(
            Added(Call("tide", "", "call_a", "fc_a"), 0),
            Added(Call("wind", "", "call_b", "fc_b"), 1),
            ArgumentsDelta("{\"a\":", "fc_a", 0),
            ArgumentsDelta("{\"b\":2}", "fc_b", 1),
            ArgumentsDelta("1}", "fc_a", 0),
            Done(Call("tide", "{\"a\":1}", "call_a", "fc_a"), 0),
            Done(Call("wind", "{\"b\":2}", "call_b", "fc_b"), 1),
            Completed());

        var events = await _host.RunAsync();

        Assert.Equal([("call_a", "tide", "{\"a\":1}"), ("call_b", "wind", "{\"b\":2}")], Calls(events));
        Assert.Equal("{\"a\":1}", events.StreamedArguments("fc_a"));
        Assert.Equal("{\"b\":2}", events.StreamedArguments("fc_b"));
        Assert.Equal(Call("tide", "{\"a\":1}"), events.OfType<FunctionCallDone>().First().Item.GetRawText());
    }

    [Fact]
    public async Task Refusal_IsItsOwnPart()
    {
        const string Item = """{"id":"msg_a","type":"message","role":"assistant","content":[{"type":"output_text","text":"Well.","annotations":[]},{"type":"refusal","refusal":"No."}]}""";
        _server.NextEvents(
            Added(EmptyMessage()),
            TextDelta("Well."),
            """{"type":"response.refusal.delta","item_id":"msg_a","output_index":0,"content_index":1,"delta":"No."}""",
            Done(Item),
            Completed(Item));

        var events = await _host.RunAsync();

        Assert.Contains(new RefusalDelta("msg_a", 1, "No."), events);
        Assert.Equal([new ModelPart(false, "Well."), new ModelPart(true, "No.")], events.OfType<MessageDone>().Single().Parts);
    }

    [Fact]
    public async Task Reasoning_And_UnknownItems_AreKeptForReplay_And_UnknownEventsIgnored()
    {
        const string Reasoning = """{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gAAA"}""";
        const string Novel = """{"id":"nv_1","type":"novel_call","x":[1.50]}""";
        _server.NextEvents(
            """{"type":"response.novel.delta","delta":5}""",
            Added("""{"id":"rs_1","type":"reasoning","summary":[]}""", 0),
            """{"type":"response.reasoning_summary_text.delta","item_id":"rs_1","delta":"hm"}""",
            Done(Reasoning, 0),
            Done(Novel, 1),
            Completed(Reasoning, Novel));

        var events = await _host.RunAsync();

        Assert.Equal([Reasoning, Novel], events.OfType<HiddenItemDone>().Select(hidden => hidden.Item.GetRawText()));
        Assert.Equal(3, events.Count);
    }

    [Fact]
    public async Task LlamaCpp_NumbersNothing_EndsAllItemsLast_AndNamesCallsByTheirCallId()
    {
        const string Text = """{"type":"message","status":"completed","id":"msg_x","role":"assistant","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"Let me look."}]}""";
        const string Tide = """{"type":"function_call","status":"completed","arguments":"{\"hour\":6}","call_id":"fc_1","name":"tide"}""";
        const string Wind = """{"type":"function_call","status":"completed","arguments":"{}","call_id":"fc_2","name":"wind"}""";
        _server.NextEvents(
            """{"type":"response.created","response":{"id":"resp_1","object":"response","status":"in_progress"}}""",
            """{"type":"response.output_item.added","item":{"content":[],"id":"msg_x","role":"assistant","status":"in_progress","type":"message"}}""",
            """{"type":"response.content_part.added","item_id":"msg_x","part":{"type":"output_text","text":""}}""",
            """{"type":"response.output_text.delta","item_id":"msg_x","delta":"Let me "}""",
            """{"type":"response.output_text.delta","item_id":"msg_x","delta":"look."}""",
            """{"type":"response.output_item.added","item":{"arguments":"","call_id":"fc_1","name":"tide","type":"function_call","status":"in_progress"}}""",
            """{"type":"response.function_call_arguments.delta","delta":"{\"hour\"","item_id":"fc_1"}""",
            """{"type":"response.output_item.added","item":{"arguments":"","call_id":"fc_2","name":"wind","type":"function_call","status":"in_progress"}}""",
            """{"type":"response.function_call_arguments.delta","delta":"{}","item_id":"fc_2"}""",
            """{"type":"response.function_call_arguments.delta","delta":":6}","item_id":"fc_1"}""",
            """{"type":"response.output_text.done","item_id":"msg_x","text":"Let me look."}""",
            $$"""{"type":"response.output_item.done","item":{{Text}}}""",
            $$"""{"type":"response.output_item.done","item":{{Tide}}}""",
            $$"""{"type":"response.output_item.done","item":{{Wind}}}""",
            $$$$"""{"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[{{{{Text}}}},{{{{Tide}}}},{{{{Wind}}}}],"usage":{"input_tokens":5,"output_tokens":6,"total_tokens":11}}}""");

        var events = await _host.RunAsync();

        Assert.Equal("Let me look.", events.Streamed());
        Assert.Equal([("fc_1", "tide", "{\"hour\":6}"), ("fc_2", "wind", "{}")], Calls(events));
        Assert.Equal("{\"hour\":6}", events.StreamedArguments("fc_1"));
        Assert.Single(events.OfType<MessageDone>());
        Assert.Equal(new TurnCompleted(new ModelUsage(5, 6)), events[^1]);
    }

    [Fact]
    public async Task DeltasWithoutAnyName_BelongToTheOpenItem()
    {
        _server.NextEvents(
            """{"type":"response.output_item.added","item":{"type":"message","role":"assistant"}}""",
            """{"type":"response.output_text.delta","delta":"Hi"}""",
            """{"type":"response.output_item.done","item":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi!"}]}}""",
            """{"type":"response.completed","response":{"output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi!"}]}]}}""");

        var events = await _host.RunAsync();

        Assert.Equal("Hi!", events.Streamed());
        Assert.Single(events.OfType<MessageDone>());
        Assert.Equal(new TurnCompleted(default), events[^1]);
    }

    [Fact]
    public async Task DeltasBeforeTheirItem_BeginIt()
    {
        _server.NextEvents(
            TextDelta("Hi"),
            ArgumentsDelta("{\"a\"", "fc_a", 1),
            Added(EmptyMessage()),
            Added(Call("tide", ""), 1),
            ArgumentsDelta(":1}", "fc_a", 1),
            Done(Message("Hi")),
            Done(Call("tide", "{\"a\":1}"), 1),
            Completed());

        var events = await _host.RunAsync();

        Assert.Equal(new MessageStarted("msg_a"), events[0]);
        Assert.Equal("{\"a\":1}", events.StreamedArguments("fc_a"));
        Assert.Single(events.OfType<MessageStarted>());
        Assert.Equal([("call_a", "tide", "{\"a\":1}")], Calls(events));
    }

    [Fact]
    public async Task ItemsRenamedInMidStream_AreKnownByTheirPlace()
    {
        _server.NextEvents(
            Added(EmptyMessage("one")),
            TextDelta("Hi", "two"),
            Done(Message("Hi", "three")),
            Completed(Message("Hi", "four")));

        var events = await _host.RunAsync();

        Assert.Equal("Hi", events.Streamed());
        Assert.Single(events.OfType<MessageDone>());
    }

    [Fact]
    public async Task UnannouncedCall_IsNotTakenForAnotherOfTheSameName()
    {
        _server.NextEvents(
            Added(Call("tide", "", "call_a", "fc_a"), 0),
            """{"type":"response.output_item.done","item":{"type":"function_call","call_id":"call_b","name":"tide","arguments":"{\"b\":2}"}}""",
            Done(Call("tide", "{\"a\":1}", "call_a", "fc_a"), 0),
            Completed());

        var events = await _host.RunAsync();

        Assert.Equal([("call_b", "tide", "{\"b\":2}"), ("call_a", "tide", "{\"a\":1}")], Calls(events));
    }

    [Fact]
    public async Task ItemsOnlyEnded_AreBegunAndStreamedFirst()
    {
        _server.NextEvents(Done(Message("Hi")), Done(Call("tide", "{\"a\":1}"), 1), Completed());

        var events = await _host.RunAsync();

        Assert.Equal(
            [typeof(MessageStarted), typeof(TextDelta), typeof(MessageDone), typeof(FunctionCallStarted), typeof(ArgumentsDelta), typeof(FunctionCallDone), typeof(TurnCompleted)],
            events.Select(e => e.GetType()));
    }

    [Fact]
    public async Task ItemsOnlyInTheCompletedResponse_AreYieldedBeforeTheEnd()
    {
        _server.NextEvents(Created, Completed(Message("Hi"), Call("tide", "{}"), """{"type":"reasoning","id":"rs_1","encrypted_content":"a"}"""));

        var events = await _host.RunAsync();

        Assert.Equal("Hi", events.Streamed());
        Assert.Single(Calls(events));
        Assert.Single(events.OfType<HiddenItemDone>());
        Assert.IsType<TurnCompleted>(events[^1]);
    }

    [Fact]
    public async Task ItemsNeverEnded_AreMadeOfTheirDeltas()
    {
        _server.NextEvents(Added(EmptyMessage()), TextDelta("Hi"), Added(Call("tide", ""), 1), ArgumentsDelta("{\"a\":1}", "fc_a", 1), Completed());

        var events = await _host.RunAsync();

        var message = events.OfType<MessageDone>().Single();
        Assert.Equal([new ModelPart(false, "Hi")], message.Parts);
        Assert.Equal("""{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}""", message.Item.GetRawText());
        Assert.Equal([("call_a", "tide", "{\"a\":1}")], Calls(events));
    }

    [Fact]
    public async Task FinalTextThatDiffers_IsTheTruth_WithoutAFalseDelta()
    {
        _server.NextEvents(Added(EmptyMessage()), TextDelta("Helo"), Done(Message("Hello there")), Completed());

        var events = await _host.RunAsync();

        Assert.Equal("Helo", events.Streamed());
        Assert.Equal([new ModelPart(false, "Hello there")], events.OfType<MessageDone>().Single().Parts);
    }

    [Fact]
    public async Task EmptiedText_KeepsWhatWasStreamed()
    {
        _server.NextEvents(Added(EmptyMessage()), TextDelta("Hi"), Done(EmptyMessage()), Completed());

        var message = (await _host.RunAsync()).OfType<MessageDone>().Single();

        Assert.Equal([new ModelPart(false, "Hi")], message.Parts);
        Assert.Equal("Hi", message.Item.GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData(@"a \ud83d b", "a \ufffd b")]
    [InlineData(@"a \uDE00", "a \ufffd")]
    [InlineData(@"\ud83d\ud83d\ude00", "\ufffd\ud83d\ude00")]
    [InlineData(@"\\ud83d \\\ud83d", @"\ud83d \" + "\ufffd")]
    public async Task HalfASurrogatePair_IsReplaced(string sent, string read)
    {
        var message = Message("TEXT").Replace("TEXT", sent, StringComparison.Ordinal);
        _server.NextEvents(Added(EmptyMessage()), TextDelta("TEXT").Replace("TEXT", sent, StringComparison.Ordinal), Done(message), Completed(message));

        var events = await _host.RunAsync();

        Assert.Equal(read, events.Streamed());
        Assert.Equal([new ModelPart(false, read)], events.OfType<MessageDone>().Single().Parts);
        Assert.IsType<TurnCompleted>(events[^1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x_too_long_x_too_long_x_too_long_x_too_long_x_too_long_x_too_long_x")]
    public async Task UnusableCallId_IsReplaced_AlsoInTheReplayedItem(string callId)
    {
        _server.NextEvents(Added(Call("tide", "", callId)), Done(Call("tide", "{\"n\":1.50}", callId)), Completed(Call("tide", "{\"n\":1.50}", callId)));

        var events = await _host.RunAsync();

        var call = events.OfType<FunctionCallDone>().Single();
        Assert.Matches("^call_[A-Za-z0-9]{24}$", call.CallId);
        Assert.Equal(call.CallId, events.OfType<FunctionCallStarted>().Single().CallId);
        Assert.Equal(call.CallId, call.Item.GetProperty("call_id").GetString());
        Assert.Equal("fc_a", call.Item.GetProperty("id").GetString());
        Assert.Equal("completed", call.Item.GetProperty("status").GetString());
    }

    [Fact]
    public async Task CallIdOfAnEarlierTurn_IsNotUsedAgain()
    {
        _server.NextEvents(Done(Call("tide", "{}", "call_0")), Completed());

        var events = await _host.RunAsync(Requests.Hello with { Items = [Requests.Json(Call("tide", "{}", "call_0"))] });

        Assert.NotEqual("call_0", events.OfType<FunctionCallDone>().Single().CallId);
    }

    [Theory]
    [InlineData("\"\"", "{}")]
    [InlineData("null", "{}")]
    [InlineData("{\"a\":1}", "{\"a\":1}")]
    public async Task ArgumentsThatAreNoText_BecomeText(string sent, string arguments)
    {
        _server.NextEvents(Done($$"""{"type":"function_call","call_id":"call_a","name":"tide","arguments":{{sent}}}"""), Completed());

        var call = (await _host.RunAsync()).OfType<FunctionCallDone>().Single();

        Assert.Equal(arguments, call.Arguments);
        Assert.Equal(arguments, call.Item.GetProperty("arguments").GetString());
    }

    [Theory]
    [InlineData("max_output_tokens", "MaxOutputTokens")]
    [InlineData("content_filter", "ContentFilter")]
    public async Task Incomplete_SaysWhy_AfterThePartialMessage(string reason, string expected)
    {
        _server.NextEvents(Added(EmptyMessage()), TextDelta("Good mor"), Incomplete(reason));

        var events = await _host.RunAsync();

        Assert.Equal("Good mor", events.OfType<MessageDone>().Single().Parts.Single().Text);
        var end = Assert.IsType<TurnIncomplete>(events[^1]);
        Assert.Equal((expected, 7), (end.Reason.ToString(), end.Usage.Completion));
    }

    [Fact]
    public async Task CallCutShort_IsNotDone()
    {
        _server.NextEvents(Added(Call("tide", "")), ArgumentsDelta("{\"a", "fc_a", 0), Incomplete("max_output_tokens"));

        var events = await _host.RunAsync();

        Assert.Empty(events.OfType<FunctionCallDone>());
        Assert.IsType<TurnIncomplete>(events[^1]);
    }

    [Fact]
    public async Task CompletedEventWithStatusIncomplete_IsIncomplete()
    {
        _server.NextEvents(Done(Message("Hi")), """{"type":"response.completed","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}}""");

        Assert.IsType<TurnIncomplete>((await _host.RunAsync())[^1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","usage":null""")]
    [InlineData(""","usage":{}""")]
    [InlineData(""","usage":{"input_tokens":"many","output_tokens":null,"input_tokens_details":null}""")]
    public async Task UsageThatIsMissing_ReadsAsZero(string usage)
    {
        _server.NextEvents($$$"""{"type":"response.completed","response":{"status":"completed"{{{usage}}}}}""");

        Assert.Equal([new TurnCompleted(default)], await _host.RunAsync());
    }

    [Fact]
    public async Task DoneMarkers_And_Comments_AreIgnored_AndNothingIsReadAfterTheEnd()
    {
        _server.Next(async reply =>
        {
            await reply.RawAsync(": waiting\n\ndata: [DONE]\n\n");
            await reply.EventsAsync(Completed());
            await reply.RawAsync("data: not json\n\ndata: [DONE]\n\n");
        });

        Assert.IsType<TurnCompleted>(Assert.Single(await _host.RunAsync()));
    }

    [Fact]
    public async Task TypeOnlyInTheEventField_IsRead()
    {
        _server.Next(reply => reply.RawAsync($$$"""
            event: response.output_item.done
            data: {"item":{{{Message("Hi")}}}}

            event: response.completed
            data: {"response":{}}


            """));

        Assert.Equal("Hi", (await _host.RunAsync()).Streamed());
    }

    [Fact]
    public async Task Cancelling_EndsTheTurnAndTheCallBehindIt()
    {
        var gone = new TaskCompletionSource();
        _server.Next(async reply =>
        {
            reply.Gone.Register(gone.SetResult);
            await reply.EventsAsync(Added(EmptyMessage()));
            await reply.HangAsync();
        });
        using var cancel = new CancellationTokenSource();
        await using var turn = _host.Client.StreamAsync(Requests.Hello, cancel.Token).GetAsyncEnumerator();
        Assert.True(await turn.MoveNextAsync());

        var next = turn.MoveNextAsync();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        await turn.DisposeAsync();
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static List<(string, string, string)> Calls(IEnumerable<ModelEvent> events) =>
        [.. events.OfType<FunctionCallDone>().Select(call => (call.CallId, call.Name, call.Arguments))];
}
