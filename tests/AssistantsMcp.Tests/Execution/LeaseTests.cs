using AssistantsMcp.Engine;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Tests.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Tests.Execution;

/// <summary>Leases when several servers give and take them at the same moment.</summary>
public sealed class LeaseTests
{
    private static readonly DateTimeOffset _now = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);

    [PostgresFact]
    public async Task LapsedLeases_AreReleasedWithoutWaitingForOnesThatAreBeingRenewed()
    {
        await using var shared = TestDatabase.CreatePostgres();
        var options = Options.Create(new EngineOptions { Storage = { ConnectionString = shared.ConnectionString } });
        await using var database = new PostgresDatabase(options, Unheard.Storage, TimeProvider.System, NullLogger<PostgresDatabase>.Instance);
        await database.StartAsync(CancellationToken.None);
        var store = new Store(database);
        var runs = Enumerable.Range(1, 2).Select(LapsedRun).ToList();

        // A server that is a little late renews its leases one after the other; each run is once the first of them.
        foreach (var (first, second) in new[] { (runs[0], runs[1]), (runs[1], runs[0]) })
        {
            await WriteAsync(store, async write =>
            {
                await write.SaveActiveRunAsync(first);
                await write.SaveActiveRunAsync(second);
            });

            await WriteAsync(store, async write =>
            {
                await write.RenewLeaseAsync(first, _now.AddSeconds(15));
                await WriteAsync(store, other => other.ReleaseLapsedRunsOfAllTenantsAsync(_now));

                Assert.Equal([second.RunId], await store.AwaitedRunsOfAllTenantsAsync(process: null));
                Assert.Equal(RunStatuses.InProgress, await write.RenewLeaseAsync(second, _now.AddSeconds(15)));
            });

            Assert.Empty(await store.AwaitedRunsOfAllTenantsAsync(process: null));
        }
    }

    private static Task WriteAsync(Store store, Func<StoreTransaction, ValueTask> write) =>
        store.WriteAsync(WriteScope.Nothing, write, CancellationToken.None);

    private static ActiveRun LapsedRun(int number) => new()
    {
        Tenant = "t",
        ThreadId = $"thread_{number}",
        RunId = $"run_{number}",
        Status = RunStatuses.InProgress,
        QueuedAt = 0,
        ExpiresAt = _now.AddMinutes(10).ToUnixTimeSeconds(),
        Fence = 1,
        LeaseUntil = _now.ToUnixTimeMilliseconds(),
        State = EngineJson.Write(new RunState()),
    };
}
