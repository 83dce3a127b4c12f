using System.Globalization;
using System.Runtime.InteropServices;
using AssistantsMcp.Measure.Targets;

namespace AssistantsMcp.Measure;

/// <summary>What was measured on, in one line.</summary>
internal static class Machine
{
    public static string Line => string.Create(
        CultureInfo.InvariantCulture,
        $"{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores ({Processor}), {RuntimeInformation.OSDescription}, {FileSystem} disk, .NET {Environment.Version}, load average {Load} at the start");

    private static string Processor => File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
        ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string FileSystem => new DriveInfo(Scratch.Disk).DriveFormat;

    private static string Load => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}
