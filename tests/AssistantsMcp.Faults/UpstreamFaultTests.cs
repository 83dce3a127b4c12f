using System.Text.Json;
using AssistantsMcp.Faults.Load;
using AssistantsMcp.Faults.Nemesis;
using AssistantsMcp.Faults.Recording;
using Xunit.Abstractions;

namespace AssistantsMcp.Faults;

/// <summary>Every way a model server can misbehave, at three moments of its answer.</summary>
public sealed class UpstreamFaultTests(ITestOutputHelper output)
{
    [Fact]
    public Task EveryFault_AtEveryMoment_EndsTheRunAsItShould() => FailAsync(database: null);

    [PostgresFact]
    public Task EveryFaultOnPostgres_AtEveryMoment_EndsTheRunAsItShould() => FailAsync(TestDatabase.CreatePostgres());

    private async Task FailAsync(TestDatabase? database)
    {
        var cases = UpstreamFault.All.Index().SelectMany(fault => Enum.GetValues<Moment>().Select(moment => new Case(fault.Index, fault.Item, moment))).ToList();
        var rounds = Effort.Of(1, 20);
        await using var world = await World.StartAsync(output, database, "Model:Timeout=00:00:06", "Limits:RunLifetime=00:00:15");
        foreach (var one in cases)
        {
            world.Model.Stage(one.Kind, turn => one.Fault.AnswerAsync(turn, one.Moment));
        }

        await world.AddReplicaAsync();

        // One good run first: what starts slowly must not be taken for a silent model.
        var customers = (await world.InviteAsync(1)).ToList();
        await customers[0].RunAsync("text");
        var wrong = new List<string>();
        for (var round = 0; round < rounds; round++)
        {
            // Each case has a tenant of its own, and with it a circuit of its own.
            var runs = cases.Select(async one =>
            {
                var customer = new Customer(world.ClientOf($"sk-{one.Kind}-{round}"), new Random(world.Seed), $"{round}");
                await customer.ArriveAsync();
                return (Customer: customer, Case: one, Run: await customer.RunAsync(one.Kind));
            });
            foreach (var (customer, one, run) in await Task.WhenAll(runs))
            {
                customers.Add(customer);
                wrong.AddRange(one.WrongIn(run, world.History));
            }
        }

        output.WriteLine($"{UpstreamFault.All.Count} faults at 3 moments, {rounds} times: {cases.Count * rounds} runs.");
        Assert.Empty(wrong);
        await world.CheckAsync(customers, mostCallsPerTurn: 3);
    }

    private sealed record Case(int Number, UpstreamFault Fault, Moment Moment)
    {
        /// <summary>The first word of its markers.</summary>
        public string Kind => $"fault-{Number}-{Moment}";

        public IEnumerable<string> WrongIn(JsonElement run, History history)
        {
            var (status, error) = (run.GetProperty("status").GetString(), run.GetProperty("last_error"));
            var code = error.ValueKind == JsonValueKind.Null ? null : error.GetProperty("code").GetString();
            var marker = run.GetProperty("metadata").GetProperty("marker").GetString();
            var calls = history.Entries.OfType<ModelCall>().Count(call => call.Marker == marker);
            var expected = (Fault.Status, Fault.Code, Moment == Moment.BeforeTheFirstDelta ? Fault.Tries : 1);
            if ((status, code, calls) != expected)
            {
                yield return $"{Fault.Name} {Moment}: {(status, code, calls)} instead of {expected}, {error}";
            }
        }
    }
}
