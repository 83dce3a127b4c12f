using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace AssistantsMcp.Measure.Targets;

/// <summary>A process with all that it has started: what they use together. It ends with this object.</summary>
internal abstract class MeasuredProcess : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<MeasuredProcess, bool> _running = new();

    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(10);

    static MeasuredProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var running in _running.Keys)
        {
            running.Process.Kill(entireProcessTree: true);
        }
    };

    protected MeasuredProcess(Process process)
    {
        Process = process;
        _running[this] = true;
    }

    protected Process Process { get; }

    /// <summary>Processor time of all threads so far, in user and kernel mode.</summary>
    public TimeSpan ProcessorTime => Tree(Process.Id).Aggregate(TimeSpan.Zero, (sum, id) => sum + ProcessorTimeOf(id));

    /// <summary>Resident memory in MB.</summary>
    public double Memory => Tree(Process.Id).Sum(MemoryOf);

    public async ValueTask DisposeAsync()
    {
        _running.TryRemove(this, out _);
        Process.Kill(entireProcessTree: true);
        await Process.WaitForExitAsync();
        Process.Dispose();
        CleanUp();
        GC.SuppressFinalize(this);
    }

    protected virtual void CleanUp()
    {
    }

    private static IEnumerable<int> Tree(int id) => Directory.EnumerateDirectories($"/proc/{id}/task")
        .SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .SelectMany(child => Tree(int.Parse(child, CultureInfo.InvariantCulture)))
        .Prepend(id);

    private static TimeSpan ProcessorTimeOf(int id)
    {
        // The second field is the name in brackets and may hold anything; utime and stime are the 14th and 15th.
        var stat = File.ReadAllText($"/proc/{id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return _tick * (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture));
    }

    private static double MemoryOf(int id) => File.ReadLines($"/proc/{id}/status")
        .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Sum(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024);
}
