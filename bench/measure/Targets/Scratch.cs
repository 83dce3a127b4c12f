namespace AssistantsMcp.Measure.Targets;

/// <summary>Folders that are gone after the run.</summary>
internal static class Scratch
{
    /// <summary>On the disk that databases are measured on: <c>BENCH_FOLDER</c>, by default <c>artifacts/bench/data</c>.</summary>
    public static string Disk { get; } = Make(Environment.GetEnvironmentVariable("BENCH_FOLDER") ?? Path.Combine("artifacts", "bench", "data"));

    /// <summary>In memory, so that log lines do not compete with commits for the disk.</summary>
    public static string Memory { get; } = Make(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath());

    public static void Delete()
    {
        Directory.Delete(Disk, recursive: true);
        Directory.Delete(Memory, recursive: true);
    }

    private static string Make(string parent) =>
        Directory.CreateDirectory(Path.Combine(Path.GetFullPath(parent), $"assistants-bench-{Environment.ProcessId}")).FullName;
}
