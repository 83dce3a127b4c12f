using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using AssistantsMcp.Engine;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Engine.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Commits;

/// <summary>The server's own store on a SQLite file of its own, every commit on disk before it counts.</summary>
internal sealed class MeasuredStore : IAsyncDisposable
{
    private const string Tenant = "bench";

    /// <summary>About as large as an assistant's.</summary>
    private static readonly byte[] _body = Encoding.UTF8.GetBytes($$"""{"object":"assistant","instructions":"{{new string('x', 600)}}"}""");

    private readonly SqliteDatabase _database;
    private readonly Store _store;

    /// <summary>Lets one request at a time come to the writer, which then finds nothing to group.</summary>
    private readonly SemaphoreSlim _oneByOne = new(1);

    private MeasuredStore(SqliteDatabase database) => (_database, _store) = (database, new Store(database));

    public static async Task<MeasuredStore> OpenAsync(string folder)
    {
        var file = Path.Combine(folder, $"{Guid.NewGuid():N}.db");
        var options = new EngineOptions { Storage = { ConnectionString = $"Data Source={file}" } };
        var metrics = new StorageMetrics(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());
        var database = new SqliteDatabase(Options.Create(options), metrics, NullLogger<SqliteWriter>.Instance);
        await database.StartAsync(CancellationToken.None);
        return new MeasuredStore(database);
    }

    /// <summary>Lets so many writers write for a while.</summary>
    /// <returns>How many objects a second were on disk and acknowledged.</returns>
    public async Task<double> MeasureAsync(int writers, bool isGrouped, TimeSpan duration)
    {
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(() => WriteAsync(isGrouped, started, duration))));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public ValueTask DisposeAsync()
    {
        _database.Dispose();
        _oneByOne.Dispose();
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(_database.FullPath)!, $"{Path.GetFileName(_database.FullPath)}*"))
        {
            File.Delete(file);
        }

        return ValueTask.CompletedTask;
    }

    private async Task<int> WriteAsync(bool isGrouped, long started, TimeSpan duration)
    {
        var count = 0;
        for (; Stopwatch.GetElapsedTime(started) < duration; count++)
        {
            if (isGrouped)
            {
                await InsertAsync();
                continue;
            }

            await _oneByOne.WaitAsync();
            try
            {
                await InsertAsync();
            }
            finally
            {
                _oneByOne.Release();
            }
        }

        return count;
    }

    private Task InsertAsync() => _store.WriteAsync(
        WriteScope.Nothing,
        write => write.InsertAsync(Tenant, new NewObject(Kind.Assistant, $"asst_{Guid.NewGuid():N}", _body)),
        CancellationToken.None);
}
