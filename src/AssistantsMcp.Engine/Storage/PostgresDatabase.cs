using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// A PostgreSQL database, which any number of processes share. Writes run side by side; those that decide on the same
/// objects exclude each other by advisory locks, which end with their transactions.
/// </summary>
internal sealed partial class PostgresDatabase : IDatabase, IAsyncDisposable
{
    /// <summary>The lock of whoever migrates. The number is this program's alone: the letters "AssistMc".</summary>
    public const long MigrationLock = 4716840350803947875;

    /// <summary>How long a start waits for a database that is starting too, or that another process migrates.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _betweenTries = TimeSpan.FromSeconds(1);

    /// <summary>How long nobody tries to connect after somebody failed to.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(500);

    private static readonly PostgresDialect _dialect = new();
    private static readonly Migrator _migrator = new("Postgres", begin: $"BEGIN; SELECT pg_advisory_xact_lock({MigrationLock})");

    private readonly NpgsqlDataSource _source;

    /// <summary>
    /// Writes of this process that decide on the same objects wait here rather than in the database, where each would
    /// hold a connection; and what one of them tells once it is committed is told before the next begins.
    /// </summary>
    private readonly KeyedTurns<long> _turns = new();
    private readonly PostgresMessageGroups _messages;
    private readonly StorageMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<PostgresDatabase> _logger;
    private long _awaySince;

    public PostgresDatabase(IOptions<EngineOptions> options, StorageMetrics metrics, TimeProvider time, ILogger<PostgresDatabase> logger)
    {
        (_metrics, _time, _logger) = (metrics, time, logger);
        _source = new NpgsqlSlimDataSourceBuilder(PostgresConnection.Parse(options.Value.Storage.ConnectionString).ConnectionString) { Name = "objects" }
            .EnableTransportSecurity()
            .EnableArrays()
            .Build();
        _messages = new PostgresMessageGroups(OpenAsync, metrics);
    }

