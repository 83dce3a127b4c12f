using System.Net;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Tests.Execution;
using AssistantsMcp.Tests.Models;
using AssistantsMcp.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Api;

/// <summary>Repeated requests when something goes wrong between request and answer, and on two servers at once.</summary>
public sealed class IdempotencyFaultTests : IAsyncLifetime
{
    private readonly TestDatabase _shared = TestDatabase.Create();
    private readonly HookedDatabase _database = new();
    private FakeResponsesServer _model = null!;
    private TestApp _app = null!;
    private RestClient _api = null!;

    public async Task InitializeAsync()
    {
        _model = await FakeResponsesServer.StartAsync();
        _app = await TestApp.StartAsync(Settings, _database.Register);
        _api = new RestClient(_app.Http, "sk-test");
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _model.DisposeAsync();
        await _shared.DisposeAsync();
    }

    private string[] Settings => [$"Model:BaseUrl={_model.BaseUrl}", "Access:Mode=open", .. _shared.Settings];

    [Fact]
    public async Task AnswerLostAfterTheCommit_IsGivenToTheRepeat()
    {
        _database.AfterCommit = () => throw new IOException("The process was killed here.");
        var lost = await _api.Once("k").SendAsync(HttpMethod.Post, "/v1/threads", "{}");

        var again = await _api.Once("k").SendAsync(HttpMethod.Post, "/v1/threads", "{}");

        Assert.Equal(HttpStatusCode.InternalServerError, lost.Status);
        Assert.Equal((HttpStatusCode.OK, true), (again.Status, again.IsReplayed));
        var only = Assert.Single((await _api.GetAsync("/v1/threads")).GetProperty("data").EnumerateArray());
        Assert.Equal(only.GetProperty("id").GetString(), again.Body.GetProperty("id").GetString());
    }

    [Fact]
    public async Task FailureThatStoredNothing_LeavesTheKeyFree()
    {
        _database.BeforeWrite = () => throw ApiException.Unavailable("The database is busy, so nothing was stored. Please try again.");
        var (status, _) = await _api.Once("k").RefusedAsync(HttpMethod.Post, "/v1/threads", "{}");

        var again = await _api.Once("k").SendAsync(HttpMethod.Post, "/v1/threads", "{}");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal((HttpStatusCode.OK, false), (again.Status, again.IsReplayed));
    }

    [Fact]
    public async Task ServerThatComesSecond_UndoesItsOwnAndGivesTheFirstAnswer()
    {
        await using var other = await TestApp.StartAsync(Settings);
        var theirs = new RestClient(other.Http, "sk-test");
        RestAnswer? first = null;
        _database.BeforeWrite = async () => first = await theirs.Once("k").SendAsync(HttpMethod.Post, "/v1/threads", "{}");

        var second = await _api.Once("k").SendAsync(HttpMethod.Post, "/v1/threads", "{}");

        Assert.Equal((HttpStatusCode.OK, first!.Text, true), (second.Status, second.Text, second.IsReplayed));
        Assert.Single((await _api.GetAsync("/v1/threads")).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task AnswerOfAnotherServerThatIsOutdatedBeforeItIsRead_IsGivenAnew()
    {
        var time = new JumpingClock();
        var database = new HookedDatabase();
        await using var late = await TestApp.StartAsync(Settings, builder =>
        {
            database.Register(builder);
            builder.Services.AddSingleton<TimeProvider>(time);
        });
        await using var other = await TestApp.StartAsync(Settings, builder => builder.Services.AddSingleton<TimeProvider>(time));
        var theirs = new RestClient(other.Http, "sk-test");
        RestAnswer? first = null;
        database.BeforeWrite = async () =>
        {
            first = await theirs.Once("k").SendAsync(HttpMethod.Post, "/v1/threads", "{}");
            time.Jump(Idempotency.Lifetime);
        };

        var second = await new RestClient(late.Http, "sk-test").Once("k").SendAsync(HttpMethod.Post, "/v1/threads", "{}");

        Assert.Equal((HttpStatusCode.OK, false), (second.Status, second.IsReplayed));
        Assert.NotEqual(first!.Body.GetProperty("id").GetString(), second.Body.GetProperty("id").GetString());
        Assert.Equal(2, (await theirs.GetAsync("/v1/threads")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task RunMadeByAnotherServerAtTheSameMoment_IsTheAnswer()
    {
        _model.NextEvents(Created, Done(Message("Once.")), Completed());
        await using var other = await TestApp.StartAsync(Settings);
        var theirs = new RestClient(other.Http, "sk-test");
        var thread = await _api.NewThreadAsync("Hi");
        var body = $$"""{"assistant_id":"{{await _api.NewAssistantAsync()}}"}""";
        RestAnswer? first = null;
        _database.BeforeWrite = async () => first = await theirs.Once("k").SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/runs", body);

        var second = await _api.Once("k").SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/runs", body);
        var run = await _api.SettledAsync($"/v1/threads/{thread}/runs/{second.Body.GetProperty("id").GetString()}");

        // The second server saw a thread with an active run; that this was its own request's, the kept answer told it.
        Assert.Equal((HttpStatusCode.OK, first!.Text, true), (second.Status, second.Text, second.IsReplayed));
        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(["Hi", "Once."], await _api.TextsAsync(thread));
        Assert.Empty(_model.Unexpected);
    }
}
