namespace AssistantsMcp.Faults;

/// <summary>A test that has only a long form.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LongFactAttribute : FactAttribute
{
    public LongFactAttribute() => Skip = Effort.IsLong ? null : "Takes minutes: LONG_TESTS=1 runs it.";
}