    /// <summary>Waits for the database if it is starting too, and brings its schema up to date.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = await _source.OpenConnectionAsync(cancellationToken);
                _migrator.Apply(connection);
                return;
            }
            catch (NpgsqlException exception) when (PostgresErrors.MayPass(exception) && _time.GetElapsedTime(started) < _patience)
            {
                Log.Waiting(_logger, exception.Message);
                await Task.Delay(_betweenTries, _time, cancellationToken);
            }
            catch (NpgsqlException exception)
            {
                throw new StartupException(
                    $"Storage:ConnectionString: the PostgreSQL database cannot be opened ({exception.Message}). Check its host, port, name, user and password, and that it is running.",
                    exception);
            }
        }
    }

    public ValueTask<T> ReadAsync<T>(Func<DatabaseSession, ValueTask<T>> read) => TranslatedAsync(
        async () =>
        {
            await using var connection = await OpenAsync(CancellationToken.None);
            using var session = new DatabaseSession(connection, _dialect);
            return await read(session);
        },
        mayRepeat: () => true);

    public async Task<T> WriteAsync<T>(WriteScope scope, Func<StoreTransaction, ValueTask<T>> write, CancellationToken cancellationToken)
    {
        var keys = scope.Keys();
        using var turn = await _turns.TakeAsync(keys, cancellationToken);
        return await TransactAsync(keys, write, cancellationToken);
    }

    public async Task<bool> TryAddMessageAsync(string tenant, NewObject message, int most, CancellationToken cancellationToken)
    {
        var keys = WriteScope.Of(tenant, message.Parent).Keys();
        using var turn = await _turns.TakeAsync(keys, cancellationToken);
        var addition = await _messages.AddAsync(new NewMessage(keys[0], tenant, message.Parent, message.Id, message.Body, most), cancellationToken);
        return addition == Addition.Unknown ? await AddUnlessStoredAsync(keys, tenant, message, most) : addition == Addition.Added;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>Adds a message that may be stored already: under the lock of its thread that is known, for whoever was storing it has ended.</summary>
    private async Task<bool> AddUnlessStoredAsync(IReadOnlyList<long> keys, string tenant, NewObject message, int most)
    {
        try
        {
            return await TransactAsync(
                keys,
                async write => await write.FindAsync(Kind.Message, tenant, message.Id, message.Parent) is not null
                    || await write.TryAddMessageAsync(tenant, message, most),
                CancellationToken.None);
        }
        catch (ApiException)
        {
            throw PostgresErrors.UnknownOutcome();
        }
    }

    private async Task<T> TransactAsync<T>(
        IReadOnlyList<long> keys, Func<StoreTransaction, ValueTask<T>> write, CancellationToken cancellationToken)
    {
        var hasDecided = false;
        return await TranslatedAsync(
            async () =>
            {
                await using var connection = await OpenAsync(cancellationToken);
                using var session = new DatabaseSession(connection, _dialect);
                await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
                await LockAsync(connection, keys);

                // What decides on nothing can be done again from its beginning.
                hasDecided = keys.Count > 0;
                var writing = new StoreTransaction(session);
                var result = await write(writing);
                await CommitAsync(transaction);
                writing.Committed();
                return result;
            },
            mayRepeat: () => !hasDecided);
    }

    /// <summary>A connection; while the database is away, one caller at a time finds out whether it is back and the others are told at once.</summary>
    private async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var away = Volatile.Read(ref _awaySince);
        if (away != 0 && (_time.GetElapsedTime(away) < _pause || Interlocked.CompareExchange(ref _awaySince, _time.GetTimestamp(), away) != away))
        {
            throw PostgresErrors.Away();
        }

        try
        {
            var connection = await _source.OpenConnectionAsync(cancellationToken);
            Volatile.Write(ref _awaySince, 0);
            return connection;
        }
        catch (NpgsqlException exception) when (PostgresErrors.IsAway(exception))
        {
            _metrics.Failed("no_connection");
            if (Interlocked.Exchange(ref _awaySince, _time.GetTimestamp()) == 0)
            {
                Log.Away(_logger, exception.Message);
            }

            throw PostgresErrors.Away();
        }
    }

    /// <summary>Keeps other processes from these objects until the transaction ends; all in one round trip, and in order.</summary>
    private static async ValueTask LockAsync(NpgsqlConnection connection, IReadOnlyList<long> keys)
    {
        if (keys.Count == 0)
        {
            return;
        }

        await using var batch = connection.CreateBatch();
        foreach (var key in keys)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT PG_ADVISORY_XACT_LOCK($1)")
            {
                Parameters = { new NpgsqlParameter<long> { TypedValue = key } },
            });
        }

        await batch.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private async ValueTask CommitAsync(NpgsqlTransaction transaction)
    {
        try
        {
            var begun = _metrics.Now;
            await transaction.CommitAsync(CancellationToken.None);
            _metrics.Committed(begun);
        }
        catch (NpgsqlException exception) when (PostgresErrors.IsLostConnection(exception))
        {
            throw PostgresErrors.UnknownOutcome();
        }
    }

    /// <summary>
    /// Works on a connection, and on a new one where that turns out to be dead: a restart of the server leaves dead
    /// ones behind, and nobody sees it before they are used.
    /// </summary>
    private async ValueTask<T> TranslatedAsync<T>(Func<ValueTask<T>> work, Func<bool> mayRepeat)
    {
        try
        {
            try
            {
                return await work();
            }
            catch (NpgsqlException exception) when (PostgresErrors.IsLostConnection(exception) && mayRepeat())
            {
                return await work();
            }
        }
        catch (NpgsqlException exception)
        {
            _metrics.Failed((exception as PostgresException)?.SqlState ?? "connection_lost");
            Log.Failed(_logger, (exception as PostgresException)?.SqlState, exception.Message);
            throw PostgresErrors.Translate(exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Waiting for the PostgreSQL database: {Reason}")]
        public static partial void Waiting(ILogger logger, string reason);

        [LoggerMessage(2, LogLevel.Error, "The PostgreSQL database cannot be reached; requests are refused until it is back: {Reason}")]
        public static partial void Away(ILogger logger, string reason);

        [LoggerMessage(3, LogLevel.Error, "The PostgreSQL database failed ({SqlState}): {Reason}")]
        public static partial void Failed(ILogger logger, string? sqlState, string reason);
    }
}
