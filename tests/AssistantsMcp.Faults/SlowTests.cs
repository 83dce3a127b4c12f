using AssistantsMcp.Faults.Load;
using AssistantsMcp.Faults.Nemesis;
using Npgsql;
using Xunit.Abstractions;

namespace AssistantsMcp.Faults;

/// <summary>A model that says nothing for long, and clients that do not wait for it.</summary>
public sealed class SlowTests(ITestOutputHelper output)
{
    private const int MostThreads = 60;
    private const int MostHandles = 60;

    [PostgresServerTheory]
    [InlineData(300)]
    public async Task RunsWhoseModelIsSilent_HoldNoThreadsAndNoConnections_AndFail(int runs)
    {
        var silence = TimeSpan.FromSeconds(Effort.Of(10, 120));
        await using var database = await PostgresServer.StartAsync();
        await using var world = await World.StartAsync(
            output, [.. database.Settings(poolSize: 20), $"Model:Timeout={silence}", "Limits:ConcurrentRuns=300", "Limits:ConcurrentRunsPerTenant=300"]);
        var server = await world.AddReplicaAsync();
        var client = world.ClientOf("sk-1");
        var assistant = await Visitor.NewAssistantAsync(client);

        var visitors = Enumerable.Range(0, runs).Select(number => new Visitor(client, assistant, $"hang h{number}")).ToList();
        await Parallel.ForEachAsync(visitors, new ParallelOptions { MaxDegreeOfParallelism = 20 }, async (visitor, _) =>
            visitor.Accept(await client.MakeAsync("/v1/threads/runs", _ => visitor.Request)));
        await Task.Delay(silence / 2);
        var threads = server.Measure("Threads");
        var held = await CountHeldConnectionsAsync(database);
        await Task.WhenAll(visitors.Select(visitor => visitor.StayAsync(silence / 5)));

        output.WriteLine($"{runs} runs, each silent for {silence.TotalSeconds} s: {threads} threads, {held} connections in a transaction.");
        Assert.InRange(threads, 1, MostThreads);
        Assert.Equal(0, held);
        Assert.All(visitors, visitor => Assert.Equal(("failed", "server_error"), (visitor.Status, visitor.ErrorCode)));
        world.Check(mostCallsPerTurn: 1);
    }

    [Fact]
    public Task ClientsThatLeaveTheirStreams_LeaveTheirRunsAlone() => LeaveAsync(database: null);

    [PostgresFact]
    public Task ClientsThatLeaveTheirStreamsOnPostgres_LeaveTheirRunsAlone() => LeaveAsync(TestDatabase.CreatePostgres());

    private async Task LeaveAsync(TestDatabase? database)
    {
        var visits = Effort.Of(50, 500);
        await using var world = await World.StartAsync(output, database);
        world.Model.Pace = TimeSpan.FromMilliseconds(20);
        var server = await world.AddReplicaAsync();
        var client = world.ClientOf("sk-1");
        var assistant = await Visitor.NewAssistantAsync(client);

        // The first ones fill the pools of connections; what the others add would be lost.
        var warm = visits / 5;
        await LeaveAsync(client, assistant, Enumerable.Range(0, warm));
        var before = server.OpenHandles();
        await LeaveAsync(client, assistant, Enumerable.Range(warm, visits - warm));
        var after = server.OpenHandles();

        output.WriteLine($"{visits} streams were left; {before} handles open after {warm} of them, {after} after all.");
        Assert.InRange(after, 0, before + MostHandles);
        world.Check(mostCallsPerTurn: 1);
    }

    /// <summary>Starts streams, leaves each at its first event, and comes back for the run.</summary>
    private static Task LeaveAsync(Client client, string assistant, IEnumerable<int> visits) => Parallel.ForEachAsync(
        visits,
        new ParallelOptions { MaxDegreeOfParallelism = 20 },
        async (number, _) =>
        {
            var visitor = new Visitor(client, assistant, $"text g{number}");
            visitor.Accept(await client.LeaveAsync("/v1/threads/runs", visitor.StreamRequest));
            await visitor.StayAsync();
            Assert.Equal("completed", visitor.Status);
        });

    /// <summary>How many connections are in a transaction, and were a second ago.</summary>
    private static async Task<long> CountHeldConnectionsAsync(PostgresServer database)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'AssistantsMcp' AND xact_start < NOW() - INTERVAL '1 second'";
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
