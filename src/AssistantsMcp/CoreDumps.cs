using System.Runtime.InteropServices;

namespace AssistantsMcp;

/// <summary>
/// A core dump would hold the keys of the requests in flight. The runtime writes none unless it is told to; this keeps
/// the system from writing one.
/// </summary>
internal static partial class CoreDumps
{
    /// <summary>RLIMIT_CORE, which has the same number on Linux and macOS.</summary>
    private const int CoreSize = 4;

    public static void Forbid()
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
        {
            _ = SetLimit(CoreSize, default);
        }
    }

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    /// <summary>The limit in force, and how far it can be raised again.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Limit(nuint Current, nuint Maximum);
}
