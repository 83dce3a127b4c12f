namespace AssistantsMcp.Logging;

/// <summary>Where a fault happened and of what kind it is, without its message, which may quote what a caller wrote.</summary>
internal sealed class WordlessException(Exception fault) : Exception(fault.GetType().FullName)
{
    private readonly string _kinds = string.Join(Environment.NewLine, KindsOf(fault));

    public override string? StackTrace => fault.StackTrace;

    public override string ToString() => $"{_kinds}{Environment.NewLine}{StackTrace}";

    private static IEnumerable<string?> KindsOf(Exception fault)
    {
        for (var kind = fault; kind is not null; kind = kind.InnerException)
        {
            yield return kind.GetType().FullName;
        }
    }
}
