using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Faults.Checking;
using AssistantsMcp.Faults.Load;
using AssistantsMcp.Faults.Nemesis;
using AssistantsMcp.Faults.Recording;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit.Abstractions;

namespace AssistantsMcp.Faults;

/// <summary>
/// A conversation with creations, claims, steps, outputs, a cancellation and ends, in which one call of the storage
/// fails: first the first one, then the second one, until the conversation is over before its turn comes.
/// </summary>
public sealed class StorageFaultTests(ITestOutputHelper output)
{
    private const int AtOnce = 20;
    private const int AtOnceOnPostgres = 5;

    [Theory]
    [InlineData(StorageFault.BeforeTheCall)]
    [InlineData(StorageFault.BeforeTheCommit)]
    [InlineData(StorageFault.AfterTheCommit)]
    public Task CallThatFails_WhicheverItIs_BreaksNoInvariant(StorageFault fault) => FailEachAsync(fault, first: 1, step: 1, AtOnce, () => null);

    [PostgresFact]
    public async Task CallOfPostgresThatFails_WhicheverItIs_BreaksNoInvariant()
    {
        foreach (var fault in Enum.GetValues<StorageFault>())
        {
            // The first call reads the database's clock, without which no server starts.
            await FailEachAsync(fault, first: 2, step: Effort.Of(11, 1), AtOnceOnPostgres, TestDatabase.CreatePostgres);
        }
    }

    /// <param name="fault">How a call fails.</param>
    /// <param name="first">The first one, from 1.</param>
    /// <param name="step">1 for each call, 11 for every eleventh one.</param>
    /// <param name="atOnce">How many conversations there are at a time.</param>
    /// <param name="newDatabase">Makes the database of a conversation; null for a SQLite file.</param>
    private async Task FailEachAsync(StorageFault fault, int first, int step, int atOnce, Func<TestDatabase?> newDatabase)
    {
        var (begun, failures, goesOn) = (0, 0, true);
        while (goesOn)
        {
            var failed = await Task.WhenAll(Enumerable.Range(begun, atOnce).Select(async index =>
            {
                await using var database = newDatabase();
                return await ConverseAsync(fault, number: first + (index * step), database?.Settings);
            }));
            begun += atOnce;
            failures += failed.Count(hasFailed => hasFailed);
            goesOn = failed.All(hasFailed => hasFailed);
        }

        output.WriteLine($"{fault}: {failures} calls of the storage failed, one in each conversation.");
        Assert.NotEqual(0, failures);
    }

    /// <returns>Whether there was such a call.</returns>
    private static async Task<bool> ConverseAsync(StorageFault fault, int number, IReadOnlyList<string>? storage)
    {
        var folder = Directory.CreateTempSubdirectory("assistants-mcp-faults-").FullName;
        using var history = new History(Path.Combine(folder, "history.jsonl"));
        await using var model = await StagedModel.StartAsync(history);
        model.Pace = TimeSpan.FromMilliseconds(2);
        HttpClient http = null!;
        var customer = new Customer(new Client(history, () => http, "sk-1"), new Random(number), "c1");
        FaultyDatabase database = null!;
        storage ??= [$"Storage:ConnectionString=Data Source={Path.Combine(folder, "test.db")}"];

        await using (var server = await StartAsync(storage, model, inner => database = new FaultyDatabase(inner, fault, number)))
        {
            using (http = new HttpClient { BaseAddress = new Uri(server.Urls.First()) })
            {
                await customer.ArriveAsync();
                await customer.RunAsync("call");
                await customer.RunAsync("text", isStreamed: true);
                await customer.RunAsync("text", isCancelled: true);
            }

            await server.StopAsync();
        }

        await using (var reopened = await StartAsync(storage, model, inner => inner))
        {
            using (http = new HttpClient { BaseAddress = new Uri(reopened.Urls.First()) })
            {
                await customer.LookAroundAsync();
            }

            await reopened.StopAsync();
        }

        var violations = Checker.Violations(history.Entries);
        Assert.True(violations.Count == 0, $"{fault} {number}, {folder}:\n{string.Join('\n', violations)}");
        Directory.Delete(folder, recursive: true);
        return database.HasFailed;
    }

    private static async Task<WebApplication> StartAsync(IReadOnlyList<string> storage, StagedModel model, Func<IDatabase, IDatabase> wrap)
    {
        string[] settings =
        [
            "--urls=http://127.0.0.1:0", .. storage.Select(setting => $"--{setting}"),
            $"--Model:BaseUrl={model.BaseUrl}", "--Access:Mode=open", "--Limits:RunLease=00:00:03",
        ];
        var server = AssistantsMcpHost.Create(settings, builder =>
        {
            builder.Logging.ClearProviders();
            var real = builder.Services.Single(service => service.ServiceType == typeof(IDatabase));
            builder.Services.AddSingleton(provider => wrap((IDatabase)real.ImplementationFactory!(provider)));
        });
        await server.StartAsync();
        return server;
    }
}
