using AssistantsMcp.Faults.Nemesis;
using Xunit.Abstractions;

namespace AssistantsMcp.Faults;

/// <summary>Servers that stand still for so long that others take their runs over, and then go on as if nothing had been.</summary>
public sealed class PauseTests(ITestOutputHelper output)
{
    private const int Conversations = 20;

    /// <summary>Three times the lease of the servers in a <see cref="World"/>.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(9);

    [Fact]
    public Task ServerThatWakesUpAfterItsLeases_FinishesNothingTwice() => PauseAsync(servers: 2, () => null);

    [PostgresFact]
    public Task ReplicaThatWakesUpAfterItsLeases_FinishesNothingTwice() => PauseAsync(servers: 3, TestDatabase.CreatePostgres);

    private async Task PauseAsync(int servers, Func<TestDatabase?> newDatabase)
    {
        var (pauses, takenOver, refused) = (0, 0, 0);
        await World.RepeatAsync(Effort.Of(1, 10), async () =>
        {
            await using var world = await World.StartAsync(output, newDatabase());
            await world.AddReplicasAsync(servers);
            var customers = await world.InviteAsync(Conversations);
            for (var round = 0; round < Effort.Of(2, 5); round++)
            {
                var conversations = Task.WhenAll(customers.Select(customer => customer.ConverseAsync()));
                await world.Model.UntilBusyAsync(Conversations / 2);
                await Task.Delay(world.Random.Next(500));
                await world.PauseAsync(world.Replicas[world.Random.Next(servers)], _pause);
                await conversations;
                Interlocked.Increment(ref pauses);
            }

            await world.CheckAsync(customers);
            Interlocked.Add(ref takenOver, world.CountTakenOver());
            Interlocked.Add(ref refused, world.CountLogLines("is no longer this worker's"));
        });

        output.WriteLine($"{servers} servers, {pauses} pauses of {_pause.TotalSeconds} s, {takenOver} turns taken over, {refused} late results refused at their commit.");
        // In a few rounds on a busy machine there may be none.
        Assert.True(takenOver > 0 || !Effort.IsLong, "No turn was ever taken over.");
    }
}
