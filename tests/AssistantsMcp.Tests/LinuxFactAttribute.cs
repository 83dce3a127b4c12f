namespace AssistantsMcp.Tests;

/// <summary>A test that looks into <c>/proc</c>; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute() => Skip = OperatingSystem.IsLinux() ? null : "Only Linux has /proc.";
}
