using System.Diagnostics.Metrics;
using AssistantsMcp.Engine.Execution;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Engine.Telemetry;

namespace AssistantsMcp.Tests.Telemetry;

/// <summary>Instruments of parts that a test builds by itself; nobody listens to them.</summary>
internal sealed class Unheard : IMeterFactory
{
    private static readonly Unheard _meters = new();

    public static StorageMetrics Storage { get; } = new(_meters);

    public static RunEvents Events { get; } =
        new(new RunMetrics(_meters, new HeldRuns(), new QueueClock(TimeProvider.System)), new StreamMetrics(_meters));

    public Meter Create(MeterOptions options) => new(options);

    public void Dispose()
    {
    }
}
