using System.Diagnostics;
using AssistantsMcp.Faults.Nemesis;
using Xunit.Abstractions;

namespace AssistantsMcp.Faults;

/// <summary>A disk that takes writes and fails to keep them: every <c>fsync</c> from one on is an error. Needs strace and root.</summary>
public sealed class FailedSyncTests(ITestOutputHelper output)
{
    [LongFact]
    public async Task SyncThatFails_TakesNothingAcknowledgedWithIt()
    {
        for (var first = 1; first <= 20; first++)
        {
            await using var world = await World.StartAsync(output);
            var server = await world.AddReplicaAsync();
            var customers = await world.InviteAsync(5);
            using var strace = await FailSyncsAsync(server, first);

            var isOver = false;
            var conversations = Task.WhenAll(customers.Select(async customer =>
            {
                while (!Volatile.Read(ref isOver))
                {
                    await customer.ConverseAsync();
                }
            }));
            while (CountFailed(world) == 0)
            {
                await Task.Delay(20);
            }

            Volatile.Write(ref isOver, true);
            await Task.Delay(world.Random.Next(500));
            var failed = CountFailed(world);
            await world.KillAsync(server);
            await strace.WaitForExitAsync();
            await world.AddReplicaAsync();
            await conversations;

            output.WriteLine($"Failing from call {first} on: {failed} commits failed.");
            await world.CheckAsync(customers);
        }
    }

    private static int CountFailed(World world) => world.CountLogLines("writes failed; none of them is stored");

    private static async Task<Process> FailSyncsAsync(Replica server, int first)
    {
        var strace = Process.Start(new ProcessStartInfo(
            "strace",
            ["--follow-forks", $"--attach={server.ProcessId}", "--output=/dev/null", "--trace=fsync,fdatasync", $"--inject=fsync,fdatasync:error=EIO:when={first}+"])
        {
            RedirectStandardError = true,
        })!;

        // It says how many threads it has attached to.
        await strace.StandardError.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return strace;
    }
}
