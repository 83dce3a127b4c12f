using System.Diagnostics.Metrics;
using AssistantsMcp.Engine.Telemetry;

namespace AssistantsMcp.Telemetry;

/// <summary>The calls of tools that wait for a run.</summary>
internal sealed class WaitMetrics(IMeterFactory meters)
{
    private readonly UpDownCounter<long> _open = meters.Create(EngineTelemetry.Name).CreateUpDownCounter<long>(
        "assistants.wait.open", "{call}", "Calls of tools that wait for a run by asking for it again and again.");

    public void Began() => _open.Add(1);

    public void Ended() => _open.Add(-1);
}
