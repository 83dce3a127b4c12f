using System.Globalization;
using AssistantsMcp.Faults.Checking;
using AssistantsMcp.Faults.Load;
using AssistantsMcp.Faults.Recording;
using Xunit.Abstractions;

namespace AssistantsMcp.Faults.Nemesis;

/// <summary>
/// Servers on one database, a model behind them, customers before them, and the history of it all. Its folder is kept
/// when a test does not get as far as <see cref="CheckAsync"/>. Chance follows from a seed, which is printed; <c>SEED=n</c> repeats it.
/// </summary>
internal sealed class World : IAsyncDisposable
{
    private readonly ITestOutputHelper _output;
    private readonly string[] _settings;
    private readonly TestDatabase? _database;
    private volatile Replica[] _replicas = [];
    private Replica? _gone;
    private int _started;
    private bool _isGood;

    private World(ITestOutputHelper output, string folder, History history, StagedModel model, TestDatabase? database, string[] settings)
    {
        (_output, Folder, History, Model, _database) = (output, folder, history, model, database);
        var storage = database?.Settings ?? [$"Storage:ConnectionString=Data Source={Path.Combine(folder, "test.db")}"];
        _settings = [.. storage, $"Model:BaseUrl={model.BaseUrl}", "Access:Mode=open", "Limits:RunLease=00:00:03", .. settings];
        Seed = int.Parse(Environment.GetEnvironmentVariable("SEED") ?? $"{Random.Shared.Next()}", CultureInfo.InvariantCulture);
        Random = new Random(Seed);
        _output.WriteLine($"Seed {Seed}; the history is in {folder} until it is found good.");
    }

    public int Seed { get; }

    /// <summary>Where the history, the servers' output and a SQLite file are.</summary>
    public string Folder { get; }

    public Random Random { get; }

    public History History { get; }

    public StagedModel Model { get; }

    /// <summary>The servers that run.</summary>
    public IReadOnlyList<Replica> Replicas => _replicas;

    /// <summary>Does the same in so many worlds, four at a time: most of their time they wait for a lease to lapse.</summary>
    public static Task RepeatAsync(int worlds, Func<Task> test) => Parallel.ForEachAsync(
        Enumerable.Range(0, worlds), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, _) => await test());

    /// <summary>A world on a SQLite file.</summary>
    /// <param name="output">Where to tell of it.</param>
    /// <param name="settings">Settings of every server, over those that make faults pass quickly.</param>
    public static Task<World> StartAsync(ITestOutputHelper output, params string[] settings) => StartAsync(output, null, settings);

    /// <summary>A world on this database, which goes when the world does; null is a SQLite file.</summary>
    public static async Task<World> StartAsync(ITestOutputHelper output, TestDatabase? database, params string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("assistants-mcp-faults-").FullName;
        var history = new History(Path.Combine(folder, "history.jsonl"));
        return new World(output, folder, history, await StagedModel.StartAsync(history), database, settings);
    }

    public async Task<Replica> AddReplicaAsync()
    {
        var replica = await Replica.StartAsync(_settings, Path.Combine(Folder, $"server-{Interlocked.Increment(ref _started)}.log"));
        _replicas = [.. _replicas, replica];
        Note($"server {replica.ProcessId} started");
        return replica;
    }

    public async Task AddReplicasAsync(int count)
    {
        for (var replica = 0; replica < count; replica++)
        {
            await AddReplicaAsync();
        }
    }

    public async Task KillAsync(Replica replica)
    {
        Note($"server {replica.ProcessId} killed");
        (_replicas, _gone) = ([.. _replicas.Where(other => other != replica)], replica);
        await replica.KillAsync();
        await replica.DisposeAsync();
    }

    /// <summary>Stops a server where it is. Clients are sent to the others meanwhile.</summary>
    public async Task PauseAsync(Replica replica, TimeSpan time)
    {
        Note($"server {replica.ProcessId} paused");
        _replicas = [.. _replicas.Where(other => other != replica)];
        await replica.PauseAsync();
        await Task.Delay(time);
        await replica.ResumeAsync();
        _replicas = [.. _replicas, replica];
        Note($"server {replica.ProcessId} goes on");
    }

    /// <summary>How often the servers logged something.</summary>
    public int CountLogLines(string text) =>
        Directory.EnumerateFiles(Folder, "server-*.log").Sum(file => File.ReadLines(file).Count(line => line.Contains(text, StringComparison.Ordinal)));

    /// <summary>How many turns were asked of the model a second time.</summary>
    public int CountTakenOver() => History.Entries.OfType<ModelCall>().CountBy(call => (call.Marker, call.Turn)).Count(calls => calls.Value > 1);

    /// <summary>A client whose calls go to any server that runs.</summary>
    public Client ClientOf(string key) => new(History, AnyServer, key);

    /// <summary>A client whose calls go another way.</summary>
    public Client ClientOf(string key, HttpClient server) => new(History, () => server, key);

    /// <summary>Customers with a conversation each, some of them of one tenant.</summary>
    public async Task<Customer[]> InviteAsync(int count, int tenants = 4)
    {
        var customers = Enumerable.Range(0, count)
            .Select(number => new Customer(ClientOf($"sk-{number % tenants}"), new Random(HashCode.Combine(Seed, number)), $"c{number}")).ToArray();
        await Task.WhenAll(customers.Select(customer => customer.ArriveAsync()));
        return customers;
    }

    public void Note(string act) => History.Add(new NemesisAct(History.Now, act));

    /// <summary>Lets everybody look at what is theirs, and the checker at the history.</summary>
    public async Task CheckAsync(IEnumerable<Customer> customers, int mostCallsPerTurn = 2)
    {
        await Task.WhenAll(customers.Select(customer => customer.LookAroundAsync()));
        Check(mostCallsPerTurn);
    }

    /// <summary>Lets the checker look at the history, when everybody has looked at what is theirs.</summary>
    public void Check(int mostCallsPerTurn)
    {
        var violations = Checker.Violations(History.Entries, mostCallsPerTurn);
        Assert.True(violations.Count == 0, $"Seed {Seed}, {Folder}:\n{string.Join('\n', violations.Take(20))}");
        Forget();
    }

    /// <summary>Says that nobody needs the folder: nothing is wrong with the history.</summary>
    public void Forget() => _isGood = true;

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        await Model.DisposeAsync();
        History.Dispose();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }

        if (_isGood)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private HttpClient AnyServer()
    {
        var replicas = _replicas;
        return (replicas.Length == 0 ? _gone! : replicas[Random.Shared.Next(replicas.Length)]).Http;
    }
}
