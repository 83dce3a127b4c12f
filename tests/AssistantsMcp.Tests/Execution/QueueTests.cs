using System.Globalization;
using System.Net;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Tests.Models;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Execution;

/// <summary>Which of the waiting runs is next, and how many may wait. The model answers when it is let to.</summary>
public sealed class QueueTests : IDisposable
{
    private readonly SemaphoreSlim _permits = new(0);

    public void Dispose() => _permits.Dispose();

    [Fact]
    public async Task TenantWhoFloodsTheQueue_KeepsNobodyElseWaitingAndLosesNothing()
    {
        const int waiting = 200;
        await using var app = await StartAsync("Limits:ConcurrentRuns=4", $"Limits:QueuedRunsPerTenant={waiting}");
        var (flood, other) = (app.As("sk-flood"), app.As("sk-other"));
        var (floodAssistant, otherAssistant) = (await flood.NewAssistantAsync(), await other.NewAssistantAsync());
        await Parallel.ForAsync(0, 4 + waiting, async (_, _) => await StartRunAsync(flood, floodAssistant));
        var refused = await flood.SendAsync(HttpMethod.Post, "/v1/threads/runs", Body(floodAssistant));
        var path = await StartRunAsync(other, otherAssistant);
        await ArriveAsync(app.Model, 4);

        _permits.Release();
        var next = await app.Model.ArrivalAsync();
        _permits.Release(4 + waiting);
        await ArriveAsync(app.Model, waiting);
        await other.SettledAsync(path);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        Assert.Equal("sk-other", KeyOf(next));
        Assert.Equal(4 + waiting + 1, app.Model.Calls.Count);
    }

    [Fact]
    public async Task TenantsTakeTurns()
    {
        await using var app = await StartAsync("Limits:ConcurrentRuns=1");
        foreach (var (key, runs) in new[] { ("sk-busy", 1), ("sk-a", 3), ("sk-b", 2), ("sk-c", 1) })
        {
            var api = app.As(key);
            var assistant = await api.NewAssistantAsync();
            for (var run = 0; run < runs; run++)
            {
                await StartRunAsync(api, assistant);
            }
        }

        _permits.Release(7);
        await ArriveAsync(app.Model, 7);

        Assert.Equal(["sk-busy", "sk-a", "sk-b", "sk-c", "sk-a", "sk-b", "sk-a"], app.Model.Calls.Select(KeyOf));
    }

