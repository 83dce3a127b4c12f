using System.Data.Common;
using System.Globalization;
using System.Reflection;
using AssistantsMcp.Engine;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Storage;

/// <summary>Databases that an earlier version of this program made and filled.</summary>
public sealed class UpgradeTests
{
    /// <summary>The columns that every version has.</summary>
    private static readonly (string Table, string Columns)[] _tables =
    [
        ("objects", "kind, tenant, id, parent, run_id, body"),
        ("active_runs", "tenant, thread_id, run_id, status, queued_at, expires_at, fence, lease_until, attempts, is_sandbox, sealed_key, state"),
    ];

    private static readonly string _secret = $"Secrets:Key={Convert.ToBase64String(new byte[32])}";

    [Fact]
    public async Task DatabaseOfAnyEarlierVersion_IsBroughtUpToDateWithItsRuns()
    {
        await using var app = await RunApp.StartAsync(null, _secret);
        app.Model.NextEvents(Created, Done(Call("tide", "{}", "call_a")), Completed());
        var api = app.As();
        var thread = await api.NewThreadAsync("How high?");
        var path = await api.NewRunAsync(
            thread, await api.NewAssistantAsync("\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"tide\"}}]"));
        await api.SettledAsync(path);

        foreach (var version in Migrations(app.App.Database).Keys.SkipLast(1))
        {
            await using var earlier = TestDatabase.Create();
            await MakeAsync(earlier, version, app.App.Database);
            app.Model.NextEvents(Created, Done(Message("3.2 m.")), Completed());
            await using var upgraded = await RunApp.StartAppAsync(app.Model, time: null, [.. earlier.Settings, _secret, "Limits:MessagesPerThread=3"]);
            var after = new RestClient(upgraded.Http, "sk-test");

            await after.PostAsync($"{path}/submit_tool_outputs", """{"tool_outputs":[{"tool_call_id":"call_a","output":"3.2"}]}""");

            Assert.Equal("completed", (await after.SettledAsync(path)).GetProperty("status").GetString());
            Assert.Equal(["How high?", "3.2 m."], await after.TextsAsync(thread));
            await after.PostAsync($"/v1/threads/{thread}/messages", """{"role":"user","content":"Thanks."}""");
            var (_, full) = await after.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", """{"role":"user","content":"Bye."}""");
            Assert.Contains("cannot hold more than 3 messages", full.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
    }

    private static SortedDictionary<int, string> Migrations(TestDatabase database)
    {
        var folder = $"AssistantsMcp.Engine.Storage.Migrations.{(database.IsPostgres ? "Postgres" : "Sqlite")}.";
        var assembly = typeof(EngineOptions).Assembly;
        return new(assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(folder, StringComparison.Ordinal))
            .ToDictionary(name => int.Parse(name.AsSpan(folder.Length, 4), CultureInfo.InvariantCulture), name => Read(assembly, name)));
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    /// <summary>Makes the schema of a version, with what another database holds.</summary>
    private static async Task MakeAsync(TestDatabase database, int version, TestDatabase source)
    {
        await using var from = await source.OpenAsync();
        await using var to = await database.OpenAsync();
        await ExecuteAsync(to, "CREATE TABLE schema_version (version INTEGER NOT NULL)");
        foreach (var (number, sql) in Migrations(database).TakeWhile(migration => migration.Key <= version))
        {
            await ExecuteAsync(to, sql);
            await ExecuteAsync(to, $"INSERT INTO schema_version (version) VALUES ({number})");
        }

        foreach (var (table, columns) in _tables)
        {
            await CopyAsync(from, to, table, columns);
        }
    }

    private static async Task CopyAsync(DbConnection from, DbConnection to, string table, string columns)
    {
        await using var command = from.CreateCommand();
        command.CommandText = $"SELECT {columns} FROM {table}{(table == "objects" ? " ORDER BY sequence" : "")}";
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            await ExecuteAsync(to, $"INSERT INTO {table} ({columns}) VALUES ({string.Join(", ", row.Select((_, place) => $"@v{place}"))})", row);
        }
    }

    private static async Task ExecuteAsync(DbConnection connection, string sql, params object[] values)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (place, value) in values.Index())
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ($"@v{place}", value);
            command.Parameters.Add(parameter);
        }

        await command.ExecuteNonQueryAsync();
    }
}
