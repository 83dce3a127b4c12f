namespace AssistantsMcp.Measure.Targets;

/// <summary>Folders that <c>bench/run</c> makes and removes.</summary>
internal static class Scratch
{
    /// <summary>On the disk that databases are measured on.</summary>
    public static string Disk { get; } = Folder("BENCH_DISK");

    /// <summary>In memory, so that log lines do not compete with commits for the disk.</summary>
    public static string Memory { get; } = Folder("BENCH_MEMORY");

    /// <summary>Removes databases and logs; no server may be running any more.</summary>
    public static void Clear()
    {
        foreach (var file in (string[])[.. Directory.GetFiles(Disk), .. Directory.GetFiles(Memory)])
        {
            File.Delete(file);
        }
    }

    private static string Folder(string variable) =>
        Environment.GetEnvironmentVariable(variable) ?? throw new InvalidOperationException($"{variable} names no folder; start this program with bench/run.");
}