    [Fact]
    public async Task FullQueue_RefusesARunAndStoresNothingOfIt()
    {
        await using var app = await StartAsync("Limits:ConcurrentRuns=1", "Limits:QueuedRunsPerTenant=1");
        var api = app.As();
        var assistant = await api.NewAssistantAsync();
        await StartRunAsync(api, assistant);
        await StartRunAsync(api, assistant);
        var thread = await api.NewThreadAsync("Hello");

        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/threads/{thread}/runs")
        {
            Content = new StringContent(
                $$"""{"assistant_id":"{{assistant}}","stream":true,"additional_messages":[{"role":"user","content":"More"}]}""",
                System.Text.Encoding.UTF8,
                "application/json"),
            Headers = { { "Authorization", "Bearer sk-test" }, { "OpenAI-Beta", "assistants=v2" } },
        };
        using var answer = await app.App.Http.SendAsync(request);
        var threadAndRun = await api.SendAsync(HttpMethod.Post, "/v1/threads/runs", Body(assistant));
        var tool = await app.App.CallAsync("run-create", $$"""{"thread_id":"{{thread}}","assistant_id":"{{assistant}}"}""");

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(5), answer.Headers.RetryAfter?.Delta);
        Assert.Equal(
            """{"error":{"message":"You have 1 runs waiting already, so this one was not created. Create it again when some of them have ended.","type":"invalid_request_error","param":null,"code":"rate_limit_exceeded"}}""",
            System.Text.Json.JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetRawText());
        Assert.Equal(HttpStatusCode.TooManyRequests, threadAndRun.Status);
        Assert.True(tool.IsError);
        Assert.EndsWith("Create it again when some of them have ended. Try again in 5 seconds.", tool.Text, StringComparison.Ordinal);
        Assert.Equal(["Hello"], await api.TextsAsync(thread));
        Assert.Equal(0, (await api.GetAsync($"/v1/threads/{thread}/runs")).GetProperty("data").GetArrayLength());
        Assert.Equal(3, (await api.GetAsync("/v1/threads")).GetProperty("data").GetArrayLength());
        _permits.Release(2);
    }

    [Fact]
    public async Task RunThatWaitsForItsClient_HasNoPlaceInTheQueue()
    {
        await using var app = await StartAsync("Limits:ConcurrentRuns=1", "Limits:QueuedRunsPerTenant=1");
        var api = app.As();
        app.Model.NextEvents(Created, Done(Call("tide", "{}")), Completed());
        var assistant = await api.NewAssistantAsync("\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"tide\"}}]");
        var forClient = await StartRunAsync(api, assistant);
        await api.SettledAsync(forClient);

        await StartRunAsync(api, assistant);
        var queued = await StartRunAsync(api, assistant);
        var resumed = await api.PostAsync($"{forClient}/submit_tool_outputs", """{"tool_outputs":[{"tool_call_id":"call_a","output":"3"}]}""");
        _permits.Release(3);

        Assert.Equal("queued", resumed.GetProperty("status").GetString());
        Assert.Equal("completed", (await api.SettledAsync(queued)).GetProperty("status").GetString());
        Assert.Equal("completed", (await api.SettledAsync(forClient)).GetProperty("status").GetString());
    }

    [Fact]
    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    public async Task Claim_CostsTheSameHoweverManyRunsOfOneTenantWait()
    {
        await using var app = await StartAsync();
        await using var connection = (SqliteConnection)await app.App.Database.OpenAsync();
        await app.App.App.StopAsync();
        AddWaiting(connection, "flood", 10);
        AddWaiting(connection, "other", 1);
        var few = StepsOfAClaim(connection);

        AddWaiting(connection, "flood", 10_000);

        Assert.Equal(few, StepsOfAClaim(connection));
    }

    private async Task<RunApp> StartAsync(params string[] settings)
    {
        var app = await RunApp.StartAsync(settings: settings);
        app.Model.Always(AnswerAsync);
        return app;
    }

    private async Task AnswerAsync(FakeReply reply)
    {
        await _permits.WaitAsync(reply.Gone);
        await reply.EventsAsync(Created, Done(Message("Yes.")), Completed());
    }

    private static string Body(string assistant) =>
        $$$"""{"assistant_id":"{{{assistant}}}","thread":{"messages":[{"role":"user","content":"Hello"}]}}""";

    /// <summary>Makes a thread with a run, and returns the run's path.</summary>
    private static async Task<string> StartRunAsync(RestClient api, string assistant)
    {
        var run = await api.PostAsync("/v1/threads/runs", Body(assistant));
        return $"/v1/threads/{run.GetProperty("thread_id").GetString()}/runs/{run.GetProperty("id").GetString()}";
    }

    private static async Task ArriveAsync(FakeResponsesServer model, int calls)
    {
        for (var call = 0; call < calls; call++)
        {
            await model.ArrivalAsync();
        }
    }

    private static string KeyOf(FakeCall call) => call.Headers["Authorization"]["Bearer ".Length..];

    private static void AddWaiting(SqliteConnection connection, string tenant, int runs)
    {
        using var command = connection.CreateCommand();
        command.CommandText = string.Create(CultureInfo.InvariantCulture, $"""
            WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {runs})
            INSERT INTO active_runs (tenant, thread_id, run_id, status, queued_at, expires_at, fence, lease_until, attempts, is_sandbox, state, turn)
            SELECT '{tenant}', 'thread_{runs}_' || number, 'run_' || number, 'queued', number, 2000000000, 0, 0, 0, 0, x'', number FROM numbers
            """);
        command.ExecuteNonQuery();
    }

    /// <summary>The steps of SQLite's machine: a measure of work that is the same on every computer.</summary>
    private static int StepsOfAClaim(SqliteConnection connection)
    {
        raw.sqlite3_prepare_v2(connection.Handle, QueueQueries.NextWaiting, out var statement);
        using (statement)
        {
            raw.sqlite3_bind_int(statement, 1, 32);
            Assert.Equal(raw.SQLITE_ROW, raw.sqlite3_step(statement));
            return raw.sqlite3_stmt_status(statement, raw.SQLITE_STMTSTATUS_VM_STEP, 0);
        }
    }
}
