using System.Net.Http.Json;
using System.Text.Json;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Tools;

/// <summary>Tools that wait for runs: <c>wait_seconds</c> in the place of a poll loop.</summary>
public sealed class WaitTests : IAsyncLifetime
{
    private readonly WaitClock _time = new();
    private RunApp _app = null!;
    private RestClient _api = null!;
    private string _assistant = null!;
    private string _thread = null!;

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync(_time);
        _api = _app.As();
        (_assistant, _thread) = (await _api.NewAssistantAsync(), await _api.NewThreadAsync("Hello"));
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task RunThatCompletes_ComesWithItsAnswer()
    {
        _app.Model.NextEvents(Created, Added(EmptyMessage()), TextDelta("Good "), TextDelta("day."), Done(Message("Good day.")), Completed());

        var answer = await CreateAsync(wait: 30);

        var run = answer.Result.GetProperty("structuredContent");
        Assert.Equal("completed", run.GetProperty("status").GetString());
        var message = Assert.Single(run.GetProperty("messages").EnumerateArray());
        Assert.Equal("Good day.", message.GetProperty("text").GetString());
        Assert.StartsWith("msg_", message.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.True(JsonElement.DeepEquals(run, JsonElement.Parse(answer.Text)));
        Assert.Equal(1, answer.Result.GetProperty("content").GetArrayLength());
        Assert.Equal(["Hello", "Good day."], await _api.TextsAsync(_thread));
    }

    [Fact]
    public async Task RunThatNeedsToolOutputs_ComesBackAndGoesOnWithThem()
    {
        var call = Call("look_up", "{}");
        _app.Model
            .NextEvents(Created, Added(call), Done(call), Completed())
            .NextEvents(Created, Done(Message("Found.")), Completed());
        var assistant = await _api.NewAssistantAsync("\"model\":\"m\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"look_up\"}}]");

        var waiting = await _app.App.CallAsync("run-create", $$"""{"thread_id":"{{_thread}}","assistant_id":"{{assistant}}","wait_seconds":30}""");
        Assert.Equal("requires_action", waiting.Result.GetProperty("structuredContent").GetProperty("status").GetString());
        Assert.Contains("run-submit-tool-outputs", NoteOf(waiting), StringComparison.Ordinal);

        var done = await _app.App.CallAsync(
            "run-submit-tool-outputs",
            $$"""{"thread_id":"{{_thread}}","run_id":"{{waiting.Id}}","tool_outputs":[{"tool_call_id":"call_a","output":"x"}],"wait_seconds":30}""");
        Assert.Equal(["Found."], TextsOf(done));
    }

    [Fact]
    public async Task RunThatTakesLonger_ComesBackAsItIsAndGoesOn()
    {
        var permits = new SemaphoreSlim(0);
        _app.Model.Next(reply => reply.EventsAsync(permits, Created, Done(Message("Late.")), Completed()));

        var running = await _time.PassAsync(CreateAsync(wait: 1));
        Assert.Equal("in_progress", running.Result.GetProperty("structuredContent").GetProperty("status").GetString());
        Assert.Contains("The run is still in_progress. Call run-get", NoteOf(running), StringComparison.Ordinal);
        Assert.False(running.Result.GetProperty("structuredContent").TryGetProperty("messages", out _));

        var again = await _time.PassAsync(GetAsync(running.Id, wait: 1));
        Assert.Contains("Call run-get with wait_seconds", NoteOf(again), StringComparison.Ordinal);

        var waiting = GetAsync(running.Id, wait: 30);
        permits.Release(10);
        await SettledAsync(running.Id);
        Assert.Equal(["Late."], TextsOf(await _time.PassAsync(waiting)));
        Assert.Equal(["Late."], TextsOf(await GetAsync(running.Id, wait: 30)));
    }

    [Fact]
    public async Task RunThatFails_ComesBackWithItsError()
    {
        _app.Model.NextEvents(Created, """{"type":"response.failed","response":{"id":"resp_1","status":"failed","error":{"code":"server_error","message":"Broken."}}}""");

        var failed = await CreateAsync(wait: 30);

        Assert.Equal("failed", failed.Result.GetProperty("structuredContent").GetProperty("status").GetString());
        Assert.Equal("server_error", failed.Result.GetProperty("structuredContent").GetProperty("last_error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task CallerWhoLeaves_EndsTheWaitAndNotTheRun()
    {
        var permits = new SemaphoreSlim(0);
        _app.Model.Next(reply => reply.EventsAsync(permits, Created, Done(Message("Whole.")), Completed()));
        using var gone = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp/sk-test")
        {
            Content = JsonContent.Create(new
            {
                jsonrpc = "2.0",
                id = 1,
                method = "tools/call",
                @params = new { name = "run-create", arguments = new { thread_id = _thread, assistant_id = _assistant, wait_seconds = 50 } },
            }),
        };
        var calling = _app.App.Http.SendAsync(request, gone.Token);
        await _app.Model.ArrivalAsync();

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calling);
        permits.Release(10);

        var run = (await _api.GetAsync($"/v1/threads/{_thread}/runs")).GetProperty("data")[0].GetProperty("id").GetString();
        Assert.Equal("completed", (await SettledAsync(run!)).GetProperty("status").GetString());
        Assert.Equal(["Hello", "Whole."], await _api.TextsAsync(_thread));
    }

    [Fact]
    public async Task ServerThatStops_EndsTheWaitsAndSaysSo()
    {
        _app.Model.Next(reply => reply.HangAsync());
        var creating = CreateAsync(wait: 50);
        await _time.WaitingAsync();
        var run = (await _api.GetAsync($"/v1/threads/{_thread}/runs")).GetProperty("data")[0].GetProperty("id").GetString()!;
        var getting = GetAsync(run, wait: 50);
        await _time.WaitingAsync();

        _app.App.App.Lifetime.StopApplication();

        foreach (var answer in await Task.WhenAll(creating, getting).WaitAsync(TimeSpan.FromSeconds(20)))
        {
            Assert.Equal(run, answer.Id);
            Assert.Contains("this server stops", NoteOf(answer), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task CallWithAKey_CanBeRepeatedWithAnotherWait()
    {
        var permits = new SemaphoreSlim(0);
        _app.Model.Next(reply => reply.EventsAsync(permits, Created, Done(Message("Once.")), Completed()));

        var begun = await _time.PassAsync(KeyedAsync(wait: 1));
        var again = await KeyedAsync(wait: 0);
        permits.Release(10);
        await SettledAsync(begun.Id);
        var ended = await KeyedAsync(wait: 30);

        Assert.Equal([begun.Id, begun.Id], [again.Id, ended.Id]);
        Assert.Equal(["Once."], TextsOf(ended));

        Task<ToolAnswer> KeyedAsync(int wait) => _app.App.CallAsync(
            "run-create", $$"""{"thread_id":"{{_thread}}","assistant_id":"{{_assistant}}","wait_seconds":{{wait}},"idempotency_key":"once"}""");
    }

    [Fact]
    public async Task WaitsOfOneKey_AreLimited()
    {
        await using var app = await RunApp.StartAsync(_time, "Limits:ConcurrentStreams=1");
        app.Model.Always(reply => reply.HangAsync());
        var api = app.As();
        var (assistant, thread) = (await api.NewAssistantAsync(), await api.NewThreadAsync("Hello"));
        var run = (await api.PostAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}"}""")).GetProperty("id").GetString();
        var get = $$"""{"thread_id":"{{thread}}","run_id":"{{run}}","wait_seconds":2}""";

        var waits = Enumerable.Range(0, 5).Select(_ => app.App.CallAsync("run-get", get)).ToList();
        var refused = await Task.WhenEach(waits).Take(4).ToListAsync();

        Assert.All(refused, wait => Assert.StartsWith("Too many calls with this API key wait for runs: 1 at most.", wait.Result.Text, StringComparison.Ordinal));
        Assert.False((await _time.PassAsync(waits.Except(refused).Single())).IsError);
        Assert.StartsWith("No thread found", (await app.App.CallAsync("run-get", get, key: "sk-other")).Text, StringComparison.Ordinal);
        Assert.False((await _time.PassAsync(app.App.CallAsync("run-get", get))).IsError);
    }

    [Fact]
    public async Task Wait_CountsAsOneRequestHoweverOftenItAsks()
    {
        await using var app = await RunApp.StartAsync(_time, "Limits:RequestsPerMinute=6");
        app.Model.Always(reply => reply.HangAsync());
        var api = app.As();
        var (assistant, thread) = (await api.NewAssistantAsync(), await api.NewThreadAsync("Hello"));
        var run = (await api.PostAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}"}""")).GetProperty("id").GetString();

        var waiting = app.App.CallAsync("run-get", $$"""{"thread_id":"{{thread}}","run_id":"{{run}}","wait_seconds":50}""");
        while (!waiting.IsCompleted)
        {
            // Slowly, so that it asks again and again.
            _time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Delay(5);
        }

        var waited = await waiting;
        var next = await app.App.CallAsync("assistant-list");

        Assert.False(waited.IsError, waited.Text);
        Assert.False(next.IsError, next.Text);
    }

    [Theory]
    [InlineData("51", "Invalid 'wait_seconds': integer above maximum value. Expected a value <= 50, but got 51 instead.")]
    [InlineData("-1", "Invalid 'wait_seconds': integer below minimum value. Expected a value >= 0, but got -1 instead.")]
    [InlineData("\"5\"", "Invalid type for 'wait_seconds': expected an integer, but got a string instead.")]
    public async Task WaitThatIsNone_IsRefused(string wait, string text)
    {
        var refused = await _app.App.CallAsync("run-get", $$"""{"thread_id":"{{_thread}}","run_id":"run_1","wait_seconds":{{wait}}}""");

        Assert.True(refused.IsError);
        Assert.Equal(text, refused.Text);
    }

    [Fact]
    public async Task WaitForWhatIsNotThere_IsAnErrorAtOnce()
    {
        Assert.True((await GetAsync("run_nothing", wait: 50)).IsError);
        var refused = await _app.App.CallAsync("run-create", $$"""{"thread_id":"{{_thread}}","assistant_id":"asst_nothing","wait_seconds":50}""");
        Assert.Contains("No assistant found with id 'asst_nothing'.", refused.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/event-stream", "event: thread.run.created\ndata: {\"id\":\"run_1\",\"thread_id\":\"thread_1\",\"status\":\"queued\"}\n\n")]
    [InlineData("application/json", """{"id":"run_1","thread_id":"thread_1","status":"queued"}""")]
    public async Task StreamThatBreaksOff_DoesNotLoseTheRun(string type, string body)
    {
        using var server = WireMockServer.Start();
        await using var app = await StartBeforeAsync(server, type, body, "failed");

        var answer = await app.CallAsync("run-create", """{"thread_id":"thread_1","assistant_id":"asst_1","wait_seconds":1}""");

        Assert.False(answer.IsError, answer.Text);
        Assert.Equal("run_1", answer.Id);
        Assert.Equal("failed", answer.Result.GetProperty("structuredContent").GetProperty("status").GetString());
    }

    [Fact]
    public async Task StreamThatBreaksOff_IsNotTakenForTheEndOfTheWait()
    {
        using var server = WireMockServer.Start();
        await using var app = await StartBeforeAsync(
            server, "text/event-stream", "event: thread.run.created\ndata: {\"id\":\"run_1\",\"thread_id\":\"thread_1\",\"status\":\"queued\"}\n\n", "in_progress");

        var answer = await app.CallAsync("run-create", """{"thread_id":"thread_1","assistant_id":"asst_1","wait_seconds":50}""");

        Assert.Equal("The run is still in_progress. Call run-get with wait_seconds to wait on.", NoteOf(answer));
    }

    /// <summary>In front of a server that answers a new run in one way, and shows it with a status.</summary>
    private static Task<TestApp> StartBeforeAsync(WireMockServer server, string type, string body, string status)
    {
        server.Given(Request.Create().UsingPost()).RespondWith(Response.Create().WithHeader("Content-Type", type).WithBody(body));
        server.Given(Request.Create().UsingGet()).RespondWith(Response.Create().WithHeader("Content-Type", "application/json")
            .WithBody($$"""{"id":"run_1","thread_id":"thread_1","status":"{{status}}"}"""));
        return TestApp.StartAsync(new Uri($"{server.Url}/v1"));
    }

    private Task<ToolAnswer> CreateAsync(int wait) =>
        _app.App.CallAsync("run-create", $$"""{"thread_id":"{{_thread}}","assistant_id":"{{_assistant}}","wait_seconds":{{wait}}}""");

    private Task<ToolAnswer> GetAsync(string run, int wait) =>
        _app.App.CallAsync("run-get", $$"""{"thread_id":"{{_thread}}","run_id":"{{run}}","wait_seconds":{{wait}}}""");

    private Task<JsonElement> SettledAsync(string run) => _api.SettledAsync($"/v1/threads/{_thread}/runs/{run}");

    private static IEnumerable<string?> TextsOf(ToolAnswer answer) =>
        answer.Result.GetProperty("structuredContent").GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("text").GetString());

    private static string NoteOf(ToolAnswer answer) => answer.Result.GetProperty("content")[1].GetProperty("text").GetString()!;
}
