using System.Text;
using AssistantsMcp.Tests.Models;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Execution;

/// <summary>What becomes of runs whose process is killed, or told to stop.</summary>
public sealed class RecoveryTests : IAsyncLifetime
{
    private readonly TestDatabase _database = TestDatabase.Create();
    private FakeResponsesServer _model = null!;

    public async Task InitializeAsync() => _model = await FakeResponsesServer.StartAsync();

    public async Task DisposeAsync()
    {
        await _model.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task ProcessKilledDuringARun_NextOneFinishesIt()
    {
        _model
            .Next(async reply =>
            {
                await reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta("Half"));
                await reply.HangAsync();
            })
            .NextEvents(Created, Added(EmptyMessage()), TextDelta("Whole."), Done(Message("Whole.")), Completed());
        string thread;
        string path;
        await using (var first = await StartAsync())
        {
            var api = new RestClient(first.Http, "sk-test");
            thread = await api.NewThreadAsync("Hello");
            path = await api.NewRunAsync(thread, await api.NewAssistantAsync());
            await _model.ArrivalAsync();
            await first.KillAsync();
        }

        await using var second = await StartAsync();
        var later = new RestClient(second.Http, "sk-test");
        var run = await later.SettledAsync(path);

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(["Hello", "Whole."], await later.TextsAsync(thread));
        Assert.Equal(1, (await later.GetAsync($"{path}/steps")).GetProperty("data").GetArrayLength());
        Assert.Equal(2, _model.Calls.Count);
    }

    [Fact]
    public async Task ProcessKilledTwice_FailsTheRunAndFreesTheThread()
    {
        _model.Always(reply => reply.HangAsync());
        var (thread, path) = ("", "");
        for (var round = 0; round < 2; round++)
        {
            await using var process = await StartAsync();
            if (round == 0)
            {
                var api = new RestClient(process.Http, "sk-test");
                thread = await api.NewThreadAsync("Hello");
                path = await api.NewRunAsync(thread, await api.NewAssistantAsync());
            }

            await _model.ArrivalAsync();
            await process.KillAsync();
        }

        await using var last = await StartAsync();
        var later = new RestClient(last.Http, "sk-test");
        var run = await later.SettledAsync(path);

        Assert.Equal("failed", run.GetProperty("status").GetString());
        Assert.Equal("server_error", run.GetProperty("last_error").GetProperty("code").GetString());
        await later.PostAsync($"/v1/threads/{thread}/messages", """{"role":"user","content":"Free again."}""");
        Assert.Equal(2, _model.Calls.Count);
    }

    [Fact]
    public async Task LeaseOfAClockThatWentBack_CountsAsLapsed()
    {
        _model.Next(reply => reply.HangAsync()).NextEvents(Created, Done(Message("Whole.")), Completed());
        string path;
        await using (var first = await StartAsync())
        {
            var api = new RestClient(first.Http, "sk-test");
            path = await api.NewRunAsync(await api.NewThreadAsync("Hello"), await api.NewAssistantAsync());
            await _model.ArrivalAsync();
            await first.KillAsync();
        }

        await ExecuteAsync("UPDATE active_runs SET lease_until = lease_until + 3600000");
        await using var second = await StartAsync();
        var run = await new RestClient(second.Http, "sk-test").SettledAsync(path);

        Assert.Equal("completed", run.GetProperty("status").GetString());
    }

    [Fact]
    public async Task ProcessToldToStop_HandsItsRunBackAtOnce()
    {
        const string longLease = "Limits:RunLease=00:05:00";
        _model.Next(reply => reply.HangAsync()).NextEvents(Created, Done(Message("Whole.")), Completed());
        string path;
        await using (var first = await StartAsync(longLease))
        {
            var api = new RestClient(first.Http, "sk-test");
            path = await api.NewRunAsync(await api.NewThreadAsync("Hello"), await api.NewAssistantAsync());
            await _model.ArrivalAsync();

            Assert.Equal(0, await first.StopAsync());
        }

        await using var second = await StartAsync(longLease);
        var run = await new RestClient(second.Http, "sk-test").SettledAsync(path);

        Assert.Equal("completed", run.GetProperty("status").GetString());
    }

