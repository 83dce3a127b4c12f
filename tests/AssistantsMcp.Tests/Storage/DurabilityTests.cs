using System.Text;
using AssistantsMcp.Engine;
using Microsoft.Data.Sqlite;

namespace AssistantsMcp.Tests.Storage;

/// <summary>The file outlives the process, and several processes may share it.</summary>
[Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
public sealed class DurabilityTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("assistants-mcp-");

    private string DatabaseFile => Path.Combine(_folder.FullName, "shared.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Objects_SurviveARestart()
    {
        string before;
        string[] paths;
        await using (var app = await StartAsync())
        {
            var caller = new WireCaller(app, "sk-alice");
            var threadId = await caller.CreateThreadAsync("""{"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}""");
            var assistantId = await caller.CreateAssistantAsync();
            paths = ["/assistants", $"/assistants/{assistantId}", $"/threads/{threadId}", $"/threads/{threadId}/messages"];
            before = await ReadAsync(caller, paths);
        }

        await using var restarted = await StartAsync();
        var after = await ReadAsync(new WireCaller(restarted, "sk-alice"), paths);

        Assert.Equal(before, after);
    }

    [Fact]
    public async Task TwoServersOnOneFile_SeeEachOthersWritesAtOnce()
    {
        await using var one = await StartAsync();
        await using var two = await StartAsync();
        var (here, there) = (new WireCaller(one, "sk-alice"), new WireCaller(two, "sk-alice"));

        var threadId = await here.CreateThreadAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).SelectMany(_ => new[] { here.CreateMessageAsync(threadId), there.CreateMessageAsync(threadId) }));
        var (fromHere, fromThere) = (await here.GetAsync($"/threads/{threadId}/messages?limit=100"), await there.GetAsync($"/threads/{threadId}/messages?limit=100"));
        (await there.DeleteAsync($"/threads/{threadId}")).Ok();

        Assert.Equal(40, fromHere.Ok().Ids.Distinct().Count());
        Assert.Equal(fromHere.Text, fromThere.Ok().Text);
        (await here.GetAsync($"/threads/{threadId}")).AssertError(404, $"No thread found with id '{threadId}'.");
    }

    [Fact]
    public async Task TwoProcessesOnOneFile_ShareObjectsAndSurviveEachOther()
    {
        await using var one = await ServerProcess.StartAsync(DatabaseFile, "Access:Mode=open");
        await using var two = await ServerProcess.StartAsync(DatabaseFile, "Access:Mode=open");
        var (here, there) = (new RestClient(one.Http, "sk-alice"), new RestClient(two.Http, "sk-alice"));

        var threadId = await here.NewThreadAsync("one");
        await there.PostAsync($"/v1/threads/{threadId}/messages", """{"role":"user","content":"two"}""");
        await one.KillAsync();
        await there.PostAsync($"/v1/threads/{threadId}/messages", """{"role":"user","content":"three"}""");
        await using var again = await ServerProcess.StartAsync(DatabaseFile, "Access:Mode=open");
        var list = await new RestClient(again.Http, "sk-alice").GetAsync($"/v1/threads/{threadId}/messages?order=asc");

        Assert.Equal(
            ["one", "two", "three"],
            list.GetProperty("data").EnumerateArray().Select(message => message.GetProperty("content")[0].GetProperty("text").GetProperty("value").GetString()));
    }

    [Fact]
    public async Task FileThatAnotherProcessHolds_IsToldAsBusyAndReadsGoOn()
    {
        await using var app = await StartAsync();
        var caller = new WireCaller(app, "sk-alice");
        var threadId = await caller.CreateThreadAsync();
        await using var other = new SqliteConnection($"Data Source={DatabaseFile};Pooling=false");
        await other.OpenAsync();
        await using var hold = other.CreateCommand();
        hold.CommandText = "BEGIN IMMEDIATE";
        await hold.ExecuteNonQueryAsync();

        var write = await caller.PostAsync("/threads", "{}");
        var read = await caller.GetAsync($"/threads/{threadId}");
        hold.CommandText = "ROLLBACK";
        await hold.ExecuteNonQueryAsync();

        write.AssertError(503, "The database is busy, so nothing was stored. Please try again.", type: "server_error");
        read.Ok();
        await caller.CreateThreadAsync();
    }

    [Fact]
    public async Task DatabaseThatBreaksWhileItRuns_IsToldAsUnavailable()
    {
        const string Message = "The database failed, so nothing was stored. Please try again.";
        await using var app = await StartAsync();
        var caller = new WireCaller(app, "sk-alice");
        Execute("ALTER TABLE objects RENAME TO elsewhere");

        var written = await caller.PostAsync("/threads");
        var read = await caller.GetAsync("/assistants");
        Execute("ALTER TABLE elsewhere RENAME TO objects");

        written.AssertError(503, Message, type: "server_error");
        read.AssertError(503, Message, type: "server_error");
        Assert.Equal("1", Assert.Single(written.Headers.GetValues("Retry-After")));
        (await caller.PostAsync("/threads")).Ok();
        (await caller.GetAsync("/assistants")).Ok();
    }

    [Fact]
    public async Task ServersThatStartTogetherOnANewFile_AllStart()
    {
        var apps = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(StartAsync)));

        var id = await new WireCaller(apps[0], "sk-alice").CreateAssistantAsync();
        foreach (var app in apps)
        {
            (await new WireCaller(app, "sk-alice").GetAsync($"/assistants/{id}")).Ok();
            await app.DisposeAsync();
        }
    }

    [Fact]
    public async Task Files_HoldNoKey()
    {
        await using var app = await StartAsync();
        var caller = new WireCaller(app, "sk-canary-canary");
        var assistantId = await caller.CreateAssistantAsync("""{"model":"m","instructions":"i"}""");
        var threadId = await caller.CreateThreadAsync("""{"messages":[{"role":"user","content":"plain-text"}]}""");

        (await caller.PostAsync($"/threads/{threadId}/runs", $$"""{"assistant_id":"{{assistantId}}"}""")).Ok();

        var everything = string.Concat(_folder.GetFiles().Select(file => Encoding.Latin1.GetString(ReadShared(file.FullName))));
        Assert.Contains("plain-text", everything, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FolderThatCannotBeMade_StopsTheStartWithTheRemedy()
    {
        var file = Path.Combine(_folder.FullName, "a-file");
        await File.WriteAllTextAsync(file, "");

        var exception = await Assert.ThrowsAsync<StartupException>(() => StartAsync(Path.Combine(file, "sub", "test.db")));
        var withSecret = await Assert.ThrowsAsync<StartupException>(() => StartAsync(Path.Combine(file, "sub", "test.db"), $"Secrets:Key={Convert.ToBase64String(new byte[32])}"));

        Assert.Contains("Give this user access to the folder, or set Secrets:Key.", exception.Message, StringComparison.Ordinal);
        Assert.StartsWith($"Storage:ConnectionString: the database file {Path.Combine(file, "sub", "test.db")} cannot be opened (", withSecret.Message, StringComparison.Ordinal);
        Assert.EndsWith("Give this user access to its folder, or name another file.", withSecret.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileThatIsNoDatabase_StopsTheStartAndIsLeftAsItIs()
    {
        var text = string.Concat(Enumerable.Repeat("This is not a database. ", 500));
        await File.WriteAllTextAsync(DatabaseFile, text);

        var exception = await Assert.ThrowsAsync<StartupException>(() => StartAsync());

        Assert.StartsWith($"Storage:ConnectionString: the database file {DatabaseFile} cannot be opened (", exception.Message, StringComparison.Ordinal);
        Assert.Contains("not a database", exception.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(DatabaseFile));
    }

    [Fact]
    public async Task DatabaseOfANewerProgram_StopsTheStart()
    {
        await (await StartAsync()).DisposeAsync();
        Execute("INSERT INTO schema_version (version) VALUES (9999)");

        var exception = await Assert.ThrowsAsync<StartupException>(() => StartAsync());

        Assert.StartsWith("Storage:ConnectionString: the database has schema version 9999, this program knows up to ", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("Start the newer version again, or name another database.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteOfAnotherProgram_StopsNoReading()
    {
        await using var app = await StartAsync();
        var caller = new WireCaller(app, "sk-alice");
        await caller.CreateAssistantAsync();

        using (var connection = Open())
        {
            Execute(connection, "BEGIN IMMEDIATE");
            Assert.Single((await caller.GetAsync("/assistants")).Ok().Ids);
            Execute(connection, "ROLLBACK");
        }

        await caller.CreateAssistantAsync();
        Assert.Equal(2, (await caller.GetAsync("/assistants")).Ids.Length);
    }

    private Task<TestApp> StartAsync() => StartAsync(DatabaseFile);

    private static Task<TestApp> StartAsync(string file, params IEnumerable<string> settings) => TestApp.StartAsync(
        ["Access:Mode=open", "Model:BaseUrl=http://127.0.0.1:9", $"Storage:ConnectionString=Data Source={file}", .. settings]);

    private static async Task<string> ReadAsync(WireCaller caller, IEnumerable<string> paths)
    {
        var texts = new StringBuilder();
        foreach (var path in paths)
        {
            texts.AppendLine((await caller.GetAsync(path)).Ok().Text);
        }

        return texts.ToString();
    }

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={DatabaseFile};Pooling=False");
        connection.Open();
        return connection;
    }

    private void Execute(string sql)
    {
        using var connection = Open();
        Execute(connection, sql);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this test.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
