using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using AssistantsMcp.Faults.Recording;
using AssistantsMcp.Tests.Models;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Faults.Load;

/// <summary>
/// The model of the fault tests. A run is known by its marker, which is the last message of its user, and the
/// marker's first word says how to answer: <c>text</c>, <c>call</c> (a function first), <c>hang</c>, or a kind that the test staged.
/// </summary>
internal sealed class StagedModel : IAsyncDisposable
{
    private readonly FakeResponsesServer _server;
    private readonly History _history;
    private readonly ConcurrentDictionary<string, Func<StagedTurn, Task>> _stages = new(StringComparer.Ordinal);

    private int _busy;

    private StagedModel(FakeResponsesServer server, History history)
    {
        (_server, _history) = (server, history);
        Stage("text", SpeakAsync).Stage("call", CallAndSpeakAsync).Stage("hang", turn => turn.Reply.HangAsync());
    }

    public Uri BaseUrl => _server.BaseUrl;

    /// <summary>How long the model thinks before each piece of a text; five pieces make an answer.</summary>
    public TimeSpan Pace { get; set; } = TimeSpan.FromMilliseconds(120);

    public static async Task<StagedModel> StartAsync(History history)
    {
        var server = await FakeResponsesServer.StartAsync();
        var model = new StagedModel(server, history);
        server.Always(model.ReplyAsync);
        return model;
    }

    /// <summary>Says how runs of one kind are answered.</summary>
    public StagedModel Stage(string kind, Func<StagedTurn, Task> answer)
    {
        _stages[kind] = answer;
        return this;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>Waits until so many answers are being written at once, or for three seconds: on a busy machine they may never be so many.</summary>
    public async Task UntilBusyAsync(int answers)
    {
        var waited = Stopwatch.StartNew();
        while (Volatile.Read(ref _busy) < answers && waited.Elapsed < TimeSpan.FromSeconds(3))
        {
            await Task.Delay(5);
        }
    }

    private async Task ReplyAsync(FakeReply reply)
    {
        var input = reply.Call.Json.GetProperty("input").EnumerateArray().ToList();
        var marker = input.Where(item => item.GetProperty("type").GetString() == "message" && item.GetProperty("role").GetString() == "user")
            .Select(item => TextOf(item.GetProperty("content"))).Last();
        var turn = new StagedTurn(reply, _history, marker, input.Count(item => item.GetProperty("type").GetString() == "function_call_output"));
        _history.Add(new ModelCall(_history.Now, marker, turn.Number));
        Interlocked.Increment(ref _busy);
        try
        {
            await _stages[marker.Split(' ')[0]](turn);
        }
        finally
        {
            Interlocked.Decrement(ref _busy);
        }
    }

    private Task SpeakAsync(StagedTurn turn) => turn.SpeakAsync(Pace);

    private Task CallAndSpeakAsync(StagedTurn turn) => turn.Number == 0 ? turn.CallAsync(Pace) : turn.SpeakAsync(Pace);

    private static string TextOf(JsonElement content) => content.ValueKind == JsonValueKind.String
        ? content.GetString()!
        : string.Concat(content.EnumerateArray().Select(part => part.GetProperty("text").GetString()));
}

/// <summary>One turn of a run, while the model answers it.</summary>
internal sealed class StagedTurn(FakeReply reply, History history, string marker, int number)
{
    public FakeReply Reply => reply;

    /// <summary>Which turn of the run it is, from 0.</summary>
    public int Number => number;

    /// <summary>What the model has to say, whole.</summary>
    public string Whole { get; } = $"The answer to {marker} in turn {number}.";

    /// <summary>The same in five pieces.</summary>
    public string[] Pieces => [.. Whole.Chunk((Whole.Length / 5) + 1).Select(piece => new string(piece))];

    /// <summary>Writes the whole text in pieces and ends.</summary>
    public async Task SpeakAsync(TimeSpan pace)
    {
        await BeginAsync();
        foreach (var piece in Pieces)
        {
            await Task.Delay(pace, reply.Gone);
            await reply.EventsAsync(TextDelta(piece));
        }

        await EndAsync();
    }

    /// <summary>Calls the function <c>look_up</c>.</summary>
    public async Task CallAsync(TimeSpan pace)
    {
        var call = Call("look_up", "{}", $"call_{Guid.NewGuid():N}");
        await reply.EventsAsync(Created, Done(call));
        await Task.Delay(pace, reply.Gone);
        history.Add(new ModelAnswer(history.Now, marker, number, null));
        await reply.EventsAsync(Completed(call));
    }

    public Task BeginAsync() => reply.EventsAsync(Created, Added(EmptyMessage()));

    public Task EndAsync()
    {
        RecordEnd();
        return reply.EventsAsync(Done(Message(Whole)), Completed(Message(Whole)));
    }

    /// <summary>Records that the turn ends as completed: to be called before anybody can know.</summary>
    public void RecordEnd() => history.Add(new ModelAnswer(history.Now, marker, number, Whole));
}
