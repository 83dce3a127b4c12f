namespace AssistantsMcp.Commits;

/// <summary>
/// One number of writers, both ways in turns, so that whatever else the machine does meets both. The figures are medians
/// of the rounds.
/// </summary>
/// <param name="Writers">How many write at once, each waiting for its own commit before it writes again.</param>
/// <param name="Single">Writes a second of each round with one commit per request.</param>
/// <param name="Grouped">Writes a second of each round with grouped commits.</param>
internal sealed record Comparison(int Writers, double[] Single, double[] Grouped)
{
    public static async Task<Comparison> RunAsync(string folder, int writers, TimeSpan round, int rounds)
    {
        await using var store = await MeasuredStore.OpenAsync(folder);
        await store.MeasureAsync(writers, isGrouped: true, round / 4);

        var (single, grouped) = (new double[rounds], new double[rounds]);
        for (var index = 0; index < rounds; index++)
        {
            single[index] = await store.MeasureAsync(writers, isGrouped: false, round);
            grouped[index] = await store.MeasureAsync(writers, isGrouped: true, round);
        }

        return new Comparison(writers, single, grouped);
    }

    /// <summary>A row of the table in <c>bench/RESULTS.md</c>.</summary>
    public override string ToString()
    {
        var ratios = Grouped.Zip(Single, (grouped, single) => grouped / single).ToArray();
        return $"| {Writers} | {Median(Single):0} | {Median(Grouped):0} | {Median(ratios):0.0} | {ratios.Min():0.0} to {ratios.Max():0.0} |";
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
