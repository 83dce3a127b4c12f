using AssistantsMcp.Engine.Models;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Models;

/// <summary>Streams of servers that leave things out, or tell them in another form or order than OpenAI's.</summary>
public sealed class LenientStreamTests : ModelClientTests
{
    [Fact]
    public async Task LlamaCpp_NumbersNothing_EndsAllItemsLast_AndNamesCallsByTheirCallId()
    {
        const string Text = """{"type":"message","status":"completed","id":"msg_x","role":"assistant","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"Let me look."}]}""";
        const string Tide = """{"type":"function_call","status":"completed","arguments":"{\"hour\":6}","call_id":"fc_1","name":"tide"}""";
        const string Wind = """{"type":"function_call","status":"completed","arguments":"{}","call_id":"fc_2","name":"wind"}""";
        Server.NextEvents(
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

        var events = await Host.RunAsync();

        Assert.Equal("Let me look.", events.Streamed());
        Assert.Equal([("fc_1", "tide", "{\"hour\":6}"), ("fc_2", "wind", "{}")], events.Calls());
        Assert.Equal("{\"hour\":6}", events.StreamedArguments("fc_1"));
        Assert.Single(events.OfType<MessageDone>());
        Assert.Equal(new TurnCompleted(new ModelUsage(5, 6)), events[^1]);
    }

    [Fact]
    public async Task DeltasWithoutAnyName_BelongToTheOpenItem()
    {
        Server.NextEvents(
            """{"type":"response.output_item.added","item":{"type":"message","role":"assistant"}}""",
            """{"type":"response.output_text.delta","delta":"Hi"}""",
            """{"type":"response.output_item.done","item":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi!"}]}}""",
            """{"type":"response.completed","response":{"output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi!"}]}]}}""");

        var events = await Host.RunAsync();

        Assert.Equal("Hi!", events.Streamed());
        Assert.Single(events.OfType<MessageDone>());
        Assert.Equal(new TurnCompleted(default), events[^1]);
    }

    [Fact]
    public async Task DeltasBeforeTheirItem_BeginIt()
    {
        Server.NextEvents(
            TextDelta("Hi"),
            ArgumentsDelta("{\"a\"", "fc_a", 1),
            Added(EmptyMessage()),
            Added(Call("tide", ""), 1),
            ArgumentsDelta(":1}", "fc_a", 1),
            Done(Message("Hi")),
            Done(Call("tide", "{\"a\":1}"), 1),
            Completed());

        var events = await Host.RunAsync();

        Assert.Equal(new MessageStarted("msg_a"), events[0]);
        Assert.Equal("{\"a\":1}", events.StreamedArguments("fc_a"));
        Assert.Single(events.OfType<MessageStarted>());
        Assert.Equal([("call_a", "tide", "{\"a\":1}")], events.Calls());
    }

    [Fact]
    public async Task ItemsRenamedInMidStream_AreKnownByTheirPlace()
    {
        Server.NextEvents(
            Added(EmptyMessage("one")),
            TextDelta("Hi", "two"),
            Done(Message("Hi", "three")),
            Completed(Message("Hi", "four")));

        var events = await Host.RunAsync();

        Assert.Equal("Hi", events.Streamed());
        Assert.Single(events.OfType<MessageDone>());
    }

    [Fact]
    public async Task UnannouncedCall_IsNotTakenForAnotherOfTheSameName()
    {
        Server.NextEvents(
            Added(Call("tide", "", "call_a", "fc_a"), 0),
            """{"type":"response.output_item.done","item":{"type":"function_call","call_id":"call_b","name":"tide","arguments":"{\"b\":2}"}}""",
            Done(Call("tide", "{\"a\":1}", "call_a", "fc_a"), 0),
            Completed());

        var events = await Host.RunAsync();

        Assert.Equal([("call_b", "tide", "{\"b\":2}"), ("call_a", "tide", "{\"a\":1}")], events.Calls());
    }

    [Fact]
    public async Task ItemsOnlyEnded_AreBegunAndStreamedFirst()
    {
        Server.NextEvents(Done(Message("Hi")), Done(Call("tide", "{\"a\":1}"), 1), Completed());

        var events = await Host.RunAsync();

        Assert.Equal(
            [typeof(MessageStarted), typeof(TextDelta), typeof(MessageDone), typeof(FunctionCallStarted), typeof(ArgumentsDelta), typeof(FunctionCallDone), typeof(TurnCompleted)],
            events.Select(e => e.GetType()));
    }

    [Fact]
    public async Task ItemsOnlyInTheCompletedResponse_AreYieldedBeforeTheEnd()
    {
        Server.NextEvents(Created, Completed(Message("Hi"), Call("tide", "{}"), """{"type":"reasoning","id":"rs_1","encrypted_content":"a"}"""));

        var events = await Host.RunAsync();

        Assert.Equal("Hi", events.Streamed());
        Assert.Single(events.Calls());
        Assert.Single(events.OfType<HiddenItemDone>());
        Assert.IsType<TurnCompleted>(events[^1]);
    }

    [Fact]
    public async Task ItemsNeverEnded_AreMadeOfTheirDeltas()
    {
        Server.NextEvents(Added(EmptyMessage()), TextDelta("Hi"), Added(Call("tide", ""), 1), ArgumentsDelta("{\"a\":1}", "fc_a", 1), Completed());

        var events = await Host.RunAsync();

        var message = events.OfType<MessageDone>().Single();
        Assert.Equal([new ModelPart(false, "Hi")], message.Parts);
        Assert.Equal("""{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}""", message.Item.GetRawText());
        Assert.Equal([("call_a", "tide", "{\"a\":1}")], events.Calls());
    }

    [Fact]
    public async Task FinalTextThatDiffers_IsTheTruth_WithoutAFalseDelta()
    {
        Server.NextEvents(Added(EmptyMessage()), TextDelta("Helo"), Done(Message("Hello there")), Completed());

        var events = await Host.RunAsync();

        Assert.Equal("Helo", events.Streamed());
        Assert.Equal([new ModelPart(false, "Hello there")], events.OfType<MessageDone>().Single().Parts);
    }

    [Fact]
    public async Task EmptiedText_KeepsWhatWasStreamed()
    {
        Server.NextEvents(Added(EmptyMessage()), TextDelta("Hi"), Done(EmptyMessage()), Completed());

        var message = (await Host.RunAsync()).OfType<MessageDone>().Single();

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
        Server.NextEvents(Added(EmptyMessage()), TextDelta("TEXT").Replace("TEXT", sent, StringComparison.Ordinal), Done(message), Completed(message));

        var events = await Host.RunAsync();

        Assert.Equal(read, events.Streamed());
        Assert.Equal([new ModelPart(false, read)], events.OfType<MessageDone>().Single().Parts);
        Assert.IsType<TurnCompleted>(events[^1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x_too_long_x_too_long_x_too_long_x_too_long_x_too_long_x_too_long_x")]
    public async Task UnusableCallId_IsReplaced_AlsoInTheReplayedItem(string callId)
    {
        Server.NextEvents(Added(Call("tide", "", callId)), Done(Call("tide", "{\"n\":1.50}", callId)), Completed(Call("tide", "{\"n\":1.50}", callId)));

        var events = await Host.RunAsync();

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
        Server.NextEvents(Done(Call("tide", "{}", "call_0")), Completed());

        var events = await Host.RunAsync(Requests.Hello with { Items = [Requests.Json(Call("tide", "{}", "call_0"))] });

        Assert.NotEqual("call_0", events.OfType<FunctionCallDone>().Single().CallId);
    }

    [Theory]
    [InlineData("\"\"", "{}")]
    [InlineData("null", "{}")]
    [InlineData("{\"a\":1}", "{\"a\":1}")]
    public async Task ArgumentsThatAreNoText_BecomeText(string sent, string arguments)
    {
        Server.NextEvents(Done($$"""{"type":"function_call","call_id":"call_a","name":"tide","arguments":{{sent}}}"""), Completed());

        var call = (await Host.RunAsync()).OfType<FunctionCallDone>().Single();

        Assert.Equal(arguments, call.Arguments);
        Assert.Equal(arguments, call.Item.GetProperty("arguments").GetString());
    }

    [Fact]
    public async Task CompletedEventWithStatusIncomplete_IsIncomplete()
    {
        Server.NextEvents(Done(Message("Hi")), """{"type":"response.completed","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}}""");

        Assert.IsType<TurnIncomplete>((await Host.RunAsync())[^1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","usage":null""")]
    [InlineData(""","usage":{}""")]
    [InlineData(""","usage":{"input_tokens":"many","output_tokens":null,"input_tokens_details":null}""")]
    public async Task UsageThatIsMissing_ReadsAsZero(string usage)
    {
        Server.NextEvents($$$"""{"type":"response.completed","response":{"status":"completed"{{{usage}}}}}""");

        Assert.Equal([new TurnCompleted(default)], await Host.RunAsync());
    }

    [Fact]
    public async Task DoneMarkers_And_Comments_AreIgnored_AndNothingIsReadAfterTheEnd()
    {
        Server.Next(async reply =>
        {
            await reply.RawAsync(": waiting\n\ndata: [DONE]\n\n");
            await reply.EventsAsync(Completed());
            await reply.RawAsync("data: not json\n\ndata: [DONE]\n\n");
        });

        Assert.IsType<TurnCompleted>(Assert.Single(await Host.RunAsync()));
    }

    [Fact]
    public async Task TypeOnlyInTheEventField_IsRead()
    {
        Server.Next(reply => reply.RawAsync($$$"""
            event: response.output_item.done
            data: {"item":{{{Message("Hi")}}}}

            event: response.completed
            data: {"response":{}}


            """));

        Assert.Equal("Hi", (await Host.RunAsync()).Streamed());
    }
}
