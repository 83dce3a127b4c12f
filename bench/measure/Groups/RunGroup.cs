using System.Diagnostics;
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

        report.Columns($"{build.Name}, 200 deltas at full speed, streams at once", "server, runs/s", "µs/run", "relay, streams/s", "µs/stream", "ratio");
        foreach (var streams in effort.Callers)
        {
            await MeasureThroughputAsync(streams);
        }

        async Task MeasureLatenessAsync(string name, int streams, int deltas, int pace, TimeSpan apart)
        {
            var (run, answer) = Streams(deltas, pace);
            var (ours, theirs) = (new List<DeltaStream>(), new List<DeltaStream>());
            for (var measured = -streams; measured < Math.Max(effort.Streams, 3 * streams); measured += streams)
            {
                var (ourRound, theirRound) = (await StreamAsync(run, streams, deltas, apart), await StreamAsync(answer, streams, deltas, apart));

                // The first round warms up.
                ours.AddRange(measured < 0 ? [] : ourRound);
                theirs.AddRange(measured < 0 ? [] : theirRound);
            }

            var (ourFirst, theirFirst) = (Statistics.Median(ours.Select(stream => stream.First)), Statistics.Median(theirs.Select(stream => stream.First)));
            var (ourLater, theirLater) = (ours.SelectMany(stream => stream.Later).ToList(), theirs.SelectMany(stream => stream.Later).ToList());
            report.Row(
                name,
                Report.Number(ourFirst, "0.00"),
                Report.Number(theirFirst, "0.00"),
                Report.AtMost(ourFirst - theirFirst, 5),
                Report.Number(Statistics.Median(ourLater), "0.00"),
                Report.Number(Statistics.Median(theirLater), "0.00"),
                Report.AtMost(Statistics.Median(ourLater) - Statistics.Median(theirLater), 1),
                Report.Number(Statistics.Percentile(ourLater, 99) - Statistics.Percentile(theirLater, 99), "0.00"));
        }

        async Task MeasureThroughputAsync(int streams)
        {
            var (run, answer) = Streams(200, pace: 0);
            var (ours, theirs) = (new List<(double Rate, double Processor)>(), new List<(double Rate, double Processor)>());
            await MeasureRateAsync(run, streams, effort.WarmUp);
            await MeasureRateAsync(answer, streams, effort.WarmUp);
            for (var round = 0; round < effort.Rounds; round++)
            {
                ours.Add(await MeasureRateAsync(run, streams, effort.Round));
                theirs.Add(await MeasureRateAsync(answer, streams, effort.Round));
            }

            report.Row(
                $"{streams}",
                Report.Number(Statistics.Median(ours.Select(round => round.Rate)), "0"),
                Report.Number(Statistics.Median(ours.Select(round => round.Processor)), "0"),
                Report.Number(Statistics.Median(theirs.Select(round => round.Rate)), "0"),
                Report.Number(Statistics.Median(theirs.Select(round => round.Processor)), "0"),
                Report.Number(Statistics.Median(ours.Zip(theirs, (one, other) => one.Rate / other.Rate)), "0.00"));
        }

        (Streamed Run, Streamed Answer) Streams(int deltas, int pace)
        {
            var model = $"deltas-{deltas}-{pace}";
            var run = $$$"""{"assistant_id":"{{{assistant}}}","model":"{{{model}}}","tools":[],"stream":true,"thread":{"messages":[{"role":"user","content":"Tides?"}]}}""";
            var answer = $$"""{"model":"{{model}}","stream":true,"input":"Tides?"}""";
            return (
                new Streamed("run", server, "thread.run.completed", Requests.Post("/v1/threads/runs", run)),
                new Streamed("relay", relay, "response.completed", Requests.Post("/v1/responses", answer)));
        }
    }

    private sealed record Streamed(string Name, ServerProcess Server, string LastEvent, byte[] Request);

    /// <summary>So many streams side by side, once each.</summary>
    private static async Task<IReadOnlyList<DeltaStream>> StreamAsync(Streamed target, int streams, int deltas, TimeSpan apart)
    {
        var all = Enumerable.Range(0, streams).Select(_ => new DeltaStream(target.Name, deltas, target.LastEvent)).ToList();
        await Task.WhenAll(all.Select(async (stream, number) =>
        {
            await Task.Delay(number * apart);
            using var connection = new HttpConnection(target.Server.Address);
            await connection.ConnectAsync();
            await stream.ReadAsync(connection, target.Request);
        }));
        return all;
    }

    /// <summary>So many callers that each read one stream after the other.</summary>
    /// <returns>Streams a second, and the server's processor time for each in microseconds.</returns>
    private static async Task<(double Rate, double Processor)> MeasureRateAsync(Streamed target, int callers, TimeSpan duration)
    {
        var (processor, started, count) = (target.Server.ProcessorTime, Stopwatch.GetTimestamp(), 0);
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
        {
            using var connection = new HttpConnection(target.Server.Address);
            await connection.ConnectAsync();
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                await new DeltaStream(target.Name, 200, target.LastEvent).ReadAsync(connection, target.Request);
                Interlocked.Increment(ref count);
            }
        }));
        return (count / Stopwatch.GetElapsedTime(started).TotalSeconds, (target.Server.ProcessorTime - processor).TotalMicroseconds / count);
    }
}
