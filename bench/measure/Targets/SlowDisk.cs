namespace AssistantsMcp.Measure.Targets;

/// <summary>
/// A library for <c>LD_PRELOAD</c> that makes each sync of a file take longer, for the disks of most servers take
/// milliseconds where a virtual disk with a cache acknowledges at once. <c>bench/run</c> compiles it.
/// </summary>
internal static class SlowDisk
{
    public const int Milliseconds = 2;

    public static string? Library { get; } = Path.GetFullPath("artifacts/bench/slow-disk.so") is var file && File.Exists(file) ? file : null;
}
