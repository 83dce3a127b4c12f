using System.Diagnostics.Metrics;

namespace AssistantsMcp.Engine.Telemetry;

/// <summary>The bounds by which durations and amounts are counted.</summary>
internal static class Buckets
{
    /// <summary>From a commit to a run that takes its whole life, in seconds.</summary>
    public static InstrumentAdvice<double> Runs { get; } = Of(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600);

    /// <summary>What a disk or a database takes for a commit, in seconds.</summary>
    public static InstrumentAdvice<double> Commits { get; } = Of(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10);

    /// <summary>Writes in one commit.</summary>
    public static InstrumentAdvice<long> Writes { get; } = new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] };

    /// <remarks>Source: OpenTelemetry, semantic conventions for generative AI, <c>gen_ai.client.operation.duration</c>; the last two are ours, for models that think.</remarks>
    public static InstrumentAdvice<double> ModelCalls { get; } =
        Of(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68);

    /// <remarks>Source: OpenTelemetry, semantic conventions for generative AI, <c>gen_ai.client.token.usage</c>.</remarks>
    public static InstrumentAdvice<long> Tokens { get; } = new()
    {
        HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
    };

    private static InstrumentAdvice<double> Of(params double[] bounds) => new() { HistogramBucketBoundaries = bounds };
}
