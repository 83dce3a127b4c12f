namespace AssistantsMcp.Measure.Load;

/// <summary>How long is measured.</summary>
/// <param name="Callers">How many call at once, in turn.</param>
/// <param name="Rounds">Rounds of each target.</param>
/// <param name="Round">Length of a round.</param>
/// <param name="WarmUp">Load before the first round, which does not count.</param>
/// <param name="Soak">How long memory is watched under load, twice.</param>
/// <param name="Starts">How often a start is measured.</param>
/// <param name="Streams">How many streams are measured, one at a time and side by side.</param>
/// <param name="Objects">The fullest database.</param>
internal sealed record Effort(
    IReadOnlyList<int> Callers, int Rounds, TimeSpan Round, TimeSpan WarmUp, TimeSpan Soak, int Starts, int Streams, int Objects)
{
    public static Effort Full { get; } = new(
        [1, 16, 64], Rounds: 5, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(1), Starts: 15, Streams: 200, Objects: 1_000_000);

    /// <summary>Shows that everything still works; the figures are rough.</summary>
    public static Effort Quick { get; } = new(
        [16], Rounds: 3, TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(3), Starts: 3, Streams: 20, Objects: 10_000);

    /// <summary>How long a started server is left alone before its idle memory is read.</summary>
    public TimeSpan Rest => WarmUp * 2;
}
