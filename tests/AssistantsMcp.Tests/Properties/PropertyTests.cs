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
            var own = new PCG(sequence, seed).ToString();
            try
            {
                await Step.Sequences.SampleAsync(steps => PlayAsync(app, steps, () => done++), seed: own, iter: 1, threads: 1);
            }
            catch (CsCheckException)
            {
                output.WriteLine($"Random operations: seed {seed}, failed after {done}.");
                await Step.Sequences.SampleAsync(steps => PlayAsync(app, steps, () => { }), seed: own, iter: 200, threads: 1, print: Print);
                throw;
            }
        }

        output.WriteLine($"Random operations: seed {seed}, {done} done.");
    }

    private static async Task PlayAsync(TestApp app, Step[] steps, Action count)
    {
        var caller = new WorldCaller(app);
        try
        {
            foreach (var step in steps)
            {
                await caller.DoAsync(step);
                count();
            }
        }
        finally
        {
            await caller.EndAsync();
        }
    }

    private static string Print(Step[] steps) => string.Join('\n', steps.Select(step => step.ToString()));
}
