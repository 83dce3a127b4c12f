using System.Text.Json;

namespace AssistantsMcp.Faults.Load;

/// <summary>
/// Holds one conversation and does not give up: what was not acknowledged is tried again under another name, and a
/// run whose acknowledgement was lost is found again.
/// </summary>
/// <param name="client">Speaks for it.</param>
/// <param name="random">Decides what it does.</param>
/// <param name="name">Told apart from other customers by it.</param>
internal sealed class Customer(Client client, Random random, string name)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(40);

    private string _assistant = "";
    private string _thread = "";
    private int _runs;

    private string Runs => $"/v1/threads/{_thread}/runs";

    public async Task ArriveAsync()
    {
        _assistant = Id(await client.MakeAsync("/v1/assistants", _ => """{"model":"m","tools":[{"type":"function","function":{"name":"look_up"}}]}"""));
        _thread = Id(await client.MakeAsync("/v1/threads", _ => "{}"));
    }

    /// <summary>Says something, starts a run of a random kind, and stays until it has ended.</summary>
    public async Task ConverseAsync()
    {
        await Task.Delay(random.Next(150));
        await SayAsync();
        await RunAsync(random.Next(3) == 0 ? "call" : "text", isStreamed: random.Next(3) == 0, isCancelled: random.Next(6) == 0);
    }

    /// <summary>Starts a run and stays until it has ended; starts another one if it cannot know what became of it.</summary>
    public async Task<JsonElement> RunAsync(string kind, bool isStreamed = false, bool isCancelled = false)
    {
        while (true)
        {
            var marker = $"{kind} {name}-{++_runs}";
            var body = $$"""{"assistant_id":"{{_assistant}}","metadata":{"marker":"{{marker}}"},"additional_messages":[{"role":"user","content":"{{marker}}"}]""";
            var made = isStreamed ? await client.StreamAsync(Runs, $$"""{{body}},"stream":true}""") : await client.PostAsync(Runs, $"{body}}}");
            if (made.IsOk)
            {
                return await SettleAsync(made.Answer!.Value, isCancelled);
            }

            await SettleNewestAsync();
        }
    }

    /// <summary>Changes its thread, which shows that something can be stored.</summary>
    public Task TouchAsync() => client.MakeAsync($"/v1/threads/{_thread}", _ => """{"metadata":{}}""");

    /// <summary>Looks at everything that belongs to the conversation, when every run of it has ended.</summary>
    public async Task LookAroundAsync()
    {
        await SettleNewestAsync();
        await client.ReadAsync($"/v1/assistants/{_assistant}");
        await client.ReadAsync($"/v1/threads/{_thread}");
        await client.ListAsync($"/v1/threads/{_thread}/messages", pageSize: 1 + random.Next(10));
        await client.ListAsync($"/v1/threads/{_thread}/messages", pageSize: 100, order: "desc");
        foreach (var run in await client.ListAsync(Runs, pageSize: 1 + random.Next(10)))
        {
            await client.ListAsync($"{Runs}/{Id(run)}/steps");
        }
    }

    private async Task SayAsync()
    {
        while (true)
        {
            var made = await client.PostAsync($"/v1/threads/{_thread}/messages", $$"""{"role":"user","content":"A note of {{name}}, {{++_runs}}"}""");
            if (made.IsOk)
            {
                return;
            }

            await SettleNewestAsync();
        }
    }

    /// <summary>Brings the run to its end that may be active without this customer knowing.</summary>
    private async Task SettleNewestAsync()
    {
        await Task.Delay(_pause);
        var newest = (await client.ReadAsync($"{Runs}?order=desc&limit=1")).GetProperty("data");
        if (newest.GetArrayLength() > 0)
        {
            await SettleAsync(newest[0]);
        }
    }

    private async Task<JsonElement> SettleAsync(JsonElement run, bool isCancelled = false)
    {
        var path = $"{Runs}/{Id(run)}";
        while (run.GetProperty("status").GetString() is "queued" or "in_progress" or "requires_action" or "cancelling")
        {
            await Task.Delay(_pause);
            if (isCancelled)
            {
                // Once: it may come too late, and then it is refused.
                await client.PostAsync($"{path}/cancel");
                isCancelled = false;
            }
            else if (run.GetProperty("status").GetString() == "requires_action")
            {
                await SubmitAsync(path, run);
            }

            run = await client.ReadAsync(path);
        }

        return run;
    }

    private async Task SubmitAsync(string path, JsonElement run)
    {
        var calls = run.GetProperty("required_action").GetProperty("submit_tool_outputs").GetProperty("tool_calls").EnumerateArray();
        var outputs = calls.Select(call => $$"""{"tool_call_id":"{{Id(call)}}","output":"Found."}""");
        await client.PostAsync($"{path}/submit_tool_outputs", $$"""{"tool_outputs":[{{string.Join(',', outputs)}}]}""");
    }

    private static string Id(JsonElement made) => made.GetProperty("id").GetString()!;
}
