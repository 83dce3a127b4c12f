using System.Globalization;
using AssistantsMcp.Engine.Runs;

namespace AssistantsMcp.Engine.Storage;

/// <summary>Which runs are active, and which of any tenant need somebody: they wait for a worker, or their time is over.</summary>
internal static class QueueQueries
{
    /// <summary>Runs to be worked on that nobody holds.</summary>
    public const string FromWaiting = $"""
        FROM active_runs
        WHERE status IN ('{RunStatuses.Queued}', '{RunStatuses.InProgress}', '{RunStatuses.Cancelling}') AND lease_until <= @now
        """;

    /// <summary>Runs whose time is over and that nobody holds.</summary>
    public const string FromExpired = "FROM active_runs WHERE expires_at <= @seconds AND lease_until <= @now";

    private const string Active = "SELECT run_id FROM active_runs WHERE tenant = @tenant AND thread_id = @thread";

    private const string AnyWaits = $"SELECT EXISTS (SELECT 1 {FromWaiting})";

    private const string AnyExpired = $"SELECT EXISTS (SELECT 1 {FromExpired})";

    public static async ValueTask<string?> FindActiveAsync(DatabaseSession session, string tenant, string threadId) =>
        await session.Command(Active, ("@tenant", tenant), ("@thread", threadId)).ExecuteScalarAsync() as string;

    public static async ValueTask<bool> AnyWaitsAsync(DatabaseSession session, DateTimeOffset now) =>
        IsTrue(await session.Command(AnyWaits, ("@now", now.ToUnixTimeMilliseconds())).ExecuteScalarAsync());

    public static async ValueTask<bool> AnyExpiredAsync(DatabaseSession session, DateTimeOffset now) =>
        IsTrue(await session.Command(
            AnyExpired, ("@seconds", now.ToUnixTimeSeconds()), ("@now", now.ToUnixTimeMilliseconds())).ExecuteScalarAsync());

    private static bool IsTrue(object? exists) => Convert.ToBoolean(exists, CultureInfo.InvariantCulture);
}
