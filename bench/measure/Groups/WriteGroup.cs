using AssistantsMcp.Measure.Load;
using AssistantsMcp.Measure.Targets;

namespace AssistantsMcp.Measure.Groups;

/// <summary>
/// Creating messages, each durable before it is answered: on SQLite against one commit per request, on PostgreSQL against
/// pgbench with the same INSERT.
/// </summary>
internal static class WriteGroup
{
    public static async Task RunAsync(Effort effort, Build build, Report report)
    {
        report.Columns($"{build.Name}, SQLite, callers", "server, creates/s", "p50 ms", "p99 ms", "µs/request", "one commit per request, creates/s", "p50 ms", "p99 ms", "µs/request", "ratio");
        await CompareWithCommitsAsync(effort, build, report, "this disk", preload: null);
        if (SlowDisk.Library is { } library)
        {
            await CompareWithCommitsAsync(effort, build, report, $"a disk that takes {SlowDisk.Milliseconds} ms to sync", library);
        }

        if (Postgres.Server is not null)
        {
            await CompareWithPgbenchAsync(effort, build, report);
        }
    }

    private static async Task CompareWithCommitsAsync(Effort effort, Build build, Report report, string disk, string? preload)
    {
        var database = Build.NewSqlite();
        await using var server = await ServerProcess.StartAsync(new Launch([build.Server, .. Build.ServerSettings(database, Build.NoModel)]) { Preload = preload });
        await using var single = await ServerProcess.StartAsync(new Launch([build.References, "commit", $"--database={await NewFileAsync(build)}"]) { Preload = preload });
        var requests = await MessagesAsync(server);
        var ours = await Target.ExamineAsync("message create", server, requests, IsMessage, isNew: true);
        var theirs = await Target.ExamineAsync("one commit per request", single, requests, body => body == Samples.NewMessage);
        foreach (var callers in (int[])[1, 64])
        {
            var alternation = await Alternation.RunAsync(effort, callers, ours, theirs);
            var ratio = alternation.Ratio(ours, theirs, round => round.Rate);
            report.Row([
                $"{disk}, {callers}", .. Report.Figures(alternation, ours), .. Report.Figures(alternation, theirs),
                callers == 64 ? Report.AtLeast(ratio, 10) : Report.Number(ratio, "0.00"),
            ]);
        }
    }

    private static async Task CompareWithPgbenchAsync(Effort effort, Build build, Report report)
    {
        var database = await Postgres.CreateAsync();
        await using var server = await build.StartServerAsync(database, Build.NoModel);
        var target = await Target.ExamineAsync("message create", server, await MessagesAsync(server), IsMessage, isNew: true);
        await Alternation.RunRoundAsync(target, 64, effort.WarmUp);

        var (ours, theirs) = (new List<Round>(), new List<double>());
        for (var round = 0; round < effort.Rounds; round++)
        {
            ours.Add(await Alternation.RunRoundAsync(target, 64, effort.Round));
            theirs.Add(await Pgbench.InsertAsync(database, 64, effort.Round, target.Answers[0].Text.Length));
        }

        report.Columns($"{build.Name}, PostgreSQL, callers", "server, creates/s", "p50 ms", "p99 ms", "µs/request", "pgbench, inserts/s", "ratio");
        report.Row(
            "64",
            Report.Number(Statistics.Median(ours.Select(round => round.Rate)), "0"),
            Report.Number(Statistics.Median(ours.Select(round => round.P50)), "0.00"),
            Report.Number(Statistics.Median(ours.Select(round => round.P99)), "0.00"),
            Report.Number(Statistics.Median(ours.Select(round => round.Processor)), "0"),
            Report.Number(Statistics.Median(theirs), "0"),
            Report.AtLeast(Statistics.Median(ours.Zip(theirs, (one, other) => one.Rate / other)), 0.8));
    }

    /// <summary>A database file with the server's schema and nothing in it.</summary>
    private static async Task<string> NewFileAsync(Build build)
    {
        var database = Build.NewSqlite();
        await using var maker = await build.StartServerAsync(database, Build.NoModel);
        return database;
    }

    /// <summary>A request for each caller, who has a thread of its own.</summary>
    private static async Task<IReadOnlyList<byte[]>> MessagesAsync(ServerProcess server)
    {
        var requests = new List<byte[]>();
        for (var caller = 0; caller < 64; caller++)
        {
            requests.Add(Requests.Post($"/v1/threads/{await Samples.CreateThreadAsync(server)}/messages", Samples.NewMessage));
        }

        return requests;
    }

    private static bool IsMessage(string body) => ToolAnswer.Parse(body)?["object"]?.GetValue<string>() == "thread.message";
}
