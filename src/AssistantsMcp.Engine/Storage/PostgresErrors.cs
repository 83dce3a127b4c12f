using AssistantsMcp.Engine.Api;
using Npgsql;

namespace AssistantsMcp.Engine.Storage;

/// <summary>What the faults of PostgreSQL mean, for this program and for callers.</summary>
/// <remarks>Source: PostgreSQL, error codes.</remarks>
internal static class PostgresErrors
{
    /// <summary>The server ended a transaction in which nothing happened for too long: this process was paused.</summary>
    private const string IdleInTransactionTimeout = "25P03";

    /// <summary>
    /// Whether a start may succeed if it is tried again: the server is not there yet, or is starting or stopping; or
    /// another process is bringing the schema up to date, which takes longer than a lock is waited for.
    /// </summary>
    public static bool MayPass(NpgsqlException exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } || IsAway(exception);

    /// <summary>Whether no connection could be had because the server is not there, is starting or stopping, or has none left.</summary>
    public static bool IsAway(NpgsqlException exception) => exception is PostgresException refused
        ? refused.SqlState is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            or PostgresErrorCodes.TooManyConnections
        : !IsPoolExhausted(exception);

    /// <summary>Whether a connection broke while it was used: what was sent on it last may have been done or not.</summary>
    public static bool IsLostConnection(NpgsqlException exception) => exception is PostgresException ended
        ? ended.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or IdleInTransactionTimeout
        : exception.InnerException is IOException or System.Net.Sockets.SocketException or EndOfStreamException or TimeoutException;

    /// <summary>The database cannot be reached.</summary>
    public static ApiException Away() =>
        ApiException.Unavailable("The server's database cannot be reached at the moment, so nothing was stored. Please try again in a few seconds.");

    /// <summary>The connection broke while the commit was under way.</summary>
    public static ApiException UnknownOutcome() => ApiException.Unavailable(
        "The server's database was lost while this was being stored, so it may be stored or not. Please look before you try again, or send an Idempotency-Key, with which trying again is safe.");

    /// <summary>A storage fault as callers are told of it: what it means for them, and whether to try again.</summary>
    public static ApiException Translate(NpgsqlException exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } =>
            ApiException.Unavailable("The server's disk is full, so nothing was stored. Please try again later."),
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure } =>
            ApiException.Unavailable("The database is busy, so nothing was stored. Please try again."),
        _ when IsPoolExhausted(exception) => ApiException.Unavailable("The database is busy, so nothing was stored. Please try again."),
        _ when IsLostConnection(exception) || IsAway(exception) => Away(),
        _ => ApiException.Unavailable("The database failed, so nothing was stored. Please try again."),
    };

    /// <summary>The driver tells a pool without free connections only by its text.</summary>
    private static bool IsPoolExhausted(NpgsqlException exception) =>
        exception.Message.StartsWith("The connection pool has been exhausted", StringComparison.Ordinal);
}
