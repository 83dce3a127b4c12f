using System.Globalization;
using AssistantsMcp.Tests.Models;
using CsCheck;
using Microsoft.Extensions.Logging;
using Xunit.Abstractions;

namespace AssistantsMcp.Tests.Properties;

/// <summary>
/// Random operations of three tenants, on the server and on a plain model of the rules: order, paging, replacement of
/// metadata, isolation, the lock of a thread, the states of a run.
/// </summary>
/// <remarks>
/// Every run prints its seed. <c>PROPERTY_SEED</c> repeats it, and <c>PROPERTY_OPERATIONS</c> makes it longer. A
/// sequence that fails is shrunk: the message shows the shortest one found.
/// </remarks>
public sealed class PropertyTests(ITestOutputHelper output)
{
    [Fact]
    public async Task RandomOperations_DoWhatTheRulesSay()
    {
        var seed = ulong.Parse(Environment.GetEnvironmentVariable("PROPERTY_SEED") ?? Random.Shared.Next().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var wanted = int.Parse(Environment.GetEnvironmentVariable("PROPERTY_OPERATIONS") ?? "10000", CultureInfo.InvariantCulture);
        await using var model = (await FakeResponsesServer.StartAsync()).Always(WorldModel.ReplyAsync);

        // Without its log, which the other tests keep at Trace, the application gets through more.
        await using var app = await TestApp.StartAsync(
            [$"Model:BaseUrl={model.BaseUrl}", "Access:Mode=open"], builder => builder.Logging.ClearProviders());

        var done = 0;
        for (uint sequence = 0; done < wanted; sequence++)
        {
            // Each sequence has a seed that follows from the one of the run.
            var steps = Step.Sequences.Generate(new PCG(sequence, seed), null, out _);
            if (await FailureAsync(app, steps) is not null)
            {
                var shortest = await ShrinkAsync(app, steps);
                Assert.Fail($"""
                    Random operations: seed {seed}, failed after {done}. The shortest sequence that still fails:
                    {string.Join('\n', shortest.Select(step => step.ToString()))}
                    {await FailureAsync(app, shortest)}
                    """);
            }

            done += steps.Length;
        }

        output.WriteLine($"Random operations: seed {seed}, {done} done.");
    }

    /// <summary>Takes out whatever can be missed, first in large pieces and then one by one: the choices of a step adapt to what is there.</summary>
    private static async Task<Step[]> ShrinkAsync(TestApp app, Step[] failing)
    {
        for (var size = failing.Length / 2; size > 0; size /= 2)
        {
            for (var start = 0; start < failing.Length;)
            {
                Step[] shorter = [.. failing[..start], .. failing[Math.Min(start + size, failing.Length)..]];
                if (await FailureAsync(app, shorter) is not null)
                {
                    failing = shorter;
                }
                else
                {
                    start += size;
                }
            }
        }

        return failing;
    }

    /// <summary>Plays a sequence in a world of its own.</summary>
    /// <returns>How it failed; null if it did not.</returns>
    private static async Task<Exception?> FailureAsync(TestApp app, Step[] steps)
    {
        var caller = new WorldCaller(app);
        try
        {
            foreach (var step in steps)
            {
                await caller.DoAsync(step);
            }

            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
        finally
        {
            await caller.EndAsync();
        }
    }
}
