using System.Globalization;
using System.Text;
using AssistantsMcp.Measure.Load;

namespace AssistantsMcp.Measure;

/// <summary>The part of a results file that one group writes, between two marks that name it.</summary>
internal sealed class Report
{
    private readonly StringBuilder _text = new();

    public void Line(FormattableString line)
    {
        var text = line.ToString(CultureInfo.InvariantCulture);
        _text.Append(text).Append('\n');
        Console.WriteLine(text);
    }

    public void Columns(params IReadOnlyList<string> names)
    {
        Line($"");
        Row(names);
        Line($"| --- |{string.Concat(Enumerable.Repeat(" ---: |", names.Count - 1))}");
    }

    public void Row(params IEnumerable<string> cells) => Line($"| {string.Join(" | ", cells)} |");

    /// <summary>A target under load, with what is compared by eye.</summary>
    public static string[] Figures(Alternation alternation, Target target) =>
    [
        Number(alternation.Median(target, round => round.Rate), "0"),
        Number(alternation.Median(target, round => round.P50), "0.00"),
        Number(alternation.Median(target, round => round.P99), "0.00"),
        Number(alternation.Median(target, round => round.Processor), "0"),
    ];

    /// <summary>A ratio and whether it is as high, or as low, as wanted.</summary>
    public static string AtLeast(double reached, double wanted) => Verdict(reached, reached >= wanted, $"≥ {wanted:0.00}");

    /// <inheritdoc cref="AtLeast"/>
    public static string AtMost(double reached, double wanted) => Verdict(reached, reached <= wanted, $"≤ {wanted:0.00}");

    public static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Puts what was written in place of the group's last results.</summary>
    public void Save(string file, string group)
    {
        var (begin, end) = ($"<!-- {group}: written by bench/run -->", $"<!-- end of {group} -->");
        var before = File.Exists(file) ? File.ReadAllText(file) : "# Results\n";
        var (start, stop) = (before.IndexOf(begin, StringComparison.Ordinal), before.IndexOf(end, StringComparison.Ordinal));
        var written = $"{begin}\n{_text.ToString().Trim()}\n{end}";
        File.WriteAllText(file, start < 0 || stop < start
            ? $"{before.TrimEnd()}\n\n## {group}\n\n{written}\n"
            : string.Concat(before.AsSpan(0, start), written, before.AsSpan(stop + end.Length)));
    }

    private static string Verdict(double reached, bool isMet, FormattableString wanted) =>
        string.Create(CultureInfo.InvariantCulture, $"**{reached:0.00}** ({wanted.ToString(CultureInfo.InvariantCulture)}: {(isMet ? "met" : "short")})");
}
