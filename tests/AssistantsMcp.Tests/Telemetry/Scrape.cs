using System.Globalization;
using System.Text.RegularExpressions;

namespace AssistantsMcp.Tests.Telemetry;

/// <summary>What <c>/metrics</c> shows at one moment.</summary>
/// <param name="Text">All of it.</param>
internal sealed partial record Scrape(string Text)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    /// <summary>Every series: name, labels as they are written, value.</summary>
    public IReadOnlyList<(string Name, string Labels, double Value)> Series { get; } =
    [
        .. Line().Matches(Text).Select(line => (
            line.Groups["name"].Value, line.Groups["labels"].Value, double.Parse(line.Groups["value"].Value, CultureInfo.InvariantCulture))),
    ];

    public static async Task<Scrape> TakeAsync(HttpClient http) => new(await http.GetStringAsync(new Uri("/metrics", UriKind.Relative)));

    /// <summary>Scrapes until something shows: what is counted is counted after its answer, and scrapes are kept for a moment.</summary>
    public static async Task<Scrape> UntilAsync(HttpClient http, Func<Scrape, bool> isExpected)
    {
        using var patience = new CancellationTokenSource(_patience);
        while (true)
        {
            var scrape = await TakeAsync(http);
            if (isExpected(scrape))
            {
                return scrape;
            }

            Assert.False(patience.IsCancellationRequested, scrape.Text);
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    /// <summary>The sum of all series of a name that have these labels.</summary>
    /// <param name="name">The name as Prometheus knows it.</param>
    /// <param name="labels">Each as <c>name="value"</c>.</param>
    public double Sum(string name, params string[] labels) => Series
        .Where(series => series.Name == name && labels.All(label => series.Labels.Contains(label, StringComparison.Ordinal)))
        .Sum(series => series.Value);

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)(?: \d+)?$""", RegexOptions.Multiline)]
    private static partial Regex Line();
}
