namespace AssistantsMcp.Measure.Load;

/// <summary>How long is measured.</summary>
/// <param name="Rounds">Rounds of each target.</param>
/// <param name="Round">Length of a round.</param>
/// <param name="WarmUp">Load before the first round, which does not count.</param>
/// <param name="Soak">How long memory is watched under load, twice.</param>
/// <param name="Repeats">How often a start or a stream is measured.</param>
/// <param name="Objects">The fullest database.</param>
internal sealed record Effort(int Rounds, TimeSpan Round, TimeSpan WarmUp, TimeSpan Soak, int Repeats, int Objects)
{
    /// <summary>How long a started server is left alone before its idle memory is read.</summary>
    public TimeSpan Rest => WarmUp * 2;

    public static Effort Full { get; } = new(7, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(1), 200, 1_000_000);

    /// <summary>Shows that everything still works; the figures are rough.</summary>
    public static Effort Quick { get; } = new(3, TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(3), 20, 10_000);
}