    [Fact]
    public async Task ProcessToldToStop_TellsTheReadersOfItsStreams()
    {
        _model
            .Next(async reply =>
            {
                await reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta("Half"));
                await reply.HangAsync();
            })
            .NextEvents(Created, Done(Message("Whole.")), Completed());
        string path;
        await using (var first = await StartAsync("Limits:ShutdownGrace=00:00:04"))
        {
            var api = new RestClient(first.Http, "sk-test");
            var (thread, assistant) = (await api.NewThreadAsync("Hello"), await api.NewAssistantAsync());
            await using var stream = await api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
            path = $"/v1/threads/{thread}/runs/{(await stream.NextAsync())!.Json.GetProperty("id").GetString()}";
            await stream.NextAsync("thread.message.delta");

            var stopped = first.StopAsync();
            var rest = await stream.RestAsync();

            Assert.Equal(["error", "done"], rest.Select(happened => happened.Name));
            Assert.Contains("stops", rest[0].Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
            Assert.Equal(0, await stopped);
        }

        await using var second = await StartAsync();
        var run = await new RestClient(second.Http, "sk-test").SettledAsync(path);

        Assert.Equal("completed", run.GetProperty("status").GetString());
    }

    [Fact]
    public async Task RunWhoseStateCannotBeRead_FailsAndDoesNotKeepTheOthersFromTheirTurn()
    {
        _model.Next(reply => reply.HangAsync()).NextEvents(Created, Done(Message("Whole.")), Completed());
        var (assistant, thread, path) = ("", "", "");
        await using (var first = await StartAsync())
        {
            var api = new RestClient(first.Http, "sk-test");
            (assistant, thread) = (await api.NewAssistantAsync(), await api.NewThreadAsync("Hello"));
            path = await api.NewRunAsync(thread, assistant);
            await _model.ArrivalAsync();
            await first.KillAsync();
        }

        await ExecuteAsync($"UPDATE active_runs SET state = {_database.Bytes("\0")}, lease_until = 0");
        await using var second = await StartAsync();
        var later = new RestClient(second.Http, "sk-test");
        var damaged = await later.SettledAsync(path);
        var next = await later.SettledAsync(await later.NewRunAsync(thread, assistant));

        Assert.Equal("failed", damaged.GetProperty("status").GetString());
        Assert.Equal("server_error", damaged.GetProperty("last_error").GetProperty("code").GetString());
        Assert.Equal("completed", next.GetProperty("status").GetString());
    }

    [Fact]
    public async Task RunOfAnEarlierVersion_IsFinished()
    {
        _model.Next(reply => reply.HangAsync()).NextEvents(Created, Done(Message("Whole.")), Completed());
        var path = "";
        await using (var first = await StartAsync())
        {
            var api = new RestClient(first.Http, "sk-test");
            path = await api.NewRunAsync(await api.NewThreadAsync("Hello"), await api.NewAssistantAsync());
            await _model.ArrivalAsync();
            await first.KillAsync();
        }

        // As the version before hosted tools wrote it.
        const string State =
            """{"additional_instructions":"Briefly.","turns":0,"usage":{"prompt":0,"completion":0,"cached_prompt":0,"reasoning":0},"items":[],"open_step_id":null,"open_step_usage":{"prompt":0,"completion":0,"cached_prompt":0,"reasoning":0},"messages_without_step":[]}""";
        await ExecuteAsync($"UPDATE active_runs SET state = {_database.Bytes(State)}, lease_until = 0");
        await using var second = await StartAsync();
        var run = await new RestClient(second.Http, "sk-test").SettledAsync(path);

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal("Briefly.", _model.Calls[^1].Json.GetProperty("instructions").GetString());
        Assert.NotNull(Engine.Api.EngineJson.ReadState(Encoding.UTF8.GetBytes(State)).AssistantResources);
    }

