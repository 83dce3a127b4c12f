using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using AssistantsMcp.Engine.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Telemetry;

/// <summary>Every query of docs/operations.md and of the dashboard asks for what <c>/metrics</c> shows.</summary>
public sealed partial class OperationsDocumentTests
{
    private const string Document = "docs/operations.md";
    private const string Dashboard = "deploy/grafana/assistants-mcp.json";

    /// <summary>PostgreSQL's are looked for where there is one.</summary>
    private const string OfPostgres = "db_client_";

    /// <summary>What Prometheus itself adds, and what has no labels before it happens.</summary>
    private static readonly string[] _ownLabels = ["instance", "job", "le", "reason"];

    [Fact]
    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    public async Task Queries_NameMetricsAndLabelsThatExist()
    {
        await using var server = await TalkativeServer.StartAsync("Metrics:Enabled=true");
        server.Model
            .NextEvents(Created, Added(EmptyMessage()), TextDelta("Hi."), Done(Message("Hi.")), Completed())
            .NextStatus(400);
        await server.ConverseAsync();
        await server.ConverseAsync();
        await server.CallAsync("assistant-get", """{"assistant_id":"asst_none"}""");
        var scrape = await Scrape.UntilAsync(server.Http, found => found.Sum("assistants_run_duration_seconds_count") == 2);
        var shown = scrape.Series.Select(series => series.Name).ToHashSet();
        var own = await InstrumentsAsync();
        var labels = scrape.Series.SelectMany(series => Label().Matches(series.Labels).Select(label => label.Groups["name"].Value)).ToHashSet();

        var queries = Queries().ToList();
        Assert.Equal([], queries.SelectMany(MetricsIn).Where(name => !shown.Contains(name) && !own.Contains(name) && !name.StartsWith(OfPostgres, StringComparison.Ordinal)));
        Assert.Equal([], queries.Where(query => !query.Contains(OfPostgres, StringComparison.Ordinal)).SelectMany(LabelsIn).Where(name => !labels.Contains(name) && !_ownLabels.Contains(name)));

        // The names that are derived, for what has not happened here, are right: those that have happened are among them.
        Assert.Equal([], shown.Where(name => name.StartsWith("assistants_", StringComparison.Ordinal) && !own.Contains(name)));
    }

    [PostgresFact]
    public async Task QueriesAboutPostgres_NameMetricsThatExist()
    {
        await using var database = TestDatabase.CreatePostgres();
        await using var server = await ServerProcess.StartAsync(database, "Metrics:Enabled=true", "Access:Mode=open");
        await new RestClient(server.Http, "sk-test").NewAssistantAsync();
        var scrape = await Scrape.UntilAsync(server.Http, found => found.Sum("db_client_operation_duration_seconds_count") > 0);

        var shown = scrape.Series.Select(series => series.Name).ToHashSet();
        Assert.Equal([], Queries().SelectMany(MetricsIn).Where(name => name.StartsWith(OfPostgres, StringComparison.Ordinal) && !shown.Contains(name)));
    }

    /// <summary>What the program measures itself is described.</summary>
    [Fact]
    public async Task EveryInstrument_IsInTheTable()
    {
        var document = await File.ReadAllTextAsync(PathOf(Document));

        Assert.Equal([], (await InstrumentsAsync()).Where(name => !Suffix().IsMatch(name) && !document.Contains($"`{name}`", StringComparison.Ordinal)));
    }

    /// <summary>The program's own instruments by the names that Prometheus gives them.</summary>
    private static async Task<HashSet<string>> InstrumentsAsync()
    {
        await using var app = await TestApp.StartAsync();
        var meters = app.App.Services.GetRequiredService<IMeterFactory>();
        app.App.Services.GetRequiredService<AssistantsMcp.Tools.OpenWaits>();
        app.App.Services.GetRequiredService<AssistantsMcp.Telemetry.McpMetrics>();
        var names = new HashSet<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Meter.Name == EngineTelemetry.Name)
            {
                names.UnionWith(NamesOf(instrument));
            }
        };
        listener.Start();
        return names;
    }

    private static IEnumerable<string> NamesOf(Instrument instrument)
    {
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        var name = instrument.Name.Replace('.', '_') + unit;
        return instrument switch
        {
            Counter<long> => [$"{name}_total"],
            Histogram<long> or Histogram<double> => [name, $"{name}_bucket", $"{name}_sum", $"{name}_count"],
            _ => [name],
        };
    }

    private static IEnumerable<string> Queries()
    {
        var document = File.ReadAllText(PathOf(Document));
        using var dashboard = JsonDocument.Parse(File.ReadAllText(PathOf(Dashboard)));
        return
        [
            .. Block().Matches(document).SelectMany(block => block.Groups["queries"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
            .. Alert().Matches(document).Select(alert => alert.Groups["query"].Value),
            .. dashboard.RootElement.GetProperty("panels").EnumerateArray()
                .Where(panel => panel.TryGetProperty("targets", out _))
                .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
                .Select(target => target.GetProperty("expr").GetString()!),
        ];
    }

    private static IEnumerable<string> MetricsIn(string query) => Metric().Matches(Grouping().Replace(Selector().Replace(query, ""), "")).Select(name => name.Value);

    private static IEnumerable<string> LabelsIn(string query) =>
    [
        .. Selector().Matches(query).SelectMany(selector => Label().Matches(selector.Value)).Select(label => label.Groups["name"].Value),
        .. Grouping().Matches(query).SelectMany(group => group.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries)),
    ];

    private static string PathOf(string file, [CallerFilePath] string thisFile = "") => Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", file);

    [GeneratedRegex("```promql\n(?<queries>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    /// <summary>A row of the table of alerts.</summary>
    [GeneratedRegex(@"^\| [^|`]+ \| `(?<query>[^`]+)` \| [^|`]+ \|$", RegexOptions.Multiline)]
    private static partial Regex Alert();

    [GeneratedRegex(@"\b(assistants|gen_ai|mcp|http|kestrel|dotnet|db_client)_\w+")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Selector();

    [GeneratedRegex(@"\bby \((?<labels>[^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"(?<name>\w+)(=|!=|=~)""")]
    private static partial Regex Label();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();
}
