using AssistantsMcp.Engine.Models;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Models;

/// <summary>Streamed responses as model events.</summary>
public sealed class ResponsesModelClientTests : ModelClientTests
{
    [Fact]
    public async Task Message_IsStartedStreamedAndDone()
    {
        Server.NextEvents(
            Created,
            Added(EmptyMessage()),
            """{"type":"response.content_part.added","item_id":"msg_a","output_index":0,"content_index":0,"part":{"type":"output_text","text":""}}""",
            TextDelta("Good "),
            TextDelta("morning"),
            """{"type":"response.output_text.done","item_id":"msg_a","output_index":0,"content_index":0,"text":"Good morning"}""",
            Done(Message("Good morning")),
            Completed(Message("Good morning")));

        var events = await Host.RunAsync();

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
        Server.Next(async reply =>
        {
            await reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta("Good "));
            await rest.Task;
            await reply.EventsAsync(Done(Message("Good morning")), Completed());
        });

        await using var turn = Host.Client.StreamAsync(Requests.Hello, CancellationToken.None).GetAsyncEnumerator();
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
        Server.NextEvents(
            Added(Call("tide", "", "call_a", "fc_a"), 0),
            Added(Call("wind", "", "call_b", "fc_b"), 1),
            ArgumentsDelta("{\"a\":", "fc_a", 0),
            ArgumentsDelta("{\"b\":2}", "fc_b", 1),
            ArgumentsDelta("1}", "fc_a", 0),
            Done(Call("tide", "{\"a\":1}", "call_a", "fc_a"), 0),
            Done(Call("wind", "{\"b\":2}", "call_b", "fc_b"), 1),
            Completed());

        var events = await Host.RunAsync();

        Assert.Equal([("call_a", "tide", "{\"a\":1}"), ("call_b", "wind", "{\"b\":2}")], events.Calls());
        Assert.Equal("{\"a\":1}", events.StreamedArguments("fc_a"));
        Assert.Equal("{\"b\":2}", events.StreamedArguments("fc_b"));
        Assert.Equal(Call("tide", "{\"a\":1}"), events.OfType<FunctionCallDone>().First().Item.GetRawText());
    }

    [Fact]
    public async Task Refusal_IsItsOwnPart()
    {
        const string Item = """{"id":"msg_a","type":"message","role":"assistant","content":[{"type":"output_text","text":"Well.","annotations":[]},{"type":"refusal","refusal":"No."}]}""";
        Server.NextEvents(
            Added(EmptyMessage()),
            TextDelta("Well."),
            """{"type":"response.refusal.delta","item_id":"msg_a","output_index":0,"content_index":1,"delta":"No."}""",
            Done(Item),
            Completed(Item));

        var events = await Host.RunAsync();

        Assert.Contains(new RefusalDelta("msg_a", 1, "No."), events);
        Assert.Equal([new ModelPart(false, "Well."), new ModelPart(true, "No.")], events.OfType<MessageDone>().Single().Parts);
    }

    [Fact]
    public async Task Reasoning_And_UnknownItems_AreKeptForReplay_And_UnknownEventsIgnored()
    {
        const string Reasoning = """{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gAAA"}""";
        const string Novel = """{"id":"nv_1","type":"novel_call","x":[1.50]}""";
        Server.NextEvents(
            """{"type":"response.novel.delta","delta":5}""",
            Added("""{"id":"rs_1","type":"reasoning","summary":[]}""", 0),
            """{"type":"response.reasoning_summary_text.delta","item_id":"rs_1","delta":"hm"}""",
            Done(Reasoning, 0),
            Done(Novel, 1),
            Completed(Reasoning, Novel));

        var events = await Host.RunAsync();

        Assert.Equal([Reasoning, Novel], events.OfType<HiddenItemDone>().Select(hidden => hidden.Item.GetRawText()));
        Assert.Equal(3, events.Count);
    }

    [Theory]
    [InlineData("max_output_tokens", "MaxOutputTokens")]
    [InlineData("content_filter", "ContentFilter")]
    public async Task Incomplete_SaysWhy_AfterThePartialMessage(string reason, string expected)
    {
        Server.NextEvents(Added(EmptyMessage()), TextDelta("Good mor"), Incomplete(reason));

        var events = await Host.RunAsync();

        Assert.Equal("Good mor", events.OfType<MessageDone>().Single().Parts.Single().Text);
        var end = Assert.IsType<TurnIncomplete>(events[^1]);
        Assert.Equal((expected, 7), (end.Reason.ToString(), end.Usage.Completion));
    }

    [Fact]
    public async Task CallCutShort_IsNotDone()
    {
        Server.NextEvents(Added(Call("tide", "")), ArgumentsDelta("{\"a", "fc_a", 0), Incomplete("max_output_tokens"));

        var events = await Host.RunAsync();

        Assert.Empty(events.OfType<FunctionCallDone>());
        Assert.IsType<TurnIncomplete>(events[^1]);
    }

    [Fact]
    public async Task Cancelling_EndsTheTurnAndTheCallBehindIt()
    {
        var gone = new TaskCompletionSource();
        Server.Next(async reply =>
        {
            reply.Gone.Register(gone.SetResult);
            await reply.EventsAsync(Added(EmptyMessage()));
            await reply.HangAsync();
        });
        using var cancel = new CancellationTokenSource();
        await using var turn = Host.Client.StreamAsync(Requests.Hello, cancel.Token).GetAsyncEnumerator();
        Assert.True(await turn.MoveNextAsync());

        var next = turn.MoveNextAsync();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        await turn.DisposeAsync();
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
