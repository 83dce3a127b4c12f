using System.Diagnostics;
using AssistantsMcp.Measure.Load;
using AssistantsMcp.Measure.Targets;

namespace AssistantsMcp.Measure.Peers;

/// <summary>Another MCP server and this one in turns, against the same upstream.</summary>
internal static class PeerComparison
{
    /// <param name="effort">How long is measured.</param>
    /// <param name="build">This server, which talks to its callers as the peer does.</param>
    /// <param name="options"><c>--tool=NAME --arguments=JSON --url=URL</c>, all with defaults.</param>
    /// <param name="command">The peer's.</param>
    /// <param name="report">Where the tables go.</param>
    /// <exception cref="WrongAnswerException">One of them answered wrongly: there is no ratio.</exception>
    public static async Task RunAsync(Effort effort, Build build, Func<string, string?> options, IReadOnlyList<string> command, Report report)
    {
        var json = await Samples.AssistantOfStubAsync(build);
        var expected = ToolAnswer.Parse(json)!;
        await using var upstream = await build.StartReferenceAsync("stub", $"--body={Samples.Save(json)}");

        var arguments = $$"""{"assistant_id":"{{Samples.AssistantId}}"}""";
        var url = options("url");
        var folder = Environment.GetEnvironmentVariable("BENCH_CALLER") ?? Environment.CurrentDirectory;
        var peer = new Contestant("peer", command, url, options("tool") ?? "assistant-get", options("arguments") ?? arguments, expected, folder);
        var ours = new Contestant(
            "AssistantsMcp", [build.Server, .. Settings(url is null)], url is null ? null : $"http://127.0.0.1:{{port}}/mcp/{Requests.Key}",
            "assistant-get", arguments, expected, Scratch.Disk);

        var (ourStart, peerStart) = await MeasureStartsAsync(effort, upstream.Url, ours, peer);
        var ourTarget = await ours.StartAsync(upstream.Url);
        await using var ourProcess = ourTarget.Process;
        var peerTarget = await peer.StartAsync(upstream.Url);
        await using var peerProcess = peerTarget.Process;
        await Task.Delay(effort.Rest);
        var (ourIdle, peerIdle) = (ourProcess.Memory, peerProcess.Memory);

        report.Columns($"{build.Name} over {(url is null ? "stdio" : "HTTP")}, callers", "server, requests/s", "p50 ms", "p99 ms", "µs/request", "peer, requests/s", "p50 ms", "p99 ms", "µs/request", "requests/s, ratio", "processor time, ratio");
        foreach (var callers in effort.Callers)
        {
            var alternation = await Alternation.RunAsync(effort, callers, ourTarget, peerTarget);
            report.Row([
                $"{callers}", .. Report.Figures(alternation, ourTarget), .. Report.Figures(alternation, peerTarget),
                Report.Number(alternation.Ratio(ourTarget, peerTarget, round => round.Rate), "0.00"),
                Report.Number(alternation.Ratio(ourTarget, peerTarget, round => round.Processor), "0.00"),
            ]);
        }

        report.Columns("", "server", "peer", "ratio");
        Row("start to first right answer, ms", ourStart, peerStart);
        Row("resident memory idle, MB", ourIdle, peerIdle);
        Row("resident memory after load, MB", ourProcess.Memory, peerProcess.Memory);

        void Row(string name, double one, double other) =>
            report.Row(name, Report.Number(one, "0"), Report.Number(other, "0"), Report.Number(one / other, "0.00"));
    }

    private static string[] Settings(bool isStdio) =>
    [
        .. isStdio ? (string[])["stdio"] : ["--urls=http://127.0.0.1:{port}"],
        .. Build.ServerSettings(Build.NewSqlite(), "{upstream}", "--Assistants:Endpoint={upstream}/v1"),
    ];

    private static async Task<(double Ours, double Peer)> MeasureStartsAsync(Effort effort, string upstream, Contestant ours, Contestant peer)
    {
        var (our, their) = (new List<double>(), new List<double>());

        // The first ones read the programs from disk, and do not count.
        for (var start = 0; start <= effort.Starts; start++)
        {
            our.Add(await MeasureAsync(ours));
            their.Add(await MeasureAsync(peer));
        }

        return (Statistics.Median(our.Skip(1)), Statistics.Median(their.Skip(1)));

        async Task<double> MeasureAsync(Contestant contestant)
        {
            var started = Stopwatch.GetTimestamp();
            var target = await contestant.StartAsync(upstream, callers: 1);
            var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            await target.Process.DisposeAsync();
            return elapsed;
        }
    }
}
