using System.Diagnostics;
using System.Globalization;
using AssistantsMcp.Faults.Load;
using AssistantsMcp.Faults.Nemesis;
using AssistantsMcp.Faults.Proxy;
using AssistantsMcp.Faults.Recording;
using Npgsql;
using Xunit.Abstractions;

namespace AssistantsMcp.Faults;

/// <summary>A PostgreSQL server that goes away under load and comes back.</summary>
public sealed class DatabaseOutageTests(ITestOutputHelper output)
{
    private const int Conversations = 20;
    private const int MostThreads = 100;

    private static readonly TimeSpan _longestRefusal = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestRecovery = TimeSpan.FromSeconds(10);

    /// <param name="poolSize">Connections of each of two replicas.</param>
    /// <param name="readers">Clients that ask once a second.</param>
    [PostgresServerTheory]
    [InlineData(20, 50)]
    [InlineData(5, 500)]
    public async Task DatabaseThatCrashes_IsToldQuickly_AndNothingIsLost(int poolSize, int readers)
    {
        var outage = TimeSpan.FromSeconds(Effort.Of(3, 30));
        await using var database = await PostgresServer.StartAsync();
        await using var world = await World.StartAsync(output, database.Settings(poolSize));
        await world.AddReplicasAsync(2);
        var customers = await world.InviteAsync(Conversations);
        using var over = new CancellationTokenSource();
        var conversations = Task.WhenAll(customers.Select(customer => ConverseAsync(customer, over.Token)));
        var asking = Task.WhenAll(Enumerable.Range(0, readers).Select(number => AskAsync(world.ClientOf($"sk-{number % 4}"), over.Token)));
        await Task.Delay(TimeSpan.FromSeconds(1));

        world.Note("database crashed");
        await database.CrashAsync();
        var crashed = world.History.Now;
        await Task.Delay(outage);
        var threads = world.Replicas.Max(replica => replica.Measure("Threads"));
        var back = world.History.Now;
        await database.GoOnAsync();
        world.Note("database started");
        var started = Stopwatch.GetTimestamp();
        await customers[0].TouchAsync();
        var recovery = Stopwatch.GetElapsedTime(started);
        await over.CancelAsync();
        await Task.WhenAll(conversations, asking);

        var meanwhile = world.History.Entries.OfType<ClientCall>().Where(call => call.From > crashed && call.To < back).ToList();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outage.TotalSeconds} s without the database: {meanwhile.Count} calls refused, the slowest after {meanwhile.Max(call => call.To - call.From):f0} ms; {threads} threads; back {recovery.TotalMilliseconds:f0} ms after the database."));
        Assert.All(meanwhile, call => Assert.Equal(503, call.Status));
        Assert.All(meanwhile, call => Assert.InRange(call.To - call.From, 0, _longestRefusal.TotalMilliseconds));
        Assert.InRange(threads, 1, MostThreads);
        Assert.InRange(recovery, TimeSpan.Zero, _longestRecovery);
        await world.CheckAsync(customers);
    }

    /// <summary>Connections are reset and refused, or swallow every answer, those of commits too.</summary>
    [PostgresFact]
    public async Task NetworkThatFailsBeforeTheDatabase_LosesNothing()
    {
        await using var database = TestDatabase.CreatePostgres();
        var behind = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        await using var proxy = FaultProxy.Before(new(System.Net.IPAddress.Parse(behind.Host!), behind.Port));
        behind.Port = proxy.Address.Port;
        await using var world = await World.StartAsync(output, [.. database.Settings, $"Storage:ConnectionString={behind}"]);
        await world.AddReplicasAsync(2);
        var customers = await world.InviteAsync(Conversations);

        foreach (var fault in Enumerable.Repeat<ProxyFault[]>([new ProxyFault.Refusal(), new ProxyFault.Stall(0), new ProxyFault.Reset(2000)], Effort.Of(1, 20)).SelectMany(faults => faults))
        {
            var conversations = Task.WhenAll(customers.Select(customer => customer.ConverseAsync()));
            await Task.Delay(world.Random.Next(800));
            world.Note($"{fault} begins");
            await proxy.SetAsync(fault);
            await Task.Delay(TimeSpan.FromSeconds(2));
            await proxy.SetAsync(new ProxyFault.None());
            world.Note($"{fault} is over");
            await conversations;
        }

        await world.CheckAsync(customers);
    }

    private static async Task ConverseAsync(Customer customer, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await customer.ConverseAsync();
        }
    }

    private static async Task AskAsync(Client client, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await client.GetAsync("/v1/assistants?limit=1");
            await Task.Delay(TimeSpan.FromSeconds(1), over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
