using System.Collections.Concurrent;
using System.Diagnostics;
using AssistantsMcp.Faults.Load;
using AssistantsMcp.Faults.Nemesis;
using Xunit.Abstractions;

namespace AssistantsMcp.Faults;

/// <summary>Servers that are killed while twenty runs are in flight.</summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Conversations = 20;

    /// <summary>What recovery may take; it is measured and told besides.</summary>
    private static readonly TimeSpan _longestRecovery = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task ServerKilledAtAnyMoment_LosesNothing(int servers) => KillAsync(servers, () => null);

    [PostgresFact]
    public Task ReplicaKilledInTheMiddleOfTwentyRuns_CostsNothingButSeconds() => KillAsync(servers: 3, TestDatabase.CreatePostgres);

    private async Task KillAsync(int servers, Func<TestDatabase?> newDatabase)
    {
        var (recoveries, takenOver) = (new ConcurrentBag<TimeSpan>(), 0);
        await World.RepeatAsync(Effort.Of(1, 20), async () =>
        {
            await using var world = await World.StartAsync(output, newDatabase());
            await world.AddReplicasAsync(servers);
            var customers = await world.InviteAsync(Conversations);
            for (var round = 0; round < Effort.Of(3, 10); round++)
            {
                recoveries.Add(await KillAndRecoverAsync(world, customers, round));
            }

            await world.CheckAsync(customers);
            Interlocked.Add(ref takenOver, world.CountTakenOver());
        });

        output.WriteLine($"{servers} server(s), {recoveries.Count} kills, {takenOver} turns taken over, recovery {recoveries.Min():s\\.f} to {recoveries.Max():s\\.f} s, on average {recoveries.Average(time => time.TotalSeconds):f1} s.");
        // In a few rounds on a busy machine there may be none.
        Assert.True(takenOver > 0 || !Effort.IsLong, "No turn was ever taken over.");
        Assert.All(recoveries, recovery => Assert.InRange(recovery, TimeSpan.Zero, _longestRecovery));
    }

    /// <summary>Kills one server while all customers have a run in flight, and starts another in its place.</summary>
    /// <returns>How long it took from the start to the end of the last run.</returns>
    private static async Task<TimeSpan> KillAndRecoverAsync(World world, IReadOnlyList<Customer> customers, int round)
    {
        var conversations = Task.WhenAll(customers.Select(customer => customer.ConverseAsync()));
        // At any moment, and every other time when most runs are being answered.
        await (round % 2 == 0 ? world.Model.UntilBusyAsync(Conversations / 2) : Task.Delay(world.Random.Next(1000)));
        await world.KillAsync(world.Replicas[world.Random.Next(world.Replicas.Count)]);
        var killed = Stopwatch.GetTimestamp();
        await world.AddReplicaAsync();
        await conversations;
        return Stopwatch.GetElapsedTime(killed);
    }
}
