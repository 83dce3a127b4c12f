using AssistantsMcp.Faults.Load;
using AssistantsMcp.Faults.Nemesis;
using AssistantsMcp.Faults.Proxy;
using Xunit.Abstractions;

namespace AssistantsMcp.Faults;

/// <summary>Runs whose creation is sent several times with one <c>Idempotency-Key</c>, at once and after lost answers.</summary>
public sealed class RepeatTests(ITestOutputHelper output)
{
    private const int AtOnce = 20;

    [Fact]
    public Task CreationsRepeatedOverABadNetwork_TakeEffectOnce() => RepeatOverABadNetworkAsync(database: null);

    [PostgresFact]
    public Task CreationsRepeatedOverABadNetworkOnPostgres_TakeEffectOnce() => RepeatOverABadNetworkAsync(TestDatabase.CreatePostgres());

    [Fact]
    public Task CreationsRepeatedToServersThatAreKilled_TakeEffectOnce() => RepeatToKilledServersAsync(database: null);

    [PostgresFact]
    public Task CreationsRepeatedToReplicasThatAreKilled_TakeEffectOnce() => RepeatToKilledServersAsync(TestDatabase.CreatePostgres());

    private async Task RepeatOverABadNetworkAsync(TestDatabase? database)
    {
        await using var world = await World.StartAsync(output, database);
        var server = await world.AddReplicaAsync();
        var address = server.Http.BaseAddress!;
        await using var proxy = FaultProxy.Before(new(System.Net.IPAddress.Loopback, address.Port));
        using var http = new HttpClient { BaseAddress = proxy.Replace(address), Timeout = TimeSpan.FromSeconds(10) };

        using var over = new CancellationTokenSource();
        var network = BreakAsync(proxy, world.Random, over.Token);
        await VisitAsync(world, world.ClientOf("sk-1", http), Effort.Of(60, 1000));
        await over.CancelAsync();
        await network;

        output.WriteLine($"{world.History.Entries.OfType<Recording.ClientCall>().Count(call => call.Status is null)} answers were lost.");
        world.Check(mostCallsPerTurn: 1);
    }

    private async Task RepeatToKilledServersAsync(TestDatabase? database)
    {
        await using var world = await World.StartAsync(output, database);
        await world.AddReplicasAsync(2);

        var visits = VisitAsync(world, world.ClientOf("sk-1"), Effort.Of(60, 1000));
        while (!visits.IsCompleted)
        {
            await Task.Delay(world.Random.Next(500, 1500));
            await world.KillAsync(world.Replicas[world.Random.Next(2)]);
            await world.AddReplicaAsync();
        }

        await visits;
        world.Check(mostCallsPerTurn: 2);
    }

    /// <summary>Each visitor's run is created by one to five calls at once, and by as many more as it takes.</summary>
    private static async Task VisitAsync(World world, Client client, int visits)
    {
        var assistant = await Visitor.NewAssistantAsync(client);
        foreach (var visitors in Enumerable.Range(0, visits).Chunk(AtOnce))
        {
            await Task.WhenAll(visitors.Select(async number =>
            {
                var visitor = new Visitor(client, assistant, $"text v{number}");
                var calls = Enumerable.Range(0, 1 + (number % 5)).Select(_ => client.MakeOnceAsync("/v1/threads/runs", visitor.Request, $"key-{number}"));
                visitor.Accept((await Task.WhenAll(calls))[0]);
                await visitor.StayAsync();
            }));
        }
    }

    private static async Task BreakAsync(FaultProxy proxy, Random random, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await proxy.SetAsync(random.Next(4) switch
            {
                0 => new ProxyFault.Reset(random.Next(2000)),
                1 => new ProxyFault.Cut(random.Next(2000)),
                2 => new ProxyFault.Refusal(),
                _ => new ProxyFault.None(),
            });
            await Task.Delay(random.Next(20, 100), over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await proxy.SetAsync(new ProxyFault.None());
    }
}
