using System.Diagnostics;
using System.Net;
using AssistantsMcp.Faults.Nemesis;
using AssistantsMcp.Faults.Recording;
using Xunit.Abstractions;

namespace AssistantsMcp.Faults;

/// <summary>A disk that fills up while clients write.</summary>
public sealed class DiskFullTests(ITestOutputHelper output)
{
    private static readonly TimeSpan _longestRecovery = TimeSpan.FromSeconds(5);

    [SmallDiskFact]
    public async Task FullDisk_RefusesWrites_AndIsForgottenWhenThereIsSpace()
    {
        using var disk = SmallDisk.Make(megabytes: 8, ballast: 2);
        await using var world = await World.StartAsync(output, $"Storage:ConnectionString=Data Source={Path.Combine(disk.Folder, "small.db")}");
        var server = await world.AddReplicaAsync();
        var customers = await world.InviteAsync(5);
        var client = world.ClientOf("sk-filler");
        var thread = (await client.MakeAsync("/v1/threads", _ => "{}")).GetProperty("id").GetString();

        var conversations = Task.WhenAll(customers.Select(customer => customer.ConverseAsync()));
        var messages = $"/v1/threads/{thread}/messages";
        var (stored, refused) = (0, new List<ClientCall>());
        while (refused.Count < 10 || await StatusAsync(server, "/readyz") == HttpStatusCode.OK)
        {
            var call = await client.PostAsync(messages, NewMessage(stored + refused.Count));
            stored += call.IsOk ? 1 : 0;
            refused.AddRange(call.IsOk ? [] : [call]);
        }

        var read = await client.GetAsync($"{messages}?limit=1");
        var alive = await StatusAsync(server, "/healthz");
        disk.Free();
        var freed = Stopwatch.GetTimestamp();
        var back = await client.MakeAsync(messages, tries => NewMessage(1_000_000 + tries));
        while (await StatusAsync(server, "/readyz") != HttpStatusCode.OK)
        {
            await Task.Delay(20);
        }

        var recovery = Stopwatch.GetElapsedTime(freed);
        await conversations;
        output.WriteLine($"{stored} messages of 8 KB acknowledged, {refused.Count} refused; back after {recovery.TotalMilliseconds:f0} ms.");

        Assert.All(refused, call => Assert.Equal((503, "The server's disk is full, so nothing was stored. Please try again later."), (call.Status, Message(call))));
        Assert.Equal(200, read.Status);
        Assert.Equal(HttpStatusCode.OK, alive);
        Assert.InRange(recovery, TimeSpan.Zero, _longestRecovery);
        Assert.Equal(stored + 1, (await client.ListAsync(messages, pageSize: 100)).Count);
        await client.ReadAsync($"/v1/threads/{thread}");
        await world.CheckAsync(customers);
    }

    private static string NewMessage(int number) => $$"""{"role":"user","content":"{{number}} {{new string('x', 8192)}}"}""";

    private static string? Message(ClientCall call) => call.Answer?.GetProperty("error").GetProperty("message").GetString();

    private static async Task<HttpStatusCode> StatusAsync(Replica server, string path)
    {
        using var response = await server.Http.GetAsync(path);
        return response.StatusCode;
    }
}
