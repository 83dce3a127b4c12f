using System.Diagnostics;
using AssistantsMcp.Measure.Load;

namespace AssistantsMcp.Measure.Targets;

/// <summary>The server's SELECT of one assistant with nothing around it, in this process.</summary>
internal static class DirectSelect
{
    private const string Find = "SELECT id, body FROM objects WHERE tenant = @tenant AND id = @id AND kind = 1 AND parent = ''";

    /// <returns>Rows a second that so many callers read, each on a connection of its own; the median of the rounds.</returns>
    public static async Task<double> RateAsync(Effort effort, string database, string tenant, string id, int callers)
    {
        var rates = new List<double>();
        for (var round = 0; round < effort.Rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(() => ReadAsync(database, tenant, id, started, effort.Round))));
            rates.Add(counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        return Statistics.Median(rates);
    }

    private static async Task<int> ReadAsync(string database, string tenant, string id, long started, TimeSpan duration)
    {
        await using var connection = Database.Connect(database);
        await connection.OpenAsync();
        await using var command = connection.Command(Find, ("@tenant", tenant), ("@id", id));
        await command.PrepareAsync();
        var count = 0;
        for (; Stopwatch.GetElapsedTime(started) < duration; count++)
        {
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
            reader.GetFieldValue<byte[]>(1);
        }

        return count;
    }
}