    [Theory]
    [InlineData("UPDATE objects SET body = {0} WHERE kind = 4")]
    [InlineData("DELETE FROM objects WHERE kind = 4")]
    public async Task RunThatCannotBeRead_FreesItsThread(string damage)
    {
        _model.Next(reply => reply.HangAsync()).NextEvents(Created, Done(Message("Whole.")), Completed());
        var (assistant, thread) = ("", "");
        await using (var first = await StartAsync())
        {
            var api = new RestClient(first.Http, "sk-test");
            (assistant, thread) = (await api.NewAssistantAsync(), await api.NewThreadAsync("Hello"));
            await api.NewRunAsync(thread, assistant);
            await _model.ArrivalAsync();
            await first.KillAsync();
        }

        await ExecuteAsync(damage.Replace("{0}", _database.Bytes("\0"), StringComparison.Ordinal));
        await ExecuteAsync("UPDATE active_runs SET lease_until = 0");
        await using var second = await StartAsync();
        var later = new RestClient(second.Http, "sk-test");
        await later.UntilAsync($"/v1/assistants/{assistant}", _ => CountActiveRunsAsync().Result == 0);
        var next = await later.SettledAsync(await later.NewRunAsync(thread, assistant));

        Assert.Equal("completed", next.GetProperty("status").GetString());
    }

    [Fact]
    public async Task TwoProcessesOnOneFile_CancelEachOthersRuns()
    {
        var gone = new TaskCompletionSource();
        _model.Next(async reply =>
        {
            reply.Gone.Register(gone.SetResult);
            await reply.HangAsync();
        });
        await using var worker = await StartAsync();
        var api = new RestClient(worker.Http, "sk-test");
        var path = await api.NewRunAsync(await api.NewThreadAsync("Hello"), await api.NewAssistantAsync());
        await _model.ArrivalAsync();
        await using var other = await StartAsync();

        await new RestClient(other.Http, "sk-test").PostAsync($"{path}/cancel");
        var run = await api.SettledAsync(path);

        Assert.Equal("cancelled", run.GetProperty("status").GetString());
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task KeyOfARun_IsSealedAndErasedWithItsEnd()
    {
        const string key = "sk-canary-4f9a1c7be2d8";
        _model.Always(reply => reply.HangAsync());
        await using var process = await StartAsync();
        var api = new RestClient(process.Http, key);
        var path = await api.NewRunAsync(await api.NewThreadAsync("Hello"), await api.NewAssistantAsync());
        await _model.ArrivalAsync();

        var (filesMeanwhile, activeMeanwhile) = (await ContentsAsync(), await CountActiveRunsAsync());
        await api.PostAsync($"{path}/cancel");
        await api.SettledAsync(path);

        Assert.Equal($"Bearer {key}", _model.Calls[0].Headers["Authorization"]);
        Assert.Equal(1, activeMeanwhile);
        Assert.DoesNotContain(key, filesMeanwhile, StringComparison.Ordinal);
        Assert.Equal(0, await CountActiveRunsAsync());
        Assert.DoesNotContain(key, await ContentsAsync(), StringComparison.Ordinal);
    }

    private Task<ServerProcess> StartAsync(string lease = "Limits:RunLease=00:00:03") =>
        ServerProcess.StartAsync(_database, $"Model:BaseUrl={_model.BaseUrl}", "Access:Mode=open", lease);

    private async Task<string> ContentsAsync() => string.Concat(await _database.DumpAsync());

    private async Task<long> CountActiveRunsAsync() => (long)(await ExecuteAsync("SELECT COUNT(*) FROM active_runs"))!;

    private async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = await _database.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }
}
