using System.Text.Json.Nodes;
using AssistantsMcp.Measure.Load;

namespace AssistantsMcp.Measure.Targets;

/// <summary>A server whose database was filled by SQL: one large thread, one of a hundred messages, one new one.</summary>
internal sealed class FilledServer : IAsyncDisposable
{
    private const int MostPerThread = 1_000_000;

    private const string FillSqlite = """
        INSERT INTO objects (kind, tenant, id, parent, run_id, body)
        WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < @count)
        SELECT 3, @tenant, @prefix || printf('%020d', n), @thread, NULL, CAST(replace(@body, @id, @prefix || printf('%020d', n)) AS BLOB) FROM numbers
        """;

    private const string FillPostgres = """
        INSERT INTO objects (kind, tenant, id, parent, run_id, body)
        SELECT 3, @tenant, @prefix || lpad(n::text, 20, '0'), @thread, NULL, convert_to(replace(@body, @id, @prefix || lpad(n::text, 20, '0')), 'UTF8')
        FROM generate_series(1, @count) AS numbers(n)
        """;

    private readonly ServerProcess _server;
    private readonly int _count;

    private FilledServer(ServerProcess server, int count) => (_server, _count) = (server, count);

    public string LargeThread { get; private set; } = "";

    public string SmallThread { get; private set; } = "";

    public string NewThread { get; private set; } = "";

    /// <summary>Whether the large thread may take no more messages.</summary>
    public bool IsAtLimit => _count >= MostPerThread;

    public static async Task<FilledServer> StartAsync(Build build, string database, int count)
    {
        var process = await build.StartServerAsync(database, Build.NoModel, $"--Limits:MessagesPerThread={MostPerThread}");
        var filled = new FilledServer(process, count)
        {
            LargeThread = await Samples.CreateThreadAsync(process),
            SmallThread = await Samples.CreateThreadAsync(process),
            NewThread = await Samples.CreateThreadAsync(process),
        };
        await filled.FillAsync(database, filled.LargeThread, "msg_lrge", count);
        await filled.FillAsync(database, filled.SmallThread, "msg_smal", 100);
        return filled;
    }

    /// <summary>The newest twenty messages of a thread.</summary>
    public Task<Target> PageAsync(string thread) => Target.ExamineAsync(
        "page of 20", _server, [Requests.Get($"/v1/threads/{thread}/messages?limit=20")],
        body => ToolAnswer.Parse(body)?["data"]?.AsArray().Count == 20);

    /// <summary>The message in the middle of the large thread.</summary>
    public Task<Target> GetAsync() => Target.ExamineAsync(
        "get", _server, [Requests.Get($"/v1/threads/{LargeThread}/messages/msg_lrge{_count / 2:D20}")],
        body => ToolAnswer.Parse(body)?["id"]?.GetValue<string>() == $"msg_lrge{_count / 2:D20}");

    public Task<Target> CreateAsync(string thread) => Target.ExamineAsync(
        "create", _server, [Requests.Post($"/v1/threads/{thread}/messages", Samples.NewMessage)],
        body => ToolAnswer.Parse(body)?["thread_id"]?.GetValue<string>() == thread, isNew: true);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>Copies one message that the server made, under other ids.</summary>
    private async Task FillAsync(string database, string thread, string prefix, int count)
    {
        var body = await Samples.SendAsync(_server, Requests.Post($"/v1/threads/{thread}/messages", Samples.NewMessage));
        var id = JsonNode.Parse(body)!["id"]!.GetValue<string>();
        var tenant = await Database.TenantOfAsync(database, id);
        await using var connection = Database.Connect(database);
        await connection.OpenAsync();
        await ExecuteAsync("DELETE FROM objects WHERE id = @id", ("@id", id));
        await ExecuteAsync(
            connection is Npgsql.NpgsqlConnection ? FillPostgres : FillSqlite,
            ("@tenant", tenant), ("@thread", thread), ("@prefix", prefix), ("@body", body), ("@id", id), ("@count", count));
        // What autovacuum does within a minute, and the server's own writes now and then.
        await ExecuteAsync(connection is Npgsql.NpgsqlConnection ? "VACUUM ANALYZE objects" : "PRAGMA wal_checkpoint(TRUNCATE)");

        async Task ExecuteAsync(string statement, params (string Name, object Value)[] values)
        {
            await using var command = connection.Command(statement, values);
            command.CommandTimeout = 600;
            await command.ExecuteNonQueryAsync();
        }
    }
}
