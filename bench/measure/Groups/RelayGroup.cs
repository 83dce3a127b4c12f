using System.Text.Json.Nodes;
using AssistantsMcp.Measure.Load;
using AssistantsMcp.Measure.Targets;

namespace AssistantsMcp.Measure.Groups;

/// <summary>assistant-get through <c>Assistants:Endpoint</c>, against a minimal tool that relays the same GET.</summary>
internal static class RelayGroup
{
    public static async Task RunAsync(Effort effort, Build build, Report report)
    {
        var json = await Samples.AssistantOfStubAsync(build);
        var expected = JsonNode.Parse(json)!;

        await using var upstream = await build.StartReferenceAsync("stub", $"--body={Samples.Save(json)}");
        await using var server = await build.StartServerAsync(Build.NewSqlite(), upstream.Url, $"--Assistants:Endpoint={upstream.Url}/v1");
        await using var text = await build.StartReferenceAsync("relay", $"--upstream={upstream.Url}");
        await using var structured = await build.StartReferenceAsync("relay", $"--upstream={upstream.Url}", "--structured=true");

        var call = Requests.Call("assistant-get", $$"""{"assistant_id":"{{Samples.AssistantId}}"}""");
        var ours = await ExamineAsync("assistant-get", server, $"/mcp/{Requests.Key}");
        var minimal = await ExamineAsync("minimal relay, text", text, "/mcp");
        var same = await ExamineAsync("minimal relay, same answer", structured, "/mcp");

        report.Columns($"{build.Name}, callers", "server, requests/s", "p50 ms", "p99 ms", "µs/request", "minimal relay, requests/s", "p50 ms", "p99 ms", "µs/request", "requests/s, ratio", "p99, ratio", "ratio to a relay of the same answer");
        foreach (var callers in effort.Callers)
        {
            var alternation = await Alternation.RunAsync(effort, callers, ours, minimal, same);
            report.Row([
                $"{callers}", .. Report.Figures(alternation, ours), .. Report.Figures(alternation, minimal),
                Report.AtLeast(alternation.Ratio(ours, minimal, round => round.Rate), 0.75),
                Report.AtMost(alternation.Ratio(ours, minimal, round => round.P99), 1.5),
                Report.Number(alternation.Ratio(ours, same, round => round.Rate), "0.00"),
            ]);
        }

        Task<Target> ExamineAsync(string name, ServerProcess process, string path) =>
            Target.ExamineAsync(name, process, [Requests.Post(path, call)], body => ToolAnswer.Holds(body, expected));
    }
}
