using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using AssistantsMcp.Faults.Load;
using AssistantsMcp.Faults.Nemesis;
using AssistantsMcp.Faults.Recording;
using Xunit.Abstractions;

namespace AssistantsMcp.Faults;

/// <summary>One tenant that wants too much, and a model server that gives nothing.</summary>
public sealed class StormTests(ITestOutputHelper output)
{
    private static readonly TimeSpan _longestWaitOfOthers = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _longestUntilTheCircuitOpens = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _longestRecovery = TimeSpan.FromSeconds(10);

    [Fact]
    public Task RunsOfOneTenantByTheThousand_AreBounded_AndKeepNobodyElseWaiting() => StormAsync(database: null);

    [PostgresFact]
    public Task RunsOfOneTenantByTheThousandOnPostgres_AreBounded_AndKeepNobodyElseWaiting() => StormAsync(TestDatabase.CreatePostgres());

    [Fact]
    public Task ModelServerThatOnlyFails_IsSpared_AndTriedAgainInTime() => FailAsync(database: null);

    [PostgresFact]
    public Task ModelServerThatOnlyFailsAServerOnPostgres_IsSpared_AndTriedAgainInTime() => FailAsync(TestDatabase.CreatePostgres());

    private async Task StormAsync(TestDatabase? database)
    {
        var runs = Effort.Of(400, 10_000);
        await using var world = await World.StartAsync(output, database, $"Limits:QueuedRunsPerTenant={Effort.Of(60, 1000)}");
        await world.AddReplicaAsync();
        var (storm, other) = (world.ClientOf("sk-storm"), world.ClientOf("sk-other"));
        var (assistant, othersAssistant) = (await Visitor.NewAssistantAsync(storm), await Visitor.NewAssistantAsync(other));
        var (accepted, refused) = (new ConcurrentBag<Visitor>(), new ConcurrentBag<ClientCall>());

        var storming = Parallel.ForEachAsync(Enumerable.Range(0, runs), new ParallelOptions { MaxDegreeOfParallelism = 20 }, async (number, _) =>
        {
            var visitor = new Visitor(storm, assistant, $"text s{number}");
            var call = await storm.PostAsync("/v1/threads/runs", visitor.Request);
            if (visitor.Accept(call))
            {
                accepted.Add(visitor);
            }
            else
            {
                refused.Add(call);
            }
        });
        while (refused.IsEmpty && !storming.IsCompleted)
        {
            await Task.Delay(5);
        }

        var wait = await WaitOfAsync(world, other, othersAssistant);
        await storming;
        await Task.WhenAll(accepted.Select(visitor => visitor.StayAsync(TimeSpan.FromSeconds(1))));

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{runs} runs wanted, {accepted.Count} accepted, {refused.Count} refused; another tenant's run began after {wait.TotalMilliseconds:f0} ms."));
        Assert.NotEmpty(refused);
        Assert.All(refused, call => Assert.Equal((429, true), (call.Status, call.RetryAfter > 0)));
        Assert.All(accepted, visitor => Assert.Equal("completed", visitor.Status));
        Assert.InRange(wait, TimeSpan.Zero, _longestWaitOfOthers);
        world.Check(mostCallsPerTurn: 1);
    }

    private async Task FailAsync(TestDatabase? database)
    {
        var (storm, isBroken) = (TimeSpan.FromSeconds(Effort.Of(14, 60)), true);
        await using var world = await World.StartAsync(output, database);
        world.Model.Stage("text", turn => Volatile.Read(ref isBroken) ? turn.Reply.StatusAsync(500) : turn.SpeakAsync(TimeSpan.Zero));
        await world.AddReplicaAsync();
        var client = world.ClientOf("sk-1");
        var assistant = await Visitor.NewAssistantAsync(client);

        // 1. Fifty runs a second, all of which fail.
        var (began, visits) = (world.History.Now, new List<Task>());
        using (var second = new PeriodicTimer(TimeSpan.FromMilliseconds(20)))
        {
            for (var number = 0; world.History.Now - began < storm.TotalMilliseconds; number++)
            {
                visits.Add(VisitAsync(client, assistant, $"text s{number}"));
                await second.WaitForNextTickAsync();
            }
        }

        await Task.WhenAll(visits);
        var (stormCalls, lasted) = (world.History.Entries.OfType<ModelCall>().ToList(), TimeSpan.FromMilliseconds(world.History.Now - began));

        // 2. The model server is well again.
        Volatile.Write(ref isBroken, false);
        var healthy = Stopwatch.GetTimestamp();
        for (var number = 0; await VisitAsync(client, assistant, $"text h{number}") != "completed"; number++)
        {
            await Task.Delay(100);
        }

        var recovery = Stopwatch.GetElapsedTime(healthy);
        var late = stormCalls.Where(call => call.At - began > _longestUntilTheCircuitOpens.TotalMilliseconds).ToList();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{visits.Count} runs in {lasted.TotalSeconds:f0} s, {stormCalls.Count} calls of the model, {late.Count} of them after {_longestUntilTheCircuitOpens.TotalSeconds} s; back {recovery.TotalSeconds:f1} s after the model server."));
        Assert.InRange(late.Count, 0, 1 + (int)((lasted - _longestUntilTheCircuitOpens) / TimeSpan.FromSeconds(5)));
        Assert.InRange(recovery, TimeSpan.Zero, _longestRecovery);
        world.Check(mostCallsPerTurn: 3);
    }

    /// <summary>How long a run of another tenant waits for the model.</summary>
    private static async Task<TimeSpan> WaitOfAsync(World world, Client client, string assistant)
    {
        var from = world.History.Now;
        await VisitAsync(client, assistant, "text other");
        return TimeSpan.FromMilliseconds(world.History.Entries.OfType<ModelCall>().First(call => call.Marker == "text other").At - from);
    }

    private static async Task<string?> VisitAsync(Client client, string assistant, string marker)
    {
        var visitor = new Visitor(client, assistant, marker);
        visitor.Accept(await client.MakeAsync("/v1/threads/runs", _ => visitor.Request));
        await visitor.StayAsync();
        return visitor.Status;
    }
}
