using System.Diagnostics;
using System.Text.Json;

namespace AssistantsMcp.Faults.Recording;

/// <summary>Everything that clients, the model and the nemesis did, in memory for the checker and in a file for people.</summary>
internal sealed class History : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<HistoryEntry> _entries = [];
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly StreamWriter _file;

    public History(string file) => _file = new StreamWriter(file) { AutoFlush = true };

    /// <summary>Milliseconds since the history began.</summary>
    public double Now => Math.Round(Stopwatch.GetElapsedTime(_began).TotalMilliseconds, 2);

    /// <summary>What was recorded so far, in the order in which it ended.</summary>
    public IReadOnlyList<HistoryEntry> Entries
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries];
            }
        }
    }

    public void Add(HistoryEntry entry)
    {
        var line = JsonSerializer.Serialize(entry);
        lock (_lock)
        {
            _entries.Add(entry);
            _file.WriteLine(line);
        }
    }

    public void Dispose() => _file.Dispose();
}
