using System.Data.Common;
using System.Net;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Tests.Models;

namespace AssistantsMcp.Tests.Storage;

/// <summary>Messages that come at the same time, at one server and at several on one PostgreSQL database.</summary>
public sealed class PostgresMessageTests : IAsyncLifetime
{
    private const string Hello = """{"role":"user","content":"Hello"}""";

    private readonly TestDatabase? _database = TestDatabase.Postgres is null ? null : TestDatabase.CreatePostgres();
    private FakeResponsesServer _model = null!;
    private TestApp[] _apps = [];
    private RestClient[] _callers = [];

    public async Task InitializeAsync()
    {
        _model = await FakeResponsesServer.StartAsync();
        if (_database is not null)
        {
            _apps = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => TestApp.StartAsync(
                ["Access:Mode=open", "Limits:MessagesPerThread=10", $"Model:BaseUrl={_model.BaseUrl}", .. _database.Settings])));
            _callers = [.. _apps.Select(app => new RestClient(app.Http, "sk-a"))];
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var app in _apps)
        {
            await app.DisposeAsync();
        }

        await _model.DisposeAsync();
        await (_database?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [PostgresFact]
    public async Task MessagesAgainstARunOfAnotherServer_AreReadByItOrRefused()
    {
        _model.Always(reply => reply.HangAsync());
        var assistant = await _callers[0].NewAssistantAsync();

        for (var round = 0; round < Effort.Of(10, 300); round++)
        {
            var thread = await _callers[0].NewThreadAsync("Hello");

            var messages = Enumerable.Range(0, 8).Select(_ => _callers[0].SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Hello)).ToList();
            var run = await _callers[1].PostAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}"}""");
            var answers = await Task.WhenAll(messages);
            var read = (await _model.ArrivalAsync()).Json.GetProperty("input").GetArrayLength();

            Assert.Equal(1 + answers.Count(answer => answer.Status == HttpStatusCode.OK), read);
            Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Equal(
                $"Can't add messages to {thread} while a run {run.GetProperty("id").GetString()} is active.",
                answer.Body.GetProperty("error").GetProperty("message").GetString()));
            await _callers[1].PostAsync($"/v1/threads/{thread}/runs/{run.GetProperty("id").GetString()}/cancel");
        }
    }

    [PostgresFact]
    public async Task MessagesOfTwoServers_AreAsManyAsAThreadHolds()
    {
        var thread = await _callers[0].NewThreadAsync();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(number => _callers[number % 2].SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Hello)));

        Assert.Equal(10, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.Equal(10, (await _callers[0].TextsAsync(thread)).Length);
    }

    [PostgresFact]
    public async Task ThreadThatAnotherServerHolds_KeepsNobodyElseWaiting()
    {
        var (held, free) = (await _callers[0].NewThreadAsync(), await _callers[0].NewThreadAsync());
        await using var other = await _database!.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await ExecuteAsync(other, $"SELECT PG_ADVISORY_XACT_LOCK({WriteScope.Of(await TenantOfAsync(held), held).Keys()[0]})");

        var waiting = _callers[0].PostAsync($"/v1/threads/{held}/messages", Hello);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _callers[0].PostAsync($"/v1/threads/{free}/messages", Hello)));

        Assert.Empty(await _callers[0].TextsAsync(held));
        await transaction.CommitAsync();
        await waiting;
        Assert.Equal(["Hello"], await _callers[0].TextsAsync(held));
    }

    [PostgresFact]
    public async Task MessageWhoseConnectionIsLostInTheCommit_IsStoredOnce()
    {
        var thread = await _callers[0].NewThreadAsync();
        await using var connection = await _database!.OpenAsync();
        await ExecuteAsync(connection, """
            CREATE SEQUENCE commits;
            CREATE FUNCTION end_the_first() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEXTVAL('commits') = 1 THEN
                    PERFORM PG_TERMINATE_BACKEND(PG_BACKEND_PID());
                    PERFORM PG_SLEEP(60);
                END IF;
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER committing AFTER INSERT ON objects INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION end_the_first();
            """);

        await _callers[0].PostAsync($"/v1/threads/{thread}/messages", Hello);

        Assert.Equal(["Hello"], await _callers[0].TextsAsync(thread));
    }

    [PostgresFact]
    public async Task MessageThatTheDatabaseRefuses_LeavesTheOthersOfItsGroupAlone()
    {
        var threads = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _callers[0].NewThreadAsync()));
        await using var connection = await _database!.OpenAsync();
        await ExecuteAsync(connection, $"ALTER TABLE objects ADD CONSTRAINT refused CHECK (parent <> '{threads[7]}')");

        var answers = await Task.WhenAll(threads.Select(thread => _callers[0].SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Hello)));

        Assert.Equal(
            threads.Select(thread => thread == threads[7] ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK), answers.Select(answer => answer.Status));
    }

    private async Task<string> TenantOfAsync(string id)
    {
        await using var connection = await _database!.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT tenant FROM objects WHERE id = '{id}'";
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
