using System.Globalization;
using AssistantsMcp.Faults.Load;
using AssistantsMcp.Faults.Nemesis;
using AssistantsMcp.Faults.Recording;
using Xunit.Abstractions;

namespace AssistantsMcp.Faults;

/// <summary>Hours of ordinary work in half an hour; <c>SOAK_MINUTES</c> says otherwise.</summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    private const double MostMegabytesPerMinute = 1;
    private const int MostHandles = 50;
    private const long MostLogBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan _duration =
        TimeSpan.FromMinutes(double.Parse(Environment.GetEnvironmentVariable("SOAK_MINUTES") ?? "30", CultureInfo.InvariantCulture));

    [LongFact]
    public async Task ServerUnderMixedLoad_KeepsItsSize()
    {
        await using var world = await World.StartAsync(output);
        world.Model.Pace = TimeSpan.FromMilliseconds(20);
        var server = await world.AddReplicaAsync();
        var client = world.ClientOf("sk-1");
        var assistant = await Visitor.NewAssistantAsync(client);
        using var over = new CancellationTokenSource(_duration);

        Task VisitAsync(int number) => client.PostAsync("/v1/threads/runs", new Visitor(client, assistant, $"text s{number}").Request);
        Task AskAsync(int number) => (number % 4) switch
        {
            0 => client.GetAsync("/v1/assistants?limit=5"),
            1 => client.GetAsync($"/v1/assistants/{assistant}"),
            2 => client.GetAsync("/v1/threads?limit=5"),
            _ => client.PostAsync($"/v1/assistants/{assistant}", """{"metadata":{}}"""),
        };
        var visiting = EveryAsync(TimeSpan.FromMilliseconds(200), VisitAsync, over.Token);
        var asking = EveryAsync(TimeSpan.FromMilliseconds(10), AskAsync, over.Token);
        var sizes = await MeasureAsync(server, Path.Combine(world.Folder, "test.db-wal"), over.Token);
        await Task.WhenAll(visiting, asking);

        // What the first third fills are caches and pools.
        var calls = world.History.Entries.OfType<ClientCall>().ToList();
        var (warm, runs) = (sizes[(sizes.Count / 3)..], calls.Count(call => call.Path == "/v1/threads/runs"));
        var (slope, handles, log) = (Slope(warm), warm[^1].Handles - warm[0].Handles, warm.Max(size => size.Log));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_duration.TotalMinutes} minutes, {calls.Count} requests, {runs} runs: {warm[0].Megabytes:f0} to {warm[^1].Megabytes:f0} MB resident, {slope:f2} MB a minute; {handles} more handles; write-ahead log at most {log / 1024 / 1024} MB."));
        Assert.All(calls, call => Assert.Equal(200, call.Status));
        Assert.InRange(slope, double.MinValue, MostMegabytesPerMinute);
        Assert.InRange(handles, int.MinValue, MostHandles);
        Assert.InRange(log, 0, MostLogBytes);
        world.Forget();
    }

    /// <summary>Begins something again and again, without waiting for its end, and at last waits for all of it.</summary>
    private static async Task EveryAsync(TimeSpan period, Func<int, Task> begin, CancellationToken over)
    {
        var (begun, started) = (new List<Task>(), TimeProvider.System.GetTimestamp());
        for (var number = 0; !over.IsCancellationRequested; number++)
        {
            begun.Add(begin(number));
            if ((period * number) - TimeProvider.System.GetElapsedTime(started) is { Ticks: > 0 } early)
            {
                await Task.Delay(early, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await Task.WhenAll(begun);
    }

    private static async Task<List<Size>> MeasureAsync(Replica server, string log, CancellationToken over)
    {
        var (sizes, started) = (new List<Size>(), TimeProvider.System.GetTimestamp());
        while (!over.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromSeconds(2), over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            sizes.Add(new Size(TimeProvider.System.GetElapsedTime(started).TotalMinutes, server.Measure("VmRSS") / 1024.0, server.OpenHandles(), new FileInfo(log).Length));
        }

        return sizes;
    }

    /// <summary>Megabytes a minute, by least squares.</summary>
    private static double Slope(IReadOnlyCollection<Size> sizes)
    {
        var (minute, megabytes) = (sizes.Average(size => size.Minute), sizes.Average(size => size.Megabytes));
        return sizes.Sum(size => (size.Minute - minute) * (size.Megabytes - megabytes)) / sizes.Sum(size => Math.Pow(size.Minute - minute, 2));
    }

    private sealed record Size(double Minute, double Megabytes, int Handles, long Log);
}
