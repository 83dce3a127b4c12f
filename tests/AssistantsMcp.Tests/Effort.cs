namespace AssistantsMcp.Tests;

/// <summary>How much a test with a long form does: little in every build, the full count with <c>LONG_TESTS=1</c>.</summary>
internal static class Effort
{
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("LONG_TESTS") is "1";

    public static int Of(int shortCount, int longCount) => IsLong ? longCount : shortCount;
}
