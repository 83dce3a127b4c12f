using System.Collections.Concurrent;
using System.Net.Http.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Tools;

/// <summary>What a call that waits for a run tells its caller meanwhile.</summary>
public sealed class WaitProgressTests
{
    [Fact]
    public async Task ProgressOfTheRun_IsTold()
    {
        var permits = new SemaphoreSlim(3);
        await using var app = await RunApp.StartAsync();
        app.Model.Next(reply => reply.EventsAsync(permits, Created, Added(EmptyMessage()), TextDelta("Good "), TextDelta("day."), Done(Message("Good day.")), Completed()));
        var told = new ConcurrentQueue<ProgressNotificationValue>();

        var result = await WaitAsync(app, value =>
        {
            told.Enqueue(value);
            if (value.Message!.Contains("Good ", StringComparison.Ordinal))
            {
                permits.Release(10);
            }
        });

        Assert.Equal("completed", result.StructuredContent!.Value.GetProperty("status").GetString());
        Assert.Contains(told, value => value.Message == "in_progress: Good ");
        Assert.All(told, value => Assert.Equal(50, value.Total));
        Assert.Equal(told.Select(value => value.Progress).Distinct().Order(), told.Select(value => value.Progress));
    }

    [Fact]
    public async Task ProgressOfALongText_BeginsWithAWholeCharacter()
    {
        var text = $"{string.Concat(Enumerable.Repeat("😀", 300))}!";
        var permits = new SemaphoreSlim(3);
        await using var app = await RunApp.StartAsync();
        app.Model.Next(reply => reply.EventsAsync(permits, Created, Added(EmptyMessage()), TextDelta(text), Done(Message(text)), Completed()));
        var told = new ConcurrentQueue<string>();

        await WaitAsync(app, value =>
        {
            told.Enqueue(value.Message!);
            if (value.Message!.EndsWith('!'))
            {
                permits.Release(10);
            }
        });

        Assert.Contains($"in_progress: …{text[^499..]}", told);
    }

    [Fact]
    public async Task SilentRun_IsReportedEveryFifteenSeconds()
    {
        var time = new WaitClock();
        await using var app = await RunApp.StartAsync(time);
        app.Model.Next(reply => reply.HangAsync());
        var api = app.As();
        var thread = await api.NewThreadAsync("Hello");
        var run = (await api.NewRunAsync(thread, await api.NewAssistantAsync())).Split('/')[^1];
        await app.Model.ArrivalAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp/sk-test")
        {
            Headers = { Accept = { new("application/json"), new("text/event-stream") } },
            Content = JsonContent.Create(new
            {
                jsonrpc = "2.0",
                id = 1,
                method = "tools/call",
                @params = new { name = "run-get", arguments = new { thread_id = thread, run_id = run, wait_seconds = 50 }, _meta = new { progressToken = 1 } },
            }),
        };

        var calling = app.App.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        EventReader? stream = null;
        for (var second = 1; second <= 50; second++)
        {
            await time.WaitingAsync();
            time.Advance(TimeSpan.FromSeconds(1));
            if (second % 15 == 1)
            {
                stream ??= new EventReader(await calling);
                var told = (await stream.NextAsync())!.Json.GetProperty("params");
                Assert.Equal((second, "in_progress"), (told.GetProperty("progress").GetInt32(), told.GetProperty("message").GetString()));
            }
        }

        var result = (await stream!.NextAsync())!.Json.GetProperty("result");
        Assert.Equal("in_progress", result.GetProperty("structuredContent").GetProperty("status").GetString());
        await stream.DisposeAsync();
    }

    /// <summary>Starts a run with the official client, and waits 50 seconds for it.</summary>
    private static async Task<CallToolResult> WaitAsync(RunApp app, Action<ProgressNotificationValue> report)
    {
        var api = app.As();
        var arguments = new Dictionary<string, object?>
        {
            ["thread_id"] = await api.NewThreadAsync("Hello"),
            ["assistant_id"] = await api.NewAssistantAsync(),
            ["wait_seconds"] = 50,
        };
        await using var client = await app.App.ConnectAsync();
        return await client.CallToolAsync("run-create", arguments, new Told(report));
    }

    private sealed class Told(Action<ProgressNotificationValue> report) : IProgress<ProgressNotificationValue>
    {
        public void Report(ProgressNotificationValue value) => report(value);
    }
}
