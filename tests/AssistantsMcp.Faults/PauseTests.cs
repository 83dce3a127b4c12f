using AssistantsMcp.Faults.Nemesis;
using Xunit.Abstractions;

namespace AssistantsMcp.Faults;

/// <summary>Servers that stand still for so long that others take their runs over, and then go on as if nothing had been.</summary>
public sealed class PauseTests(ITestOutputHelper output)
{
    private const int Conversations = 20;
    private const int RoundsPerWorld = 10;

    /// <summary>Three times the lease of the servers in a <see cref="World"/>.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(9);

    [Fact]
    public Task ServerThatWakesUpAfterItsLeases_FinishesNothingTwice() => PauseAsync(servers: 2, () => null);

    [PostgresFact]
    public Task ReplicaThatWakesUpAfterItsLeases_FinishesNothingTwice() => PauseAsync(servers: 3, TestDatabase.CreatePostgres);

    private async Task PauseAsync(int servers, Func<TestDatabase?> newDatabase)
    {
        var (rounds, done, takenOver, refused) = (Effort.Of(2, 50), 0, 0, 0);
        while (done < rounds)
        {
            await using var world = await World.StartAsync(output, newDatabase());
            await world.AddReplicasAsync(servers);
            var customers = await world.InviteAsync(Conversations);
            for (var round = 0; round < RoundsPerWorld && done < rounds; round++, done++)
            {
                var conversations = Task.WhenAll(customers.Select(customer => customer.ConverseAsync()));
                await Task.Delay(world.Random.Next(300, 900));
                await world.PauseAsync(world.Replicas[world.Random.Next(servers)], _pause);
                await conversations;
            }

            await world.CheckAsync(customers);
            takenOver += world.CountTakenOver();
            refused += world.CountLogLines("is no longer this worker's");
        }

        output.WriteLine($"{rounds} pauses of {_pause.TotalSeconds} s, {takenOver} turns taken over, {refused} late results refused at their commit.");
        Assert.NotEqual(0, takenOver);
    }
}
