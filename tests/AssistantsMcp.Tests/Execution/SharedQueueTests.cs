using AssistantsMcp.Engine;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Execution;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Tests.Models;
using AssistantsMcp.Tests.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Execution;

/// <summary>Servers that share one database file, and with it one queue.</summary>
[Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
public sealed class SharedQueueTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("assistants-mcp-").FullName;
    private FakeResponsesServer _model = null!;

    private string Database => $"Data Source={Path.Combine(_folder, "shared.db")}";

    public async Task InitializeAsync() => _model = await FakeResponsesServer.StartAsync();

    public async Task DisposeAsync()
    {
        await _model.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task StreamOfARunThatAnotherServerTook_EndsWithAnError()
    {
        _model.Next(reply => reply.HangAsync()).NextEvents(Created, Done(Message("Whole.")), Completed());
        await using var busy = await StartAsync("Limits:ConcurrentRuns=1", "Limits:RunLease=00:00:03");
        var api = new RestClient(busy.Http, "sk-test");
        var assistant = await api.NewAssistantAsync();
        await api.NewRunAsync(await api.NewThreadAsync("Busy"), assistant);
        await _model.ArrivalAsync();
        var thread = await api.NewThreadAsync("Hello");
        await using var stream = await api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
        await stream.NextAsync("thread.run.queued");

        await using var other = await StartAsync("Limits:RunLease=00:00:03");
        var rest = await stream.RestAsync();

        Assert.Equal(["error", "done"], rest.Select(happened => happened.Name));
        Assert.Equal(RunEvents.Lost, rest[0].Json.GetProperty("error").GetProperty("message").GetString());
        Assert.Equal(["Hello", "Whole."], await api.TextsAsync(thread));
    }

    [Fact]
    public async Task StreamOfARunThatWaits_GoesOnWhenItsTurnComes()
    {
        var free = new TaskCompletionSource();
        _model
            .Next(async reply =>
            {
                await free.Task;
                await reply.EventsAsync(Created, Done(Message("First.")), Completed());
            })
            .NextEvents(Created, Done(Message("Second.")), Completed());
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var app = await RunApp.StartAppAsync(_model, time, "Limits:ConcurrentRuns=1", "Limits:RunLease=00:00:15");
        var api = new RestClient(app.Http, "sk-test");
        var assistant = await api.NewAssistantAsync();
        await api.NewRunAsync(await api.NewThreadAsync("Busy"), assistant);
        await _model.ArrivalAsync();
        await using var stream = await api.StreamAsync(
            "/v1/threads/runs", $$$"""{"assistant_id":"{{{assistant}}}","stream":true,"thread":{"messages":[{"role":"user","content":"Hi"}]}}""");
        await stream.NextAsync("thread.run.queued");

        for (var second = 0; second < 12; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await api.GetAsync("/v1/assistants");
        }

        free.SetResult();
        var rest = await stream.RestAsync();

        Assert.Equal("thread.run.in_progress", rest[0].Name);
        Assert.Equal(["thread.run.completed", "done"], rest.Select(happened => happened.Name).TakeLast(2));
    }

    [Fact]
    public async Task TurnThatEndsAfterACancellationElsewhere_CountsWithItsTokens()
    {
        var finish = new TaskCompletionSource();
        _model.Next(async reply =>
        {
            await finish.Task;
            await reply.EventsAsync(Created, Done(Message("Whole.")), Completed());
        });
        const string longLease = "Limits:RunLease=00:05:00";
        await using var worker = await StartAsync(longLease);
        await using var other = await StartAsync(longLease);
        var api = new RestClient(worker.Http, "sk-test");
        var path = await api.NewRunAsync(await api.NewThreadAsync("Hello"), await api.NewAssistantAsync());
        await _model.ArrivalAsync();

        await new RestClient(other.Http, "sk-test").PostAsync($"{path}/cancel");
        finish.SetResult();
        var run = await api.SettledAsync(path);

        Assert.Equal("cancelled", run.GetProperty("status").GetString());
        Assert.Equal(18, run.GetProperty("usage").GetProperty("total_tokens").GetInt64());
        var step = (await api.GetAsync($"{path}/steps")).GetProperty("data")[0];
        Assert.Equal(18, step.GetProperty("usage").GetProperty("total_tokens").GetInt64());
    }

    [Fact]
    public async Task RunThatIsCancelling_RefusesWhateverWouldChangeIt()
    {
        var finish = new TaskCompletionSource();
        _model.Next(async reply =>
        {
            await finish.Task;
            await reply.EventsAsync(Created, Done(Message("Whole.")), Completed());
        });
        // The worker hears of a cancellation elsewhere when it renews its lease, which is long after this test.
        const string longLease = "Limits:RunLease=00:05:00";
        await using var worker = await StartAsync(longLease);
        await using var other = await StartAsync(longLease);
        var api = new RestClient(other.Http, "sk-test");
        var (thread, assistant) = (await api.NewThreadAsync("Hello"), await api.NewAssistantAsync());
        var path = await new RestClient(worker.Http, "sk-test").NewRunAsync(thread, assistant);
        await _model.ArrivalAsync();
        await api.PostAsync($"{path}/cancel");

        var cancel = await api.RefusedAsync(HttpMethod.Post, $"{path}/cancel");
        var outputs = await api.RefusedAsync(HttpMethod.Post, $"{path}/submit_tool_outputs", """{"tool_outputs":[]}""");
        var message = await api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", """{"role":"user","content":"More"}""");
        var run = await api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}"}""");

        Assert.Equal("Cannot cancel run with status 'cancelling'.", cancel.Error.GetProperty("message").GetString());
        Assert.Equal("Runs in status \"cancelling\" do not accept tool outputs.", outputs.Error.GetProperty("message").GetString());
        Assert.Contains("is active", message.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("already has an active run", run.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        finish.SetResult();
        Assert.Equal("cancelled", (await api.SettledAsync(path)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task TurnThatEndedAsTheServerStops_IsSavedAndNotTakenAgain()
    {
        await using var app = await StartAsync();
        var services = app.App.Services;
        var (store, events) = (services.GetRequiredService<Store>(), services.GetRequiredService<RunEvents>());
        var now = DateTimeOffset.UtcNow;
        var run = new RunObject
        {
            Id = "run_1",
            CreatedAt = now.ToUnixTimeSeconds(),
            AssistantId = "asst_1",
            ThreadId = "thread_1",
            Model = "m",
            Tools = EngineJson.EmptyArray,
            MaxCompletionTokens = 20,
        };
        // Its budget is used up, so the turn ends without the model, and without a look at what would abort it.
        var state = new RunState { Turns = 1, Usage = new ModelUsage(Prompt: 1, Completion: 19) };
        var active = new ActiveRun
        {
            Tenant = "t",
            ThreadId = "thread_1",
            RunId = "run_1",
            Status = RunStatuses.Queued,
            QueuedAt = now.ToUnixTimeMilliseconds(),
            ExpiresAt = now.AddMinutes(10).ToUnixTimeSeconds(),
            IsSandbox = true,
            State = EngineJson.Write(state),
        };
        using var claim = await store.WriteAsync(
            WriteScope.Nothing,
            async write =>
            {
                var journal = RunJournal.Create(write, active, run);
                journal.Start(now, now.AddMinutes(5));
                await journal.SaveAsync(events);
                return new ClaimedRun(journal.Active, journal.Run, journal.State);
            },
            CancellationToken.None);

        claim.Abort(AbortReason.Stopping);
        await services.GetRequiredService<RunExecutor>().ExecuteAsync(claim);

        var saved = EngineJson.ReadRun((await store.GetAsync(Kind.Run, "t", "run_1", "thread_1")).Body);
        Assert.Equal(RunStatuses.Incomplete, saved.Status);
    }

    [Fact]
    public async Task RunBeyondTheTenantsShare_WaitsThoughWorkersAreFree()
    {
        using var permits = new SemaphoreSlim(0);
        _model.Always(async reply =>
        {
            await permits.WaitAsync(reply.Gone);
            await reply.EventsAsync(Created, Done(Message("Yes.")), Completed());
        });
        const string share = "Limits:ConcurrentRunsPerTenant=1";
        await using var one = await StartAsync(share);
        await using var two = await StartAsync(share);
        var (api, other) = (new RestClient(two.Http, "sk-a"), new RestClient(two.Http, "sk-b"));
        var assistant = await api.NewAssistantAsync();
        await new RestClient(one.Http, "sk-a").NewRunAsync(await api.NewThreadAsync("First"), assistant);
        await _model.ArrivalAsync();

        var path = await api.NewRunAsync(await api.NewThreadAsync("Second"), assistant);
        await other.NewRunAsync(await other.NewThreadAsync("Hello"), await other.NewAssistantAsync());
        await _model.ArrivalAsync();
        permits.Release(3);
        var run = await api.SettledAsync(path);

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(["Bearer sk-a", "Bearer sk-b", "Bearer sk-a"], _model.Calls.Select(call => call.Headers["Authorization"]));
    }

    [Fact]
    public async Task LeaseThatWasGivenBack_IsNotRenewed()
    {
        var options = new EngineOptions { Storage = { ConnectionString = Database } };
        using var database = new SqliteDatabase(Options.Create(options), Unheard.Storage, NullLogger<SqliteWriter>.Instance);
        await database.StartAsync(CancellationToken.None);
        var store = new Store(database);
        var now = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);
        var claimed = new ActiveRun
        {
            Tenant = "t",
            ThreadId = "thread_1",
            RunId = "run_1",
            Status = RunStatuses.InProgress,
            QueuedAt = now.ToUnixTimeMilliseconds(),
            ExpiresAt = now.ToUnixTimeSeconds(),
            Fence = 1,
            LeaseUntil = now.AddSeconds(15).ToUnixTimeMilliseconds(),
            State = EngineJson.Write(new RunState()),
        };
        var run = new RunObject { Id = "run_1", CreatedAt = 0, AssistantId = "asst_1", ThreadId = "thread_1", Model = "m", Tools = EngineJson.EmptyArray };

        var renewed = await store.WriteAsync(
            WriteScope.Nothing,
            async write =>
            {
                var journal = RunJournal.Create(write, claimed, run);
                journal.HandBack();
                await journal.SaveAsync(Unheard.Events);
                return await write.RenewLeaseAsync(claimed, now.AddSeconds(30));
            },
            CancellationToken.None);

        Assert.Null(renewed);
        Assert.Equal(("t", "thread_1"), await store.NextExpiredRunOfAnyTenantAsync(now));
    }

    private Task<TestApp> StartAsync(params string[] settings) =>
        RunApp.StartAppAsync(_model, time: null, [$"Storage:ConnectionString={Database}", .. settings]);
}
