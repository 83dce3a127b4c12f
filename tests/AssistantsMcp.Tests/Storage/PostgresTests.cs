using System.Net;
using AssistantsMcp.Engine;
using AssistantsMcp.Engine.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AssistantsMcp.Tests.Storage;

/// <summary>What several servers on one PostgreSQL database owe their callers.</summary>
public sealed class PostgresTests
{
    private const string Run = """{"assistant_id":"@","instructions":"Wait."}""";

    [PostgresFact]
    public async Task ServersThatStartTogether_MakeTheSchemaOnce()
    {
        await using var database = TestDatabase.CreatePostgres();

        var apps = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartAsync(database)));

        await new RestClient(apps[0].Http, "sk-a").NewAssistantAsync();
        Assert.Single((await new RestClient(apps[3].Http, "sk-a").GetAsync("/v1/assistants")).GetProperty("data").EnumerateArray());
        await StopAsync(apps);
    }

    [PostgresFact]
    public async Task RunsCreatedOnOneThreadAtSeveralServers_AreOne()
    {
        await using var model = await Models.FakeResponsesServer.StartAsync();
        model.Always(reply => reply.HangAsync());
        await using var database = TestDatabase.CreatePostgres();
        var apps = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StartAsync(database, $"Model:BaseUrl={model.BaseUrl}")));
        var callers = apps.Select(app => new RestClient(app.Http, "sk-a")).ToList();
        var assistant = await callers[0].NewAssistantAsync();
        var thread = await callers[0].NewThreadAsync("Hello");

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(index => callers[index % 3].SendAsync(
            HttpMethod.Post, $"/v1/threads/{thread}/runs", Run.Replace("@", assistant, StringComparison.Ordinal))));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer =>
            Assert.Contains("already has an active run", answer.Body.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal));
        await StopAsync(apps);
    }

    [PostgresFact]
    public async Task ChangesOfOneObjectAtSeveralServers_AreAllKept()
    {
        await using var database = TestDatabase.CreatePostgres();
        var apps = await Task.WhenAll(StartAsync(database), StartAsync(database));
        var callers = apps.Select(app => new RestClient(app.Http, "sk-a")).ToList();
        var assistant = await callers[0].NewAssistantAsync();

        for (var round = 0; round < 20; round++)
        {
            await Task.WhenAll(
                callers[0].PostAsync($"/v1/assistants/{assistant}", $$"""{"name":"name {{round}}"}"""),
                callers[1].PostAsync($"/v1/assistants/{assistant}", $$"""{"description":"description {{round}}"}"""));

            var kept = await callers[round % 2].GetAsync($"/v1/assistants/{assistant}");
            Assert.Equal($"name {round}", kept.GetProperty("name").GetString());
            Assert.Equal($"description {round}", kept.GetProperty("description").GetString());
        }

        await StopAsync(apps);
    }

    [PostgresFact]
    public async Task MessagesOfOneThreadAtSeveralServers_AreListedInTheOrderInWhichTheyBecameVisible()
    {
        await using var database = TestDatabase.CreatePostgres();
        var apps = await Task.WhenAll(StartAsync(database), StartAsync(database));
        var callers = apps.Select(app => new RestClient(app.Http, "sk-a")).ToList();
        var thread = await callers[0].NewThreadAsync();

        // A reader that always asks for what is behind the last message it has seen must see every message.
        var writing = Task.WhenAll(Enumerable.Range(0, 100).Select(index => callers[index % 2].PostAsync(
            $"/v1/threads/{thread}/messages", $$"""{"role":"user","content":"{{index}}"}""")));
        var seen = new List<string>();
        while (seen.Count < 100)
        {
            var isOver = writing.IsCompleted;
            var after = seen.Count == 0 ? "" : $"&after={seen[^1]}";
            var page = await callers[0].GetAsync($"/v1/threads/{thread}/messages?order=asc&limit=100{after}");
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(message => message.GetProperty("id").GetString()!));
            Assert.False(isOver && seen.Count < 100, $"{seen.Count} of 100 messages were seen.");
        }

        await writing;
        Assert.Equal(100, seen.Distinct().Count());
        await StopAsync(apps);
    }

    [PostgresFact]
    public async Task ConnectionsThatTheDatabaseEnds_AreReplaced()
    {
        await using var database = TestDatabase.CreatePostgres();
        await using var app = await StartAsync(database);
        var caller = new RestClient(app.Http, "sk-a");
        var assistant = await caller.NewAssistantAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => caller.GetAsync($"/v1/assistants/{assistant}")));

        await EndConnectionsAsync(database);
        await caller.PostAsync($"/v1/assistants/{assistant}", """{"name":"still here"}""");
        await caller.NewAssistantAsync();

        var thread = await caller.NewThreadAsync();
        await EndConnectionsAsync(database);
        await caller.PostAsync($"/v1/threads/{thread}/messages", """{"role":"user","content":"Hello"}""");
        Assert.Equal(["Hello"], await caller.TextsAsync(thread));

        await EndConnectionsAsync(database);
        Assert.Equal("still here", (await caller.GetAsync($"/v1/assistants/{assistant}")).GetProperty("name").GetString());
    }

    [PostgresFact]
    public async Task DatabaseThatDoesNotExist_StopsTheStartWithoutQuotingThePassword()
    {
        await using var database = TestDatabase.CreatePostgres();
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Database = "nowhere", Password = "swordfish" };

        var exception = await Assert.ThrowsAsync<StartupException>(() =>
            TestApp.StartAsync([.. database.Settings, $"Storage:ConnectionString={settings.ConnectionString}"]));

        Assert.StartsWith("Storage:ConnectionString: the PostgreSQL database cannot be opened (", exception.Message, StringComparison.Ordinal);
        Assert.Contains("nowhere", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("swordfish", exception.ToString(), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task ServerThatStartsWhileAnotherChangesTheSchema_WaitsForIt()
    {
        await using var database = TestDatabase.CreatePostgres();
        await using var connection = await database.OpenAsync();
        await using var changing = await connection.BeginTransactionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT PG_ADVISORY_XACT_LOCK(4716840350803947875)";
        await command.ExecuteNonQueryAsync();
        var log = new Models.LogLines();

        var starting = TestApp.StartAsync(
            [.. database.Settings, $"Storage:ConnectionString={database.ConnectionString};Options=-c lock_timeout=100ms"],
            builder => builder.Logging.AddProvider(log));
        while (!starting.IsCompleted && !log.All.Any(line => line.StartsWith("Waiting for the PostgreSQL database: 55P03", StringComparison.Ordinal)))
        {
            await Task.Delay(10);
        }

        await changing.CommitAsync();
        await (await starting).DisposeAsync();
    }

    [PostgresFact]
    public async Task SchemaOfANewerProgram_StopsTheStart()
    {
        await using var database = TestDatabase.CreatePostgres();
        await (await StartAsync(database)).DisposeAsync();
        await using (var connection = await database.OpenAsync())
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO schema_version (version) VALUES (9999)";
            await command.ExecuteNonQueryAsync();
        }

        var exception = await Assert.ThrowsAsync<StartupException>(() => StartAsync(database));

        Assert.StartsWith("Storage:ConnectionString: the database has schema version 9999", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres://user:p%40ss@db.example:5433/name?sslmode=require", "db.example", 5433, "name", "user", "p@ss", SslMode.Require)]
    [InlineData("postgresql://user@db.example/name?sslmode=verify-full", "db.example", 5432, "name", "user", null, SslMode.VerifyFull)]
    [InlineData("Host=db.example;Port=5433;Database=name;Username=user;Password=p@ss;SSL Mode=Disable", "db.example", 5433, "name", "user", "p@ss", SslMode.Disable)]
    public void ConnectionString_NamesADatabaseInEitherForm(
        string connectionString, string host, int port, string database, string user, string? password, SslMode sslMode)
    {
        var parsed = PostgresConnection.Parse(connectionString);

        Assert.True(PostgresConnection.Names(connectionString));
        Assert.Equal((host, port, database, user, password, sslMode), (parsed.Host, parsed.Port, parsed.Database, parsed.Username, parsed.Password, parsed.SslMode));
        Assert.Equal(20, parsed.MaxPoolSize);
    }

    [Fact]
    public void ConnectionStringsOwnPoolSize_Stays() => Assert.Equal(7, PostgresConnection.Parse("Host=db;Maximum Pool Size=7").MaxPoolSize);

    private static Task<TestApp> StartAsync(TestDatabase database, params string[] settings) =>
        TestApp.StartAsync(["Access:Mode=open", .. database.Settings, .. settings]);

    private static async Task StopAsync(IEnumerable<TestApp> apps)
    {
        foreach (var app in apps)
        {
            await app.DisposeAsync();
        }
    }

    private static async Task EndConnectionsAsync(TestDatabase database)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT PG_TERMINATE_BACKEND(pid) FROM pg_stat_activity
            WHERE application_name = '{new NpgsqlConnectionStringBuilder(database.ConnectionString).ApplicationName}' AND pid <> PG_BACKEND_PID()
            """;
        await command.ExecuteNonQueryAsync();
    }
}
