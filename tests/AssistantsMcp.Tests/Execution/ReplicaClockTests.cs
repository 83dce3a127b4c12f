using AssistantsMcp.Tests.Models;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Execution;

/// <summary>Servers on one PostgreSQL database whose clocks differ: leases and expiry go by the database's.</summary>
public sealed class ReplicaClockTests : IAsyncLifetime
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
    public Task ServerWhoseClockIsFast_LapsesNoLeaseAndEndsNoRun() => StandByAsync(TimeSpan.FromHours(1));

    [PostgresFact]
    public Task ServerWhoseClockIsSlow_LapsesNoLeaseAndEndsOldRuns() => StandByAsync(TimeSpan.FromHours(-1));

    private async Task StandByAsync(TimeSpan offset)
    {
        for (var run = 0; run < 3; run++)
        {
            _model.NextEvents(Created, Done(Call("tide", "{}")), Completed());
        }

        _model.Next(reply => reply.HangAsync());
        // Its timers stand still, so that every end of a run that is too old is the other server's doing.
        await using var working = await StartAsync(new FakeTimeProvider(DateTimeOffset.UtcNow));
        var api = new RestClient(working.Http, "sk-test");
        var assistant = await api.NewAssistantAsync("\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"tide\"}}]");
        var waiting = new List<string>();
        for (var run = 0; run < 3; run++)
        {
            waiting.Add(await api.NewRunAsync(await api.NewThreadAsync("Hello"), assistant));
            await api.SettledAsync(waiting[run]);
        }

        var held = await api.NewRunAsync(await api.NewThreadAsync("Hello"), assistant);
        var lease = await ReadLeaseAsync(held);

        await using var other = await StartAsync(new ShiftedClock(offset));
        // Two rounds of the other server, each of which ends what is too old.
        foreach (var path in waiting[1..])
        {
            await ExecuteAsync($"UPDATE active_runs SET expires_at = 1 WHERE run_id = '{IdOf(path)}'");
            await api.UntilAsync(path, run => run.GetProperty("status").GetString() == "expired");
        }

        Assert.NotNull(lease);
        Assert.Equal("requires_action", (await api.GetAsync(waiting[0])).GetProperty("status").GetString());
        Assert.Equal(lease, await ReadLeaseAsync(held));
    }

    private Task<TestApp> StartAsync(TimeProvider time) => TestApp.StartAsync(
        [.. _database!.Settings, $"Model:BaseUrl={_model.BaseUrl}", "Access:Mode=open", "Limits:RunLease=00:05:00", "Limits:RunLifetime=00:30:00"],
        builder => builder.Services.AddSingleton(time));

    private static string IdOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private Task<object?> ReadLeaseAsync(string path) =>
        ExecuteAsync($"SELECT CONCAT(fence, ' until ', lease_until) FROM active_runs WHERE run_id = '{IdOf(path)}' AND lease_until > 0");

    private async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = await _database!.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    /// <summary>A clock that is right but for its offset.</summary>
    private sealed class ShiftedClock(TimeSpan offset) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;
    }
}
