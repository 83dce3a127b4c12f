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

    [Theory]
    [InlineData(StorageFault.BeforeTheCall)]
    [InlineData(StorageFault.BeforeTheCommit)]
    [InlineData(StorageFault.AfterTheCommit)]
    public async Task CallThatFails_WhicheverItIs_BreaksNoInvariant(StorageFault fault)
    {
        var (tried, goesOn) = (0, true);
        while (goesOn)
        {
            var failed = await Task.WhenAll(Enumerable.Range(tried + 1, AtOnce).Select(number => ConverseAsync(fault, number)));
            tried += failed.Count(hasFailed => hasFailed);
            goesOn = failed.All(hasFailed => hasFailed);
        }

        output.WriteLine($"{fault}: {tried} calls of the storage failed, one in each conversation.");
    }

    /// <returns>Whether there was such a call.</returns>
    private static async Task<bool> ConverseAsync(StorageFault fault, int number)
    {
        var folder = Directory.CreateTempSubdirectory("assistants-mcp-faults-").FullName;
        using var history = new History(Path.Combine(folder, "history.jsonl"));
        await using var model = await StagedModel.StartAsync(history);
        model.Pace = TimeSpan.FromMilliseconds(2);
        HttpClient http = null!;
        var customer = new Customer(new Client(history, () => http, "sk-1"), new Random(number), "c1");
        FaultyDatabase database = null!;

        await using (var server = await StartAsync(folder, model, inner => database = new FaultyDatabase(inner, fault, number)))
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

        await using (var reopened = await StartAsync(folder, model, inner => inner))
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

    private static async Task<WebApplication> StartAsync(string folder, StagedModel model, Func<IDatabase, IDatabase> wrap)
    {
        string[] settings =
        [
            "--urls=http://127.0.0.1:0", $"--Storage:ConnectionString=Data Source={Path.Combine(folder, "test.db")}",
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
