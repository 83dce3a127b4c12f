using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AssistantsMcp.Engine.Telemetry;

/// <summary>How the database does.</summary>
internal sealed class StorageMetrics
{
    private readonly Meter _meter;
    private readonly Histogram<double> _commits;
    private readonly Histogram<long> _writes;
    private readonly Counter<long> _errors;

    public StorageMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(EngineTelemetry.Name);
        _commits = _meter.CreateHistogram("assistants.storage.commit.duration", "s", "How long a commit took.", null, Buckets.Commits);
        _writes = _meter.CreateHistogram("assistants.storage.commit.writes", "{write}", "Writes that were committed together.", null, Buckets.Writes);
        _errors = _meter.CreateCounter<long>("assistants.storage.errors", "{error}", "Times that the database failed or could not be reached.");
    }

    /// <summary>When a commit begins, for <see cref="Committed"/>.</summary>
    public long Now => _commits.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <param name="begun">When the commit began.</param>
    /// <param name="writes">Writes in it.</param>
    public void Committed(long begun, int writes = 1)
    {
        if (begun != 0)
        {
            _commits.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds);
            _writes.Record(writes);
        }
    }

    /// <param name="error">The database's own code for it.</param>
    public void Failed(string error) => _errors.Add(1, new KeyValuePair<string, object?>("error.type", error));

    /// <summary>Tells how large a database file is, its log included, and how much room is left beside it.</summary>
    public void Watch(string file)
    {
        _meter.CreateObservableGauge("assistants.storage.file.size", () => LengthOf(file) + LengthOf($"{file}-wal"), "By", "Size of the database file and its log.");
        _meter.CreateObservableGauge("assistants.storage.disk.free", () => FreeBeside(file), "By", "Free space on the disk of the database file.");
    }

    private static long LengthOf(string file) => new FileInfo(file) is { Exists: true } found ? found.Length : 0;

    private static long FreeBeside(string file) => new DriveInfo(Path.GetDirectoryName(file)!).AvailableFreeSpace;
}
