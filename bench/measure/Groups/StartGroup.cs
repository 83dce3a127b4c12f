using System.Diagnostics;
using AssistantsMcp.Measure.Load;
using AssistantsMcp.Measure.Targets;

namespace AssistantsMcp.Measure.Groups;

/// <summary>Start to first right answer, size, and resident memory idle and under load, next to a bare Kestrel program.</summary>
internal static class StartGroup
{
    public static async Task RunAsync(Effort effort, Build build, Report report)
    {
        await MeasureStartsAsync(effort, build, report);
        await MeasureMemoryAsync(effort, build, report);
    }

    private static async Task MeasureStartsAsync(Effort effort, Build build, Report report)
    {
        var list = Requests.Post($"/mcp/{Requests.Key}", Requests.List);
        var kept = Build.NewSqlite();
        var (bare, fresh, again) = (new List<double>(), new List<double>(), new List<double>());
        for (var start = 0; start <= effort.Starts; start++)
        {
            bare.Add(await MeasureAsync(build.References, ["ok"], Requests.Get("/"), body => body == "ok"));
            fresh.Add(await MeasureAsync(build.Server, Build.ServerSettings(Build.NewSqlite(), Build.NoModel), list, IsList));
            again.Add(await MeasureAsync(build.Server, Build.ServerSettings(kept, Build.NoModel), list, IsList));
        }

        // The first ones read the programs from disk.
        foreach (var starts in (List<double>[])[bare, fresh, again])
        {
            starts.RemoveAt(0);
        }

        report.Columns($"{build.Name}, start to first right answer", "server, ms", "bare Kestrel, ms", "ratio");
        Row("database is there", again);
        Row("database is made", fresh);

        void Row(string name, List<double> ours) => report.Row(
            name, Report.Number(Statistics.Median(ours), "0"), Report.Number(Statistics.Median(bare), "0"),
            Report.AtMost(Statistics.Median(ours.Zip(bare, (one, other) => one / other)), 2));
    }

    private static bool IsList(string body) => ToolAnswer.Lists(body, Samples.Tools);

    private static async Task<double> MeasureAsync(string program, IEnumerable<string> arguments, byte[] request, Func<string, bool> isRight)
    {
        var started = Stopwatch.GetTimestamp();
        await using var server = ServerProcess.Start(new Launch([program, .. arguments]));
        await server.ConnectedAsync();
        using var connection = new HttpConnection(server.Address);
        await connection.ConnectAsync();
        var status = await connection.ExchangeAsync(request);
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        var body = System.Text.Encoding.UTF8.GetString(connection.Body);
        return status == 200 && isRight(body) ? elapsed : throw new WrongAnswerException($"first answer {status} {body}");
    }

    private static async Task MeasureMemoryAsync(Effort effort, Build build, Report report)
    {
        await using var bare = await build.StartReferenceAsync("ok");
        await using var server = await build.StartServerAsync(Build.NewSqlite(), Build.NoModel);
        await Samples.SendAsync(bare, Requests.Get("/"));
        await Samples.SendAsync(server, Requests.Post($"/mcp/{Requests.Key}", Requests.List));
        await Task.Delay(effort.Rest);
        var (bareIdle, idle) = (bare.Memory, server.Memory);

        var (id, json) = await Samples.CreateAssistantAsync(server);
        var expected = System.Text.Json.Nodes.JsonNode.Parse(json)!;
        var call = Requests.Post($"/mcp/{Requests.Key}", Requests.Call("assistant-get", $$"""{"assistant_id":"{{id}}"}"""));
        var target = await Target.ExamineAsync("assistant-get", server, [call], body => ToolAnswer.Holds(body, expected));
        var ok = await Target.ExamineAsync("bare ok", bare, [Requests.Get("/")], body => body == "ok");
        await Alternation.RunRoundAsync(ok, 64, effort.Soak / 4);
        await Alternation.RunRoundAsync(target, 64, effort.Soak);
        var first = server.Memory;
        await Alternation.RunRoundAsync(target, 64, effort.Soak);
        var second = server.Memory;

        var isNative = build.Name == "AOT";
        report.Columns($"{build.Name}, resident memory", "MB", "bare Kestrel, MB");
        report.Row("idle, after the first answer", isNative ? Report.AtMost(idle, 45) : Report.Number(idle, "0"), Report.Number(bareIdle, "0"));
        report.Row($"after {effort.Soak.TotalSeconds:0} s of assistant-get at 64 callers", isNative ? Report.AtMost(first, 80) : Report.Number(first, "0"), Report.Number(bare.Memory, "0"));
        report.Row("after as long again, over the first", Report.AtMost(second / first, 1.05), "");
        report.Row("program and libraries on disk", Report.Number(SizeOf(build.Server), "0.0"), Report.Number(SizeOf(build.References), "0.0"));
    }

    /// <summary>What has to be copied for the program to run, in MB; without the runtime, where it needs one.</summary>
    private static double SizeOf(string program) => Directory.EnumerateFiles(Path.GetDirectoryName(program)!, "*", SearchOption.TopDirectoryOnly)
        .Where(file => Path.GetExtension(file) is not (".pdb" or ".xml" or ".dbg"))
        .Sum(file => new FileInfo(file).Length) / 1e6;
}
