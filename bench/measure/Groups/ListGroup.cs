using AssistantsMcp.Measure.Load;
using AssistantsMcp.Measure.Targets;

namespace AssistantsMcp.Measure.Groups;

/// <summary>tools/list, against the SDK's default with the same tools.</summary>
internal static class ListGroup
{
    public static async Task RunAsync(Effort effort, Build build, Report report)
    {
        await using var server = await build.StartServerAsync(Build.NewSqlite(), Build.NoModel);
        await using var reference = await build.StartReferenceAsync("list", $"--tools={Samples.ToolsFile}");
        var ours = await ExamineAsync("tools/list", server, $"/mcp/{Requests.Key}");
        var theirs = await ExamineAsync("the SDK's default", reference, "/mcp");

        report.Columns($"{build.Name}, callers", "server, requests/s", "p50 ms", "p99 ms", "µs/request", "SDK, requests/s", "p50 ms", "p99 ms", "µs/request", "requests/s, ratio");
        foreach (var callers in effort.Callers)
        {
            var alternation = await Alternation.RunAsync(effort, callers, ours, theirs);
            report.Row([
                $"{callers}", .. Report.Figures(alternation, ours), .. Report.Figures(alternation, theirs),
                Report.AtLeast(alternation.Ratio(ours, theirs, round => round.Rate), 2),
            ]);
        }

        static Task<Target> ExamineAsync(string name, ServerProcess process, string path) =>
            Target.ExamineAsync(name, process, [Requests.Post(path, Requests.List)], body => ToolAnswer.Lists(body, Samples.Tools));
    }
}
