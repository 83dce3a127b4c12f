using AssistantsMcp.Tests.Models;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Execution;

/// <summary>Clocks that are set while runs are under way, and processes that stand still: two servers share one database file.</summary>
[Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
public sealed class ClockTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("assistants-mcp-").FullName;
    private readonly SemaphoreSlim _permits = new(0);
    private FakeResponsesServer _model = null!;

    private string Database => $"Data Source={Path.Combine(_folder, "test.db")}";

    public async Task InitializeAsync()
    {
        _model = await FakeResponsesServer.StartAsync();
        _model.Always(async reply =>
        {
            await _permits.WaitAsync(reply.Gone);
            await reply.EventsAsync(Created, Done(Message("Whole.")), Completed());
        });
    }

    public async Task DisposeAsync()
    {
        await _model.DisposeAsync();
        _permits.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task ClockThatJumps_EndsNoRunAndGivesNoLeaseTwice(int hours)
    {
        _model.NextEvents(Created, Done(Call("tide", "{}")), Completed());
        var time = new JumpingClock();
        string[] patient = ["Limits:RunLease=00:05:00", "Limits:RunLifetime=00:30:00"];
        await using var one = await StartAsync(time, patient);
        await using var two = await StartAsync(time, patient);
        var api = new RestClient(one.Http, "sk-test");
        var assistant = await api.NewAssistantAsync("\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"tide\"}}]");
        var waiting = await api.NewRunAsync(await api.NewThreadAsync("Hello"), assistant);
        await _model.ArrivalAsync();
        await api.SettledAsync(waiting);
        var working = await api.NewRunAsync(await api.NewThreadAsync("Hello"), assistant);
        await _model.ArrivalAsync();

        time.Jump(TimeSpan.FromHours(hours));
        for (var renewal = 0; renewal < 3; renewal++)
        {
            await UntilRenewedAsync(time);
        }

        await api.PostAsync($"{waiting}/submit_tool_outputs", """{"tool_outputs":[{"tool_call_id":"call_a","output":"3"}]}""");
        _permits.Release(2);

        Assert.Equal("completed", (await api.SettledAsync(waiting)).GetProperty("status").GetString());
        Assert.Equal("completed", (await api.SettledAsync(working)).GetProperty("status").GetString());
        Assert.Equal(3, _model.Calls.Count);
    }

    [Fact]
    public async Task RunOfAProcessThatStoodStill_GoesOnThereUnlessAnotherTookIt()
    {
        var (still, moving) = (new FakeTimeProvider(DateTimeOffset.UtcNow), new FakeTimeProvider(DateTimeOffset.UtcNow));
        await using var one = await StartAsync(still);
        await using var two = await StartAsync(moving, "Limits:ConcurrentRuns=1");
        var (api, other) = (new RestClient(one.Http, "sk-test"), new RestClient(two.Http, "sk-other"));
        await other.NewRunAsync(await other.NewThreadAsync("Busy"), await other.NewAssistantAsync());
        var assistant = await api.NewAssistantAsync();
        var path = await api.NewRunAsync(await api.NewThreadAsync("Hello"), assistant);
        await _model.ArrivalAsync();
        await _model.ArrivalAsync();

        // The other server takes the lapsed lease away, and is too busy to take the run.
        moving.Advance(TimeSpan.FromSeconds(16));
        await UntilAsync(async () => await ReadAsync("SELECT COUNT(*) FROM active_runs WHERE lease_until = 0") == 1, () => moving.Advance(TimeSpan.FromSeconds(1)));
        await api.NewRunAsync(await api.NewThreadAsync("Wakes the queue"), assistant);
        await _model.ArrivalAsync();
        _permits.Release(3);
        var run = await api.SettledAsync(path);

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(3, _model.Calls.Count);
    }

    private Task<TestApp> StartAsync(TimeProvider time, params string[] settings) =>
        RunApp.StartAppAsync(_model, time, [$"Storage:ConnectionString={Database}", "Model:Timeout=00:59:00", .. settings]);

    /// <summary>A third of the lease passes; the renewal shows that the timekeeper has come round.</summary>
    private async Task UntilRenewedAsync(FakeTimeProvider time)
    {
        const string lease = "SELECT MAX(lease_until) FROM active_runs";
        var before = await ReadAsync(lease);
        time.Advance(TimeSpan.FromSeconds(101));
        await UntilAsync(async () => await ReadAsync(lease) != before, () => time.Advance(TimeSpan.FromSeconds(1)));
    }

    /// <param name="isSo">What is awaited.</param>
    /// <param name="step">Moves a clock on, for a round may fail when the disk is slow, and the next one tries again.</param>
    private static async Task UntilAsync(Func<Task<bool>> isSo, Action step)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await isSo())
        {
            step();
            await Task.Delay(TimeSpan.FromMilliseconds(200), patience.Token);
        }
    }

    private async Task<long> ReadAsync(string sql)
    {
        await using var connection = new SqliteConnection($"{Database};Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
