using System.Text.Json.Nodes;
using AssistantsMcp.Measure.Load;
using AssistantsMcp.Measure.Targets;

namespace AssistantsMcp.Measure.Groups;

/// <summary>
/// assistant-get from the engine through both doors, against a minimal tool that answers from memory, and a bare endpoint
/// that does the same SELECT on the same database.
/// </summary>
internal static class EngineGroup
{
    public static async Task RunAsync(Effort effort, Build build, Report report)
    {
        report.Columns($"{build.Name}, database, callers", "bare ok", "REST get", "same SELECT, bare", "same SELECT, no HTTP", "minimal tool, text", "minimal tool, same answer", "MCP get", "REST / SELECT", "MCP / same answer", "MCP / text", "seam / REST");
        await RunAsync("SQLite", Build.NewSqlite());
        if (Postgres.Server is not null)
        {
            await RunAsync("PostgreSQL", await Postgres.CreateAsync());
        }

        async Task RunAsync(string name, string database)
        {
            await using var server = await build.StartServerAsync(database, Build.NoModel);
            var (id, json) = await Samples.CreateAssistantAsync(server);
            var file = Samples.Save(json);
            var tenant = await Database.TenantOfAsync(database, id);
            await using var ok = await build.StartReferenceAsync("ok");
            await using var row = await build.StartReferenceAsync("row", $"--database={database}", $"--tenant={tenant}");
            await using var text = await build.StartReferenceAsync("tool", $"--body={file}");
            await using var structured = await build.StartReferenceAsync("tool", $"--body={file}", "--structured=true");

            var get = Requests.Get($"/v1/assistants/{id}");
            var call = Requests.Call("assistant-get", $$"""{"assistant_id":"{{id}}"}""");
            var expected = JsonNode.Parse(json)!;
            var bare = await Target.ExamineAsync("bare ok", ok, [Requests.Get("/")], body => body == "ok");
            var rest = await Target.ExamineAsync("REST get", server, [get], body => body == json);
            var select = await Target.ExamineAsync("same SELECT", row, [get], body => body == json);
            var memory = await Target.ExamineAsync("minimal tool", text, [Requests.Post("/mcp", call)], body => ToolAnswer.Holds(body, expected));
            var same = await Target.ExamineAsync("minimal tool, same answer", structured, [Requests.Post("/mcp", call)], body => ToolAnswer.Holds(body, expected));
            var mcp = await Target.ExamineAsync("MCP get", server, [Requests.Post($"/mcp/{Requests.Key}", call)], body => ToolAnswer.Holds(body, expected));

            foreach (var callers in effort.Callers)
            {
                var alternation = await Alternation.RunAsync(effort, callers, bare, rest, select, memory, same, mcp);
                var direct = await DirectSelect.RateAsync(effort, database, tenant, id, callers);
                report.Row([
                    $"{name}, {callers}", .. Cells(bare, rest, select), Report.Number(direct, "0"), .. Cells(memory, same, mcp),
                    Report.AtLeast(alternation.Ratio(rest, select, round => round.Rate), 0.8),
                    Report.AtLeast(alternation.Ratio(mcp, same, round => round.Rate), 0.6),
                    Report.Number(alternation.Ratio(mcp, memory, round => round.Rate), "0.00"),
                    Report.AtMost(alternation.Median(of => Seam(of(mcp), of(same), of(rest), of(bare)) / of(rest).Processor), 0.25),
                ]);

                IEnumerable<string> Cells(params IEnumerable<Target> targets) => targets.Select(target =>
                    $"{alternation.Median(target, round => round.Rate):0} ({alternation.Median(target, round => round.Processor):0} µs)");
            }
        }
    }

    /// <summary>
    /// What a tool call costs beyond the SDK, which the minimal tool shows, and the engine, which the REST call shows less
    /// what taking a request from a connection costs, for the tool call does that once.
    /// </summary>
    private static double Seam(Round mcp, Round tool, Round rest, Round bare) =>
        mcp.Processor - tool.Processor - (rest.Processor - bare.Processor);
}
