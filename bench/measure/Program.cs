using System.Globalization;
using AssistantsMcp.Measure;
using AssistantsMcp.Measure.Groups;
using AssistantsMcp.Measure.Load;
using AssistantsMcp.Measure.Peers;
using AssistantsMcp.Measure.Targets;

// AssistantsMcp.Measure [--quick] [--build=AOT|JIT] [--results=FILE] [GROUP…]; bench/run builds what this needs.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var isQuick = args.Contains("--quick");
var effort = isQuick ? Effort.Quick : Effort.Full;

// Half of the figures, or rough ones, do not replace those that are kept.
var file = Option("results") ?? (isQuick || Option("build") is not null ? null : Path.Combine("bench", "RESULTS.md"));
var builds = Build.All.Where(build => Option("build") is not { } name || build.Name == name).ToList();

if (args.FirstOrDefault() == "peer")
{
    var command = args.SkipWhile(argument => argument != "--").Skip(1).ToList();
    Console.WriteLine($"Peer: {string.Join(' ', command)}");
    return await ReportAsync("peer", [builds[0]], (effort, build, report) => PeerComparison.RunAsync(effort, build, Option, command, report)) ? 0 : 1;
}

// What a change to a tool call can make slower.
string[] toolGroups = ["relay", "engine", "list"];

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
var wanted = args.Where(argument => !argument.StartsWith("--", StringComparison.Ordinal))
    .SelectMany(name => name == "tools" ? toolGroups : [name])
    .ToList();
if (wanted.Except(groups.Select(group => group.Name)).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no group '{unknown}'. The groups are: {string.Join(", ", groups.Select(group => group.Name))}, and tools for the first three.");
    return 1;
}

var failed = false;
foreach (var group in groups.Where(group => wanted.Count == 0 || wanted.Contains(group.Name)))
{
    failed |= !await ReportAsync(group.Name, builds, group.RunAsync);
}

return failed ? 1 : 0;

async Task<bool> ReportAsync(string name, IEnumerable<Build> measured, Func<Effort, Build, Report, Task> run)
{
    var report = new Report();
    report.Line($"`bench/run {(isQuick ? "--quick " : "")}{name}`: {Machine.Line}");
    try
    {
        foreach (var build in measured)
        {
            await run(effort, build, report);
        }
    }
    catch (WrongAnswerException wrong)
    {
        Console.Error.WriteLine($"{name}: no figures: {wrong.Message}");
        return false;
    }
    finally
    {
        Scratch.Clear();
    }

    if (file is not null && name != "peer")
    {
        report.Save(file, name);
    }

    return true;
}

string? Option(string name) =>
    args.TakeWhile(argument => argument != "--").LastOrDefault(argument => argument.StartsWith($"--{name}=", StringComparison.Ordinal))?[(name.Length + 3)..];
