using AssistantsMcp.Measure.Load;
using AssistantsMcp.Measure.Targets;

namespace AssistantsMcp.Measure.Groups;

/// <summary>What requests cost with a thousand to a million messages stored, filled in by SQL in the server's own schema.</summary>
internal static class ScaleGroup
{
    /// <summary>In the least filled database, which the others are compared with.</summary>
    private const int Least = 1000;

    public static async Task RunAsync(Effort effort, Build build, Report report)
    {
        if (build.Name != "AOT")
        {
            // The cost of a fuller database is the database's, whatever the server was compiled to.
            return;
        }

        report.Columns("database, messages", "page of 20 ms", "to one of 100", "get ms", "to 1000", "create in a new thread ms", "to 1000", "create in the full thread ms", "to 1000");
        await RunAsync("SQLite", () => Task.FromResult(Build.NewSqlite()));
        if (Postgres.Server is not null)
        {
            await RunAsync("PostgreSQL", Postgres.CreateAsync);
        }

        async Task RunAsync(string name, Func<Task<string>> create)
        {
            for (var count = Least; count <= effort.Objects; count *= 10)
            {
                await using var least = await FilledServer.StartAsync(build, await create(), Least);
                await using var full = await FilledServer.StartAsync(build, await create(), count);
                await RowAsync($"{name}, {count}", least, full);
            }
        }

        async Task RowAsync(string name, FilledServer least, FilledServer full)
        {
            var brief = effort with { Round = effort.Round / 3 };
            var hundred = await full.PageAsync(full.SmallThread);
            var page = await full.PageAsync(full.LargeThread);
            var pages = await Alternation.RunAsync(effort, 1, hundred, page);
            var (leastGet, fullGet) = (await least.GetAsync(), await full.GetAsync());
            var gets = await Alternation.RunAsync(effort, 1, leastGet, fullGet);
            var (leastNew, fullNew) = (await least.CreateAsync(least.NewThread), await full.CreateAsync(full.NewThread));
            var creates = await Alternation.RunAsync(brief, 1, leastNew, fullNew);
            report.Row([
                name, .. Cells(pages, page, hundred, 1.5), .. Cells(gets, fullGet, leastGet, 1.5), .. Cells(creates, fullNew, leastNew, 1.5), .. await CreateInFullThreadAsync(),
            ]);

            async Task<string[]> CreateInFullThreadAsync()
            {
                if (full.IsAtLimit)
                {
                    return ["", "a thread holds no more"];
                }

                var (leastCreate, fullCreate) = (await least.CreateAsync(least.LargeThread), await full.CreateAsync(full.LargeThread));
                return Cells(await Alternation.RunAsync(brief, 1, leastCreate, fullCreate), fullCreate, leastCreate, 1.5);
            }
        }
    }

    private static string[] Cells(Alternation alternation, Target target, Target reference, double most) =>
    [
        Report.Number(alternation.Median(target, round => round.P50), "0.00"),
        Report.AtMost(alternation.Ratio(target, reference, round => round.P50), most),
    ];
}
