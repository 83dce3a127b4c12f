using AssistantsMcp.Engine.Execution;
using AssistantsMcp.Tests.Models;
using AssistantsMcp.Tests.Storage;
using Microsoft.Extensions.Time.Testing;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Execution;

/// <summary>Servers that share a PostgreSQL database: a client may be connected to one while its run is worked on by another.</summary>
public sealed class ReplicaTests : IAsyncLifetime
{
    private readonly TestDatabase? _database = TestDatabase.Postgres is null ? null : TestDatabase.CreatePostgres();
    private FakeResponsesServer _model = null!;

    public async Task InitializeAsync() => _model = await FakeResponsesServer.StartAsync();

    public async Task DisposeAsync()
    {
        await _model.DisposeAsync();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task StreamOfARunThatAnotherServerTook_GoesOn()
    {
        var text = string.Concat(Enumerable.Repeat("Grüße 🙂 \"x\"\n", 2_000));
        _model.Next(reply => reply.HangAsync()).NextEvents(Created, Added(EmptyMessage()), TextDelta(text), Done(Message(text)), Completed());
        await using var busy = await StartAsync("Limits:ConcurrentRuns=1");
        var (api, assistant, _) = await KeepBusyAsync(busy);
        var thread = await api.NewThreadAsync("Hello");
        await using var stream = await api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
        await stream.NextAsync("thread.run.queued");

        await using var other = await StartAsync();
        var rest = await stream.RestAsync();

        Assert.Equal("thread.run.in_progress", rest[0].Name);
        Assert.Contains(rest, happened => happened.Name == "thread.message.delta");
        Assert.Equal(["thread.run.completed", "done"], rest.TakeLast(2).Select(happened => happened.Name));
        var completed = rest.Single(happened => happened.Name == "thread.message.completed").Json;
        Assert.Equal(text, RestClient.Text(completed));
    }

    [PostgresFact]
    public async Task StreamAfterOutputsForARunThatAnotherServerTakes_GoesOn()
    {
        _model
            .NextEvents(Created, Done(Call("f", "{}")), Completed())
            .Next(reply => reply.HangAsync())
            .NextEvents(Created, Done(Message("Done.")), Completed());
        await using var busy = await StartAsync("Limits:ConcurrentRuns=1");
        var api = new RestClient(busy.Http, "sk-test");
        var assistant = await api.NewAssistantAsync("""
            "model":"gpt-6-luna","tools":[{"type":"function","function":{"name":"f"}}]
            """);
        var thread = await api.NewThreadAsync("Hello");
        var run = await api.NewRunAsync(thread, assistant);
        var waiting = await api.SettledAsync(run);
        var call = waiting.GetProperty("required_action").GetProperty("submit_tool_outputs").GetProperty("tool_calls")[0].GetProperty("id").GetString();
        await api.NewRunAsync(await api.NewThreadAsync("Busy"), assistant);
        await _model.ArrivalAsync();
        await _model.ArrivalAsync();
        await using var stream = await api.StreamAsync(
            $"{run}/submit_tool_outputs", $$"""{"tool_outputs":[{"tool_call_id":"{{call}}","output":"1"}],"stream":true}""");
        await stream.NextAsync("thread.run.queued");

        await using var other = await StartAsync();
        var rest = await stream.RestAsync();

        Assert.Equal(["thread.run.completed", "done"], rest.TakeLast(2).Select(happened => happened.Name));
    }

    [PostgresFact]
    public async Task CancellationAtAnotherServer_ReachesTheWorkerAtOnce()
    {
        _model.Next(reply => reply.HangAsync());
        await using var working = await StartAsync("Limits:RunLease=00:05:00");
        await using var other = await StartAsync("Limits:RunLease=00:05:00");
        var api = new RestClient(working.Http, "sk-test");
        var run = await api.NewRunAsync(await api.NewThreadAsync("Hello"), await api.NewAssistantAsync());
        await _model.ArrivalAsync();

        await new RestClient(other.Http, "sk-test").PostAsync($"{run}/cancel");

        // Nobody looks at the lease for more than a minute.
        Assert.Equal("cancelled", (await api.SettledAsync(run)).GetProperty("status").GetString());
    }

    [PostgresFact]
    public async Task ThreadDeletedAtAnotherServer_EndsTheStreamAtOnce()
    {
        _model.Next(reply => reply.HangAsync());
        await using var working = await StartAsync("Limits:RunLease=00:05:00");
        await using var other = await StartAsync("Limits:RunLease=00:05:00");
        var api = new RestClient(working.Http, "sk-test");
        var thread = await api.NewThreadAsync("Hello");
        await using var stream = await api.StreamAsync(
            $"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{await api.NewAssistantAsync()}}","stream":true}""");
        await _model.ArrivalAsync();

        await new RestClient(other.Http, "sk-test").DeleteAsync($"/v1/threads/{thread}");

        Assert.Equal(["error", "done"], (await stream.RestAsync()).TakeLast(2).Select(happened => happened.Name));
    }

    [PostgresFact]
    public async Task WaitingRun_IsTakenByAServerThatIsFree()
    {
        _model.Next(reply => reply.HangAsync()).NextEvents(Created, Done(Message("Free.")), Completed());
        await using var busy = await StartAsync("Limits:ConcurrentRuns=1");
        await using var free = await StartAsync();
        var (api, assistant, _) = await KeepBusyAsync(busy);
        var thread = await api.NewThreadAsync("Hello");

        await api.SettledAsync(await api.NewRunAsync(thread, assistant));

        Assert.Equal(["Hello", "Free."], await api.TextsAsync(thread));
    }

    [PostgresFact]
    public async Task RunTakenOverHere_EndsTheStreamThatItsFirstWorkerBegan()
    {
        _model.Next(reply => reply.HangAsync()).Next(HalfAMessageAsync).NextEvents(Created, Done(Message("Whole.")), Completed());
        await using var here = await StartAsync("Limits:ConcurrentRuns=1", "Limits:RunLease=00:05:00");
        var (api, assistant, busy) = await KeepBusyAsync(here);
        var thread = await api.NewThreadAsync("Hello");
        await using var stream = await api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
        await using var other = await StartAsync("Limits:ConcurrentRuns=1", "Limits:RunLease=00:05:00");
        await stream.NextAsync("thread.message.delta");

        await LetLeaseLapseAsync(thread);
        await api.PostAsync($"{busy}/cancel");

        Assert.Equal(["error", "done"], (await stream.RestAsync()).Select(happened => happened.Name));
    }

    [PostgresFact]
    public async Task StreamOfARunThatCameBackToTheServerThatHadIt_GoesOn()
    {
        var (called, answered, noticed) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        _model
            .Next(reply => reply.HangAsync())
            .Next(reply => AfterAsync(called, reply, Created, Done(Call("f", "{}")), Completed()))
            .Next(reply => AfterAsync(answered, reply, Created, Done(Message("Done.")), Completed()))
            .Next(reply => reply.HangAsync());
        await using var busy = await StartAsync("Limits:ConcurrentRuns=1");
        var (api, assistant, _) = await KeepBusyAsync(busy, """
            "model":"gpt-6-luna","tools":[{"type":"function","function":{"name":"f"}}]
            """);
        var thread = await api.NewThreadAsync("Hello");
        await using var first = await api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
        var database = new HookedDatabase();
        await using var other = await TestApp.StartAsync(
            [$"Model:BaseUrl={_model.BaseUrl}", "Access:Mode=open", "Limits:ConcurrentRuns=2", "Limits:RunLease=00:05:00", .. _database!.Settings],
            database.Register);
        await _model.ArrivalAsync();

        // The first worker tells that the turn is over, and goes on only when the second one is at work.
        database.AfterCommit = () => noticed.Task;
        called.SetResult();
        var run = (await first.NextAsync("thread.run.requires_action")).Json;
        var call = run.GetProperty("required_action").GetProperty("submit_tool_outputs").GetProperty("tool_calls")[0].GetProperty("id").GetString();
        await using var second = await api.StreamAsync(
            $"/v1/threads/{thread}/runs/{run.GetProperty("id").GetString()}/submit_tool_outputs",
            $$"""{"tool_outputs":[{"tool_call_id":"{{call}}","output":"1"}],"stream":true}""");
        await _model.ArrivalAsync();

        // A third run gets the place of the first worker, which has let go by then.
        noticed.SetResult();
        await api.NewRunAsync(await api.NewThreadAsync("Third"), assistant);
        await _model.ArrivalAsync();
        answered.SetResult();

        Assert.Equal(["thread.run.completed", "done"], (await second.RestAsync()).TakeLast(2).Select(happened => happened.Name));
    }

    [PostgresFact]
    public async Task ServerThatStops_SaysSoToTheClientsOfAnotherOne()
    {
        _model.Next(reply => reply.HangAsync()).Next(HalfAMessageAsync);
        await using var busy = await StartAsync("Limits:ConcurrentRuns=1");
        var (api, assistant, _) = await KeepBusyAsync(busy);
        var thread = await api.NewThreadAsync("Hello");
        await using var stream = await api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
        await using var other = await StartAsync();
        await stream.NextAsync("thread.message.delta");

        await other.App.StopAsync();

        var rest = await stream.RestAsync();
        Assert.Equal(["error", "done"], rest.Select(happened => happened.Name));
        Assert.Contains("The server stops.", rest[0].Data, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task RunsOfAServerThatStops_AreTakenByAnotherOneAtOnce()
    {
        const string share = "Limits:ConcurrentRunsPerTenant=1";
        _model
            .Next(reply => reply.HangAsync())
            .NextEvents(Created, Done(Message("Yes.")), Completed())
            .NextEvents(Created, Done(Message("Yes.")), Completed());
        await using var stopping = await StartAsync(share);
        var (_, assistant, first) = await KeepBusyAsync(stopping);

        // The other one's clock stands still, so that it looks at the queue when it is told to, and only then.
        await using var other = await RunApp.StartAppAsync(
            _model, new FakeTimeProvider(DateTimeOffset.UtcNow), [.. _database!.Settings, share]);
        await UntilListeningAsync(servers: 2);
        var api = new RestClient(other.Http, "sk-test");
        var second = await api.NewRunAsync(await api.NewThreadAsync("Second"), assistant);

        await stopping.App.StopAsync();

        Assert.Equal("completed", (await api.SettledAsync(first)).GetProperty("status").GetString());
        Assert.Equal("completed", (await api.SettledAsync(second)).GetProperty("status").GetString());
    }

    [Fact]
    public void PiecesOfAnEvent_MakeItWholeAgain()
    {
        var json = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a €🙂 b", 5_000)));

        var pieces = RelayedEvent.Of("run_1", new RunEvent("thread.message.completed", json)).Select(piece => piece.ToString()).ToList();

        Assert.All(pieces, piece => Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(piece), 1, 7_900));
        var parsed = pieces.Select(piece => RelayedEvent.Parse(piece)!).ToList();
        Assert.Equal(System.Text.Encoding.UTF8.GetString(json), string.Concat(parsed.Select(piece => piece.Data)));
        Assert.True(parsed.SkipLast(1).All(piece => !piece.IsLast) && parsed[^1].IsLast);
        Assert.Null(RelayedEvent.Parse("waiting"));
    }

    /// <summary>Waits until that many servers hear what others tell.</summary>
    private async Task UntilListeningAsync(long servers)
    {
        await using var connection = await _database!.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT COUNT(*) FROM pg_stat_activity
            WHERE application_name = CURRENT_SETTING('application_name') AND state = 'idle' AND query LIKE 'LISTEN assistants_mcp_%'
            """;
        while ((long)(await command.ExecuteScalarAsync())! < servers)
        {
            await Task.Delay(10);
        }
    }

    private Task<TestApp> StartAsync(params string[] settings) =>
        RunApp.StartAppAsync(_model, time: null, [.. _database!.Settings, .. settings]);

    /// <summary>Gives the only worker of a server a run that never ends.</summary>
    private async Task<(RestClient Api, string Assistant, string Run)> KeepBusyAsync(TestApp app, string fields = "\"model\":\"gpt-6-luna\"")
    {
        var api = new RestClient(app.Http, "sk-test");
        var assistant = await api.NewAssistantAsync(fields);
        var run = await api.NewRunAsync(await api.NewThreadAsync("Busy"), assistant);
        await _model.ArrivalAsync();
        return (api, assistant, run);
    }

    /// <summary>As if the worker of a thread's run had stopped answering long ago.</summary>
    private async Task LetLeaseLapseAsync(string thread)
    {
        await using var connection = await _database!.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"UPDATE active_runs SET lease_until = 1 WHERE thread_id = '{thread}'";
        await command.ExecuteNonQueryAsync();
    }

    private static async Task HalfAMessageAsync(FakeReply reply)
    {
        await reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta("Half"));
        await reply.HangAsync();
    }

    private static async Task AfterAsync(TaskCompletionSource signal, FakeReply reply, params string[] events)
    {
        await signal.Task;
        await reply.EventsAsync(events);
    }
}
