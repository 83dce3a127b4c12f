using System.Diagnostics;

namespace AssistantsMcp.Measure.Targets;

/// <summary>How a process is started.</summary>
/// <param name="Command">Program and arguments.</param>
internal sealed record Launch(IReadOnlyList<string> Command)
{
    /// <summary>A library to load before all others.</summary>
    public string? Preload { get; init; }

    /// <summary>Variables that it gets besides those of this process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public string Folder { get; init; } = Scratch.Disk;

    /// <param name="redirections">As a shell writes them. It is gone when the program runs, which has its process id.</param>
    public ProcessStartInfo Through(string redirections)
    {
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = Folder };
        foreach (var argument in (string[])["-c", $"exec \"$0\" \"$@\" {redirections}", .. Command])
        {
            start.ArgumentList.Add(argument);
        }

        // Those were set for the load generator.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("DOTNET_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        if (Preload is not null)
        {
            start.Environment["LD_PRELOAD"] = Preload;
        }

        return start;
    }
}
