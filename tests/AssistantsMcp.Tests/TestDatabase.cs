using System.Data.Common;
using System.Text;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace AssistantsMcp.Tests;

/// <summary>
/// A fresh database: a SQLite file, or a schema of its own in a PostgreSQL database. <c>TEST_POSTGRES</c> in the
/// environment names one that is at hand for tests; with <c>TEST_DATABASE=postgres</c> all tests use it. What only SQLite
/// can show carries the trait <c>Database=Sqlite</c>.
/// </summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    /// <summary>The name of the trait.</summary>
    public const string Trait = "Database";

    /// <summary>The trait's value for tests that look into a SQLite file.</summary>
    public const string Sqlite = "Sqlite";

    private static readonly bool _usesPostgres = Environment.GetEnvironmentVariable("TEST_DATABASE") == "postgres";

    private readonly string _folder = Directory.CreateTempSubdirectory("assistants-mcp-").FullName;
    private readonly string? _schema;

    private TestDatabase(bool isPostgres)
    {
        IsPostgres = isPostgres;
        if (!isPostgres)
        {
            ConnectionString = $"Data Source={Path.Combine(_folder, "test.db")}";
            return;
        }

        _schema = $"t_{Guid.NewGuid():N}";
        ConnectionString = $"{Postgres};Search Path={_schema};Application Name={_schema};Maximum Pool Size=10";
        Execute($"CREATE SCHEMA {_schema}");
    }

    /// <summary>The connection string of the PostgreSQL database at hand, or null.</summary>
    public static string? Postgres { get; } = Environment.GetEnvironmentVariable("TEST_POSTGRES") is { Length: > 0 } named ? named : null;

    public bool IsPostgres { get; }

    public string ConnectionString { get; }

    /// <summary>The folder of the SQLite file; empty with PostgreSQL, but for what a test puts there.</summary>
    public string Folder => _folder;

    /// <summary>What a server needs to use it, as settings.</summary>
    public IReadOnlyList<string> Settings => IsPostgres
        ? [$"Storage:ConnectionString={ConnectionString}", $"Secrets:Key={Convert.ToBase64String(new byte[32])}"]
        : [$"Storage:ConnectionString={ConnectionString}"];

    /// <summary>A database of the kind that this run of the tests is about.</summary>
    public static TestDatabase Create() => new(_usesPostgres);

    /// <summary>A PostgreSQL database, for a <see cref="PostgresFactAttribute"/>.</summary>
    public static TestDatabase CreatePostgres() => new(isPostgres: true);

    /// <summary>The bytes of a text as a literal in SQL.</summary>
    public string Bytes(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text)) is var hex && IsPostgres ? $@"'\x{hex}'::bytea" : $"x'{hex}'";

    /// <summary>A connection of the test's own.</summary>
    public async Task<DbConnection> OpenAsync()
    {
        DbConnection connection = IsPostgres
            ? new NpgsqlConnection($"{ConnectionString};Pooling=false")
            : new SqliteConnection($"{ConnectionString};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Everything that is kept, as text: each file of SQLite, each row of PostgreSQL with its bytes read as Latin-1.</summary>
    public async Task<IReadOnlyCollection<string>> DumpAsync()
    {
        if (!IsPostgres)
        {
            return [.. Directory.EnumerateFiles(_folder).Select(ReadShared)];
        }

        await using var connection = await OpenAsync();
        var rows = new List<string>();
        foreach (var table in await TablesAsync(connection))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT * FROM {table}";
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                var cells = new object[reader.FieldCount];
                reader.GetValues(cells);
                rows.Add(string.Join('|', cells.Select(cell => cell is byte[] bytes ? Encoding.Latin1.GetString(bytes) : $"{cell}")));
            }
        }

        return rows;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        if (_schema is not null)
        {
            Execute($"DROP SCHEMA {_schema} CASCADE");
        }

        return ValueTask.CompletedTask;
    }

    private static async Task<List<string>> TablesAsync(DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT table_name FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA";
        await using var reader = await command.ExecuteReaderAsync();
        var tables = new List<string>();
        while (await reader.ReadAsync())
        {
            tables.Add(reader.GetString(0));
        }

        return tables;
    }

    private static string ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return reader.ReadToEnd();
    }

    private static void Execute(string sql)
    {
        using var connection = new NpgsqlConnection(Postgres);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
