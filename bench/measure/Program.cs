using System.Globalization;
using AssistantsMcp.Measure;
using AssistantsMcp.Measure.Groups;
using AssistantsMcp.Measure.Load;
using AssistantsMcp.Measure.Peers;
using AssistantsMcp.Measure.Targets;

// AssistantsMcp.Measure [--quick] [--build=AOT|JIT] [--results=FILE] [GROUP…]; bench/run builds what this needs.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var effort = args.Contains("--quick") ? Effort.Quick : Effort.Full;
var file = Option("results") ?? Path.Combine("bench", "RESULTS.md");
var builds = Build.All.Where(build => Option("build") is not { } name || build.Name == name).ToList();

if (args.FirstOrDefault() == "peer")
{
    var command = args.SkipWhile(argument => argument != "--").Skip(1).ToList();
    Console.WriteLine($"Peer: {string.Join(' ', command)}");
    return await ReportAsync("peer", [builds[0]], (effort, build, report) => PeerComparison.RunAsync(effort, build, Option, command, report)) ? 0 : 1;
}

(string Name, Func<Effort, Build, Report, Task> RunAsync)[] groups =
[
    ("relay", RelayGroup.RunAsync),
    ("engine", EngineGroup.RunAsync),
    ("list", ListGroup.RunAsync),
    ("start", StartGroup.RunAsync),
    ("writes", WriteGroup.RunAsync),
    ("runs", RunGroup.RunAsync),
    ("scale", ScaleGroup.RunAsync),
];
var wanted = args.Where(argument => !argument.StartsWith("--", StringComparison.Ordinal)).ToList();
var failed = false;
foreach (var group in groups.Where(group => wanted.Count == 0 || wanted.Contains(group.Name)))
{
    failed |= !await ReportAsync(group.Name, builds, group.RunAsync);
}

return failed ? 1 : 0;

async Task<bool> ReportAsync(string name, IEnumerable<Build> measured, Func<Effort, Build, Report, Task> run)
{
    var report = new Report(file);
    report.Line($"{Machine.Line}");
    report.Line($"");
    report.Line($"`bench/run {name}`");
    try
    {
        foreach (var build in measured)
        {
            await run(effort, build, report);
        }
    }
    catch (WrongAnswerException wrong)
    {
        Console.Error.WriteLine($"{name}: no figures, because of a wrong answer: {wrong.Message}");
        return false;
    }
    finally
    {
        Scratch.Clear();
    }

    if (name != "peer")
    {
        report.Save(name);
    }

    return true;
}

string? Option(string name) =>
    args.TakeWhile(argument => argument != "--").LastOrDefault(argument => argument.StartsWith($"--{name}=", StringComparison.Ordinal))?[(name.Length + 3)..];
