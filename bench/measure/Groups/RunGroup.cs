using AssistantsMcp.Measure.Load;
using AssistantsMcp.Measure.Targets;

namespace AssistantsMcp.Measure.Groups;

/// <summary>Streamed runs, against a bare relay of the same Responses stream.</summary>
internal static class RunGroup
{
    public static async Task RunAsync(Effort effort, Build build, Report report)
    {
        await using var upstream = await build.StartReferenceAsync("stub");

        // All callers have one key here, for which configuration.md says to raise this setting.
        await using var server = await build.StartServerAsync(Build.NewSqlite(), upstream.Url, "--Limits:ConcurrentRunsPerTenant=64");
        await using var relay = await build.StartReferenceAsync("relay-stream", $"--upstream={upstream.Url}");
        var (assistant, _) = await Samples.CreateAssistantAsync(server);

        report.Columns($"{build.Name}, streams side by side", "server, first delta ms", "relay, first delta ms", "first delta later, median ms", "server, further deltas ms", "relay, further deltas ms", "further deltas later, median ms", "99th percentile later, ms");
        await MeasureLatenessAsync("1", 1, deltas: 20, pace: 5, TimeSpan.Zero);
        await MeasureLatenessAsync("64, begun one after the other", 64, deltas: 50, pace: 20, TimeSpan.FromSeconds(1.0 / 64));
        await MeasureLatenessAsync("64, begun at the same moment", 64, deltas: 50, pace: 20, TimeSpan.Zero);

        report.Columns($"{build.Name}, 200 deltas at full speed, callers", "server, runs/s", "µs/run", "relay, streams/s", "µs/stream", "ratio");
        foreach (var callers in effort.Callers)
        {
            await MeasureThroughputAsync(callers);
        }

        async Task MeasureLatenessAsync(string name, int streams, int deltas, int pace, TimeSpan apart)
        {
            var (run, answer) = Streams(deltas, pace);
            var (ours, theirs) = (new List<DeltaStream>(), new List<DeltaStream>());
            for (var measured = -streams; measured < Math.Max(effort.Streams, 3 * streams); measured += streams)
            {
                var (ourRound, theirRound) = (await run.ReadAsync(streams, apart), await answer.ReadAsync(streams, apart));

                // The first round warms up.
                ours.AddRange(measured < 0 ? [] : ourRound);
                theirs.AddRange(measured < 0 ? [] : theirRound);
            }

            var (ourFirst, theirFirst) = (Statistics.Median(ours.Select(stream => stream.First)), Statistics.Median(theirs.Select(stream => stream.First)));
            var (ourLater, theirLater) = (ours.SelectMany(stream => stream.Later).ToList(), theirs.SelectMany(stream => stream.Later).ToList());
            var (ourMedian, theirMedian) = (Statistics.Median(ourLater), Statistics.Median(theirLater));
            report.Row(
                name,
                Report.Number(ourFirst, "0.00"), Report.Number(theirFirst, "0.00"), Report.AtMost(ourFirst - theirFirst, 5),
                Report.Number(ourMedian, "0.00"), Report.Number(theirMedian, "0.00"), Report.AtMost(ourMedian - theirMedian, 1),
                Report.Number(Statistics.Percentile(ourLater, 99) - Statistics.Percentile(theirLater, 99), "0.00"));
        }

        async Task MeasureThroughputAsync(int callers)
        {
            var (run, answer) = Streams(200, pace: 0);
            await run.LoadAsync(callers, effort.WarmUp);
            await answer.LoadAsync(callers, effort.WarmUp);
            var (ours, theirs) = (new List<(double Rate, double Processor)>(), new List<(double Rate, double Processor)>());
            for (var round = 0; round < effort.Rounds; round++)
            {
                ours.Add(await run.LoadAsync(callers, effort.Round));
                theirs.Add(await answer.LoadAsync(callers, effort.Round));
            }

            report.Row(
                $"{callers}",
                Report.Number(Statistics.Median(ours.Select(round => round.Rate)), "0"),
                Report.Number(Statistics.Median(ours.Select(round => round.Processor)), "0"),
                Report.Number(Statistics.Median(theirs.Select(round => round.Rate)), "0"),
                Report.Number(Statistics.Median(theirs.Select(round => round.Processor)), "0"),
                Report.Number(Statistics.Median(ours.Zip(theirs, (one, other) => one.Rate / other.Rate)), "0.00"));
        }

        (StreamTarget Run, StreamTarget Answer) Streams(int deltas, int pace)
        {
            var model = $"deltas-{deltas}-{pace}";
            var run = $$$"""{"assistant_id":"{{{assistant}}}","model":"{{{model}}}","tools":[],"stream":true,"thread":{"messages":[{"role":"user","content":"Tides?"}]}}""";
            var answer = $$"""{"model":"{{model}}","stream":true,"input":"Tides?"}""";
            return (
                new StreamTarget("run", server, Requests.Post("/v1/threads/runs", run), deltas, "thread.run.completed"),
                new StreamTarget("relay", relay, Requests.Post("/v1/responses", answer), deltas, "response.completed"));
        }
    }
}
