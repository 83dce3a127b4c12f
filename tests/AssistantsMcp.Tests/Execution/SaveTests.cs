using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Tests.Models;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Execution;

/// <summary>What becomes of runs while the database is away: the model is asked again only when there is no other way.</summary>
public sealed class SaveTests : IAsyncLifetime
{
    private readonly SemaphoreSlim _permits = new(0);
    private FakeResponsesServer _model = null!;

    public async Task InitializeAsync() => _model = await FakeResponsesServer.StartAsync();

    public async Task DisposeAsync()
    {
        await _model.DisposeAsync();
        _permits.Dispose();
    }

    [Theory]
    [InlineData(2, WriteFault.NotBegun)]
    [InlineData(2, WriteFault.Undone)]
    [InlineData(1, WriteFault.Unheard)]
    public async Task TurnWhoseEndCouldNotBeSaved_IsSavedLaterAndToldOnce(int failures, WriteFault where)
    {
        await using var app = await StartAsync();
        var (api, database) = (new RestClient(app.Http, "sk-test"), DatabaseOf(app));
        _model.Next(async reply =>
        {
            database.FailNext(failures, where, IsOfAThread);
            await reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta("Whole."), Done(Message("Whole.")), Completed());
        });
        var (thread, assistant) = (await api.NewThreadAsync("Hello"), await api.NewAssistantAsync());

        await using var stream = await api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
        var events = await stream.RestAsync();

        Assert.Equal(
            ["thread.message.completed", "thread.run.step.completed", "thread.run.completed", "done"],
            events.Select(happened => happened.Name).SkipWhile(name => name != "thread.message.completed"));
        Assert.Equal(["Hello", "Whole."], await api.TextsAsync(thread));
        Assert.Equal(0, database.FailuresLeft);
        Assert.Single(_model.Calls);
    }

    [Theory]
    [InlineData(2, WriteFault.NotBegun)]
    [InlineData(2, WriteFault.Undone)]
    [InlineData(1, WriteFault.Unheard)]
    public async Task FunctionCallsThatCouldNotBeSaved_AreSavedLaterAndToldOnce(int failures, WriteFault where)
    {
        await using var app = await StartAsync();
        var (api, database) = (new RestClient(app.Http, "sk-test"), DatabaseOf(app));
        _model
            .Next(async reply =>
            {
                database.FailNext(failures, where, IsOfAThread);
                await reply.EventsAsync(Created, Done(Call("tide", "{}")), Completed());
            })
            .NextEvents(Created, Done(Message("3.2 m.")), Completed());
        var assistant = await api.NewAssistantAsync("\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"tide\"}}]");
        var thread = await api.NewThreadAsync("Hello");

        await using var stream = await api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
        var events = await stream.RestAsync();
        var path = $"/v1/threads/{thread}/runs/{events[0].Json.GetProperty("id").GetString()}";
        await api.PostAsync($"{path}/submit_tool_outputs", """{"tool_outputs":[{"tool_call_id":"call_a","output":"3.2"}]}""");
        var run = await api.SettledAsync(path);

        Assert.Equal(["thread.run.requires_action", "done"], events.Select(happened => happened.Name).TakeLast(2));
        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(["Hello", "3.2 m."], await api.TextsAsync(thread));
        Assert.Equal(2, _model.Calls.Count);
    }

    [Fact]
    public async Task DatabaseThatIsAwayForLessThanTheLease_LosesNoRun()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var app = await StartAsync(time);
        var (api, database) = (new RestClient(app.Http, "sk-test"), DatabaseOf(app));
        var path = await StartHangingRunAsync(api);

        database.FailNext(3);
        await UntilAsync(() => database.FailuresLeft == 0, () => time.Advance(TimeSpan.FromSeconds(1)));
        _permits.Release();
        var run = await api.SettledAsync(path);

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Single(_model.Calls);
    }

    [Fact]
    public async Task DatabaseThatIsAwayForLongerThanTheLease_HasTheRunTakenAgain()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var app = await StartAsync(time);
        var (api, database) = (new RestClient(app.Http, "sk-test"), DatabaseOf(app));
        var path = await StartHangingRunAsync(api);

        database.FailNext(int.MaxValue);
        _permits.Release(2);
        await UntilAsync(
            () => app.Log.Lines.Any(line => line.Contains("it is taken over when its lease lapses", StringComparison.Ordinal)),
            () => time.Advance(TimeSpan.FromSeconds(1)));
        database.FailNext(0);
        await UntilAsync(() => _model.Calls.Count == 2, () => time.Advance(TimeSpan.FromSeconds(1)));
        var run = await api.SettledAsync(path);

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(["Hello", "Whole."], await api.TextsAsync(path.Split('/')[3]));
    }

    private Task<TestApp> StartAsync(TimeProvider? time = null) => TestApp.StartAsync(
        [$"Model:BaseUrl={_model.BaseUrl}", "Model:Timeout=00:59:00", "Access:Mode=open"],
        builder =>
        {
            FailingDatabase.AddTo(builder);
            builder.Services.AddSingleton(time ?? TimeProvider.System);
        });

    private static FailingDatabase DatabaseOf(TestApp app) => (FailingDatabase)app.App.Services.GetRequiredService<IDatabase>();

    private async Task<string> StartHangingRunAsync(RestClient api)
    {
        _model.Always(async reply =>
        {
            await _permits.WaitAsync(reply.Gone);
            await reply.EventsAsync(Created, Done(Message("Whole.")), Completed());
        });
        var path = await api.NewRunAsync(await api.NewThreadAsync("Hello"), await api.NewAssistantAsync());
        await _model.ArrivalAsync();
        return path;
    }

    /// <summary>Not the renewals of leases, which are about all runs of the process.</summary>
    private static bool IsOfAThread(WriteScope scope) => scope.Ids.Count > 0;

    private static async Task UntilAsync(Func<bool> isSo, Action step)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!isSo())
        {
            step();
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }
}
