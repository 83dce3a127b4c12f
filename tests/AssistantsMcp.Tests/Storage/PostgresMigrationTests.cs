using AssistantsMcp.Engine;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Tests.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit.Abstractions;

namespace AssistantsMcp.Tests.Storage;

/// <summary>First starts on PostgreSQL whose connection is ended after their first statement, their second one, and so on.</summary>
public sealed class PostgresMigrationTests(ITestOutputHelper output)
{
    /// <summary>
    /// Ends the connection that executes a statement, when the statements to come are counted down: after each definition,
    /// after the note that a migration was applied, and in its commit. A sequence counts, for it does not go back when a
    /// transaction is undone.
    /// </summary>
    private const string Countdown = """
        CREATE SCHEMA nemesis;
        CREATE SEQUENCE nemesis.countdown MINVALUE -1000;
        CREATE FUNCTION nemesis.count() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
            IF NEXTVAL('nemesis.countdown') = 0 THEN
                PERFORM PG_TERMINATE_BACKEND(PG_BACKEND_PID());
                PERFORM PG_SLEEP(60);
            END IF;
        END $$;
        CREATE FUNCTION nemesis.noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM nemesis.count();
            RETURN NULL;
        END $$;
        CREATE FUNCTION nemesis.defined() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_TAG = 'CREATE TRIGGER' THEN
                RETURN;
            END IF;
            IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = TO_REGCLASS('schema_version')) AND TO_REGCLASS('schema_version') IS NOT NULL THEN
                CREATE TRIGGER noted AFTER INSERT ON schema_version FOR EACH ROW EXECUTE FUNCTION nemesis.noted();
                CREATE CONSTRAINT TRIGGER committing AFTER INSERT ON schema_version INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION nemesis.noted();
            END IF;
            PERFORM nemesis.count();
        END $$;
        CREATE EVENT TRIGGER defined ON ddl_command_end EXECUTE FUNCTION nemesis.defined();
        """;

    private const string Definitions = """
        SELECT COALESCE(STRING_AGG(line, ';' ORDER BY line), '') FROM (
            SELECT CONCAT_WS(' ', table_name, column_name, data_type, is_nullable, column_default) FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA
            UNION ALL SELECT REPLACE(indexdef, CURRENT_SCHEMA || '.', '') FROM pg_indexes WHERE schemaname = CURRENT_SCHEMA
        ) AS definitions (line)
        """;

    [PostgresFact]
    public async Task MigrationEndedAfterAnyStatement_LeavesTheOldOrTheNewSchema_AndIsCompletedByTheNextStart()
    {
        var name = $"migrations_{Guid.NewGuid():N}";
        var server = new NpgsqlConnectionStringBuilder(TestDatabase.Postgres) { Pooling = false };
        await ExecuteAsync(server.ConnectionString, $"CREATE DATABASE {name}");
        server.Database = name;
        await ExecuteAsync(server.ConnectionString, Countdown);
        await MigrateAsync(await NewSchemaAsync(server, 0));
        var complete = await DefinitionsAsync(await NewSchemaAsync(server, 0));

        var (left, statement) = (new SortedDictionary<int, string>(), 1);
        for (; ; statement++)
        {
            var schema = await NewSchemaAsync(server, statement);
            await ExecuteAsync(server.ConnectionString, $"SELECT SETVAL('nemesis.countdown', {-statement})");
            if (!await IsEndedAsync(schema))
            {
                break;
            }

            // Whichever statement of a migration it was, what the migration before it made is there, and nothing else.
            var (version, definitions) = (await VersionAsync(schema), await DefinitionsAsync(schema));
            Assert.True(left.TryAdd(version, definitions) || left[version] == definitions, $"Statement {statement}, version {version}: {definitions}");

            await MigrateAsync(schema);
            Assert.Equal(complete, await DefinitionsAsync(schema));
        }

        output.WriteLine($"{statement - 1} starts were ended, each after another statement, and left one of the versions {string.Join(", ", left.Keys)}.");
        Assert.Equal(Enumerable.Range(-1, left.Count), left.Keys);
        await ExecuteAsync(TestDatabase.Postgres!, $"DROP DATABASE {name} WITH (FORCE)");
    }

    private static async Task<string> NewSchemaAsync(NpgsqlConnectionStringBuilder server, int number)
    {
        await ExecuteAsync(server.ConnectionString, $"CREATE SCHEMA IF NOT EXISTS m{number}");
        return new NpgsqlConnectionStringBuilder(server.ConnectionString) { SearchPath = $"m{number}" }.ConnectionString;
    }

    private static async Task<bool> IsEndedAsync(string schema)
    {
        try
        {
            await MigrateAsync(schema);
            return false;
        }
        catch (StartupException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.AdminShutdown })
        {
            return true;
        }
    }

    private static async Task MigrateAsync(string schema)
    {
        var options = Options.Create(new EngineOptions { Storage = { ConnectionString = schema } });
        await using var database = new PostgresDatabase(options, Unheard.Storage, new HastyClock(), NullLogger<PostgresDatabase>.Instance);
        await database.StartAsync(CancellationToken.None);
    }

    /// <returns>The last migration that was noted; 0 for none, -1 where there is nothing to note it in.</returns>
    private static async Task<int> VersionAsync(string schema) =>
        await ExecuteAsync(schema, "SELECT TO_REGCLASS('schema_version')::text") is string
            ? (int)(await ExecuteAsync(schema, "SELECT COALESCE(MAX(version), 0) FROM schema_version"))!
            : -1;

    private static async Task<string> DefinitionsAsync(string schema) => (string)(await ExecuteAsync(schema, Definitions))!;

    private static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    /// <summary>A minute passes whenever somebody looks, so that no start tries again by itself.</summary>
    private sealed class HastyClock : TimeProvider
    {
        private long _looks;

        public override long GetTimestamp() => TimestampFrequency * 60 * _looks++;
    }
}
