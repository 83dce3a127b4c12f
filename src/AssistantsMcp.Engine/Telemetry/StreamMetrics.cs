using System.Diagnostics.Metrics;

namespace AssistantsMcp.Engine.Telemetry;

/// <summary>The streams of runs that clients read.</summary>
internal sealed class StreamMetrics
{
    private static readonly KeyValuePair<string, object?> _fellBehind = new("reason", "fell_behind");
    private static readonly KeyValuePair<string, object?> _wasBroken = new("reason", "interrupted");

    private readonly UpDownCounter<long> _open;
    private readonly Counter<long> _broken;

    public StreamMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(EngineTelemetry.Name);
        _open = meter.CreateUpDownCounter<long>("assistants.stream.open", "{stream}", "Streams of runs that are being read.");
        _broken = meter.CreateCounter<long>("assistants.stream.broken", "{stream}", "Streams that ended before their run did.");
    }

    public void Opened() => _open.Add(1);

    public void Closed() => _open.Add(-1);

    /// <summary>The run is no longer worked on here.</summary>
    public void Interrupted() => _broken.Add(1, _wasBroken);

    /// <summary>The reader was too slow.</summary>
    public void FellBehind() => _broken.Add(1, _fellBehind);
}
