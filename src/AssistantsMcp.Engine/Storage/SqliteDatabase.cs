using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Telemetry;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// The SQLite file: many readers, one writer (<see cref="SqliteWriter"/>), write-ahead log, every commit on disk
/// before it counts (<c>synchronous=FULL</c>). What undoes a single write of a commit is kept in memory: a file for it
/// would cost more than the write, and need a place where this user may put one.
/// </summary>
internal sealed class SqliteDatabase : IDatabase, IDisposable
{
    /// <summary>How long a statement waits for another process to let go of the file.</summary>
    private const int BusySeconds = 5;

    private static readonly Migrator _migrator = new("Sqlite", begin: "BEGIN IMMEDIATE");

    private static readonly SqliteDialect _dialect = new();

    private readonly string _connectionString;
    private readonly ConcurrentBag<DatabaseSession> _readers = [];
    private readonly StorageMetrics _metrics;
    private readonly ILogger<SqliteWriter> _logger;
    private SqliteWriter? _writer;

    public SqliteDatabase(IOptions<EngineOptions> options, StorageMetrics metrics, ILogger<SqliteWriter> logger)
    {
        (_metrics, _logger) = (metrics, logger);
        var builder = new SqliteConnectionStringBuilder(options.Value.Storage.ConnectionString) { Pooling = false, DefaultTimeout = BusySeconds };
        builder.DataSource = Path.GetFullPath(builder.DataSource);
        _connectionString = builder.ToString();
        FullPath = builder.DataSource;
        metrics.Watch(FullPath);
    }

    /// <summary>The file's full path.</summary>
    public string FullPath { get; }

    /// <summary>Whether a connection string names a SQLite file.</summary>
    public static bool Understands(string connectionString)
    {
        try
        {
            return new SqliteConnectionStringBuilder(connectionString) is { DataSource: { Length: > 0 } file, Mode: not SqliteOpenMode.Memory, Password: "" }
                && file != ":memory:";
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>The file that a connection string names.</summary>
    public static string FilePath(string connectionString) => new SqliteConnectionStringBuilder(connectionString).DataSource;

    /// <summary>Opens the file, making it and its folder where they are missing, and starts the writer.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(FullPath)!);
            _writer = new SqliteWriter(OpenMigrated(), _metrics, _logger);
            return Task.CompletedTask;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw new StartupException(
                $"Storage:ConnectionString: the database file {FullPath} cannot be opened ({exception.Message}). {Remedy(exception)}",
                exception);
        }
    }

    private static string Remedy(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_CORRUPT }
            ? "Name another file, or restore this one from a backup."
            : "Give this user access to its folder, or name another file.";

    /// <summary>Reads from a snapshot of what is committed.</summary>
    public async ValueTask<T> ReadAsync<T>(Func<DatabaseSession, ValueTask<T>> read)
    {
        using var span = StartSpan("sqlite read");
        DatabaseSession? session = null;
        try
        {
            session = _readers.TryTake(out var idle) ? idle : Open();
            var result = await read(session);
            _readers.Add(session);
            return result;
        }
        catch (ApiException)
        {
            // Something was not found: nothing is wrong with the connection.
            _readers.Add(session!);
            throw;
        }
        catch (SqliteException exception)
        {
            session?.Dispose();
            _metrics.Failed(CodeOf(exception));
            throw Translate(exception);
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    public Task<T> WriteAsync<T>(WriteScope scope, Func<StoreTransaction, ValueTask<T>> write, CancellationToken cancellationToken)
    {
        return EngineTelemetry.Source.HasListeners() ? TracedAsync() : _writer!.EnqueueAsync(write, cancellationToken);

        async Task<T> TracedAsync()
        {
            using var span = StartSpan("sqlite write");
            return await _writer!.EnqueueAsync(write, cancellationToken);
        }
    }

    /// <summary>A storage fault as callers are told of it: what it means for them, and whether to try again.</summary>
    public static ApiException Translate(SqliteException exception) => exception.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_FULL => ApiException.Unavailable("The server's disk is full, so nothing was stored. Please try again later."),
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED =>
            ApiException.Unavailable("The database is busy, so nothing was stored. Please try again."),
        _ => ApiException.Unavailable("The database failed, so nothing was stored. Please try again."),
    };

    /// <summary>A fault by SQLite's own number for it.</summary>
    public static string CodeOf(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: var code } ? string.Create(CultureInfo.InvariantCulture, $"SQLITE_{code}") : exception.GetType().Name;

    public void Dispose()
    {
        _writer?.Dispose();
        while (_readers.TryTake(out var session))
        {
            session.Dispose();
        }
    }

    /// <summary>The driver has no spans. What no request and no run asked for needs none.</summary>
    private static Activity? StartSpan(string name) => EngineTelemetry.Source.HasListeners() && Activity.Current is not null
        ? EngineTelemetry.Source.StartActivity(name, ActivityKind.Client)?.SetTag("db.system.name", "sqlite")
        : null;

    private DatabaseSession OpenMigrated()
    {
        var session = Open();
        try
        {
            _migrator.Apply(session.Connection);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private DatabaseSession Open()
    {
        DbConnection connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            using var pragmas = connection.CreateCommand();
            pragmas.CommandText = """
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA secure_delete = ON;
                PRAGMA temp_store = MEMORY;
                """;
            pragmas.ExecuteNonQuery();
            return new DatabaseSession(connection, _dialect);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
