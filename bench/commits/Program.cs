using System.Globalization;
using AssistantsMcp.Commits;

// dotnet run -c Release --project bench/commits -- [folder on the disk to measure] [seconds of a round] [rounds]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var folder = args.ElementAtOrDefault(0) ?? Path.Combine("data", "bench");
var round = TimeSpan.FromSeconds(args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 2);
var rounds = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 5;

Directory.CreateDirectory(folder);
Console.WriteLine($"{Environment.ProcessorCount} cores, file system {new DriveInfo(Path.GetFullPath(folder)).DriveFormat}, {rounds} rounds of {round.TotalSeconds} s each way");
Console.WriteLine();
Console.WriteLine("| writers | one commit per request, writes/s | grouped, writes/s | ratio | lowest and highest ratio of a round |");
Console.WriteLine("| ---: | ---: | ---: | ---: | ---: |");
foreach (var writers in new[] { 1, 16, 64 })
{
    Console.WriteLine(await Comparison.RunAsync(folder, writers, round, rounds));
}
