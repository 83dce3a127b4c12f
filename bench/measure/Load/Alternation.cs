using System.Diagnostics;

namespace AssistantsMcp.Measure.Load;

/// <summary>
/// Targets under the same load in turns, A B C A B C …, so that whatever else the machine does meets all of them. All
/// processes stay up; one at a time is under load.
/// </summary>
internal sealed class Alternation
{
    private readonly Dictionary<Target, List<Round>> _rounds = [];

    private Alternation()
    {
    }

    /// <exception cref="WrongAnswerException">A target answered wrongly: there are no figures.</exception>
    public static async Task<Alternation> RunAsync(Effort effort, int callers, params IReadOnlyList<Target> targets)
    {
        var alternation = new Alternation();
        foreach (var target in targets)
        {
            alternation._rounds.Add(target, []);
            await RunRoundAsync(target, callers, effort.WarmUp);
        }

        for (var round = 0; round < effort.Rounds; round++)
        {
            foreach (var target in targets)
            {
                alternation._rounds[target].Add(await RunRoundAsync(target, callers, effort.Round));
            }
        }

        return alternation;
    }

    /// <summary>The median of a figure over a target's rounds.</summary>
    public double Median(Target target, Func<Round, double> figure) => Statistics.Median(_rounds[target].Select(figure));

    /// <summary>The median of the ratios of a figure in neighbouring rounds.</summary>
    public double Ratio(Target target, Target reference, Func<Round, double> figure) =>
        Statistics.Median(_rounds[target].Zip(_rounds[reference], (one, other) => figure(one) / figure(other)));

    /// <summary>The median of what a formula makes of each turn.</summary>
    public double Median(Func<Func<Target, Round>, double> formula) => Statistics.Median(
        Enumerable.Range(0, _rounds.Values.First().Count).Select(turn => formula(target => _rounds[target][turn])));

    public static async Task<Round> RunRoundAsync(Target target, int callers, TimeSpan duration)
    {
        var all = Enumerable.Range(0, callers).Select(number => new Caller(target, number)).ToList();
        try
        {
            foreach (var caller in all)
            {
                await caller.ConnectAsync();
            }

            var (processor, started) = (target.Process.ProcessorTime, Stopwatch.GetTimestamp());
            var until = started + (long)(duration.TotalSeconds * Stopwatch.Frequency);
            await Task.WhenAll(all.Select(caller => caller.CallAsync(until))).OrSilentAsync(target.Name, duration);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            processor = target.Process.ProcessorTime - processor;

            var latencies = all.SelectMany(caller => caller.Latencies).ToArray();
            Array.Sort(latencies);
            return new Round(
                latencies.Length / seconds,
                Statistics.Milliseconds(latencies[latencies.Length / 2]),
                Statistics.Milliseconds(latencies[latencies.Length * 99 / 100]),
                processor.TotalMicroseconds / latencies.Length);
        }
        finally
        {
            all.ForEach(caller => caller.Dispose());
        }
    }
}
