using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Tests.Models;
using AssistantsMcp.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Execution;

/// <summary>The renewal of leases beside other writes, which on PostgreSQL it does not wait for.</summary>
public sealed class RenewalTests
{
    [PostgresFact]
    public async Task LeasesRenewedWhileARunIsBeingTaken_LeaveItInWork()
    {
        await using var model = await FakeResponsesServer.StartAsync();
        model.NextEvents(Created, Done(Message("Whole.")), Completed());
        await using var postgres = TestDatabase.CreatePostgres();
        var (time, database) = (new FakeTimeProvider(DateTimeOffset.UtcNow), new HookedDatabase());
        await using var app = await TestApp.StartAsync([$"Model:BaseUrl={model.BaseUrl}", "Access:Mode=open", .. postgres.Settings], builder =>
        {
            database.Register(builder);
            builder.Services.AddSingleton<TimeProvider>(time).AddSingleton(new QueueClock(time));
        });
        var api = new RestClient(app.Http, "sk-test");
        var (assistant, thread) = (await api.NewAssistantAsync(), await api.NewThreadAsync("Hello"));

        database.BeforeCommit = () => LetTimePassAsync(TimeSpan.FromSeconds(8), time, database);
        await api.SettledAsync(await api.NewRunAsync(thread, assistant));

        Assert.Equal(["Hello", "Whole."], await api.TextsAsync(thread));
    }

    /// <summary>Second by second, each until the server has looked after its queue: its leases of 15 seconds are renewed in the fifth.</summary>
    private static async Task LetTimePassAsync(TimeSpan time, FakeTimeProvider clock, HookedDatabase database)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(1))
        {
            var reads = database.Reads;
            clock.Advance(TimeSpan.FromSeconds(1));
            while (database.Reads == reads)
            {
                await Task.Delay(5);
            }
        }
    }
}
