using System.Diagnostics;

namespace AssistantsMcp.Faults.Nemesis;

/// <summary>A disk of a few megabytes in memory, part of it held by a file that can be deleted. Mounting it takes root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private static readonly Lazy<bool> _canBeMade = new(() =>
    {
        using var disk = new SmallDisk(megabytes: 1);
        return disk._isMounted;
    });

    private readonly bool _isMounted;

    private SmallDisk(int megabytes)
    {
        Folder = Directory.CreateTempSubdirectory("assistants-mcp-disk-").FullName;
        _isMounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", Folder);
    }

    public static bool CanBeMade => _canBeMade.Value;

    public string Folder { get; }

    private string Ballast => Path.Combine(Folder, "ballast");

    /// <param name="megabytes">How large it is.</param>
    /// <param name="ballast">How much of it is taken until <see cref="Free"/>.</param>
    public static SmallDisk Make(int megabytes, int ballast)
    {
        var disk = new SmallDisk(megabytes);
        File.WriteAllBytes(disk.Ballast, new byte[ballast * 1024 * 1024]);
        return disk;
    }

    /// <summary>Gives the space back that the ballast takes.</summary>
    public void Free() => File.Delete(Ballast);

    public void Dispose()
    {
        if (_isMounted)
        {
            Run("umount", "--lazy", Folder);
        }

        Directory.Delete(Folder, recursive: true);
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}

/// <summary>A test that needs a small disk; it is skipped where none can be mounted.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute()
    {
        if (!SmallDisk.CanBeMade)
        {
            Skip = "A small disk can be mounted by root on Linux only.";
        }
    }
}
