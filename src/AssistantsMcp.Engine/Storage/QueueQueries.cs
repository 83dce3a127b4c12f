using System.Data.Common;
using System.Globalization;
using AssistantsMcp.Engine.Runs;

namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// The queue: which run is next, how many of a tenant wait and are held, and whose time is over. A run waits when
/// nobody holds it (its lease is 0) and it does not wait for its client.
/// </summary>
internal static class QueueQueries
{
    private const string Waits = $"run.lease_until = 0 AND run.status <> '{RunStatuses.RequiresAction}'";

    /// <summary>
    /// The run that is next: of the tenants with the fewest runs in work the one whose turn it is, and of these the one
    /// that has waited longest. It goes from tenant to tenant by the index, and looks at the head of each queue only.
    /// </summary>
    internal const string NextWaiting = $"""
        WITH RECURSIVE waiting (tenant) AS (
            SELECT MIN(run.tenant) FROM active_runs AS run WHERE {Waits}
            UNION ALL
            SELECT (SELECT MIN(run.tenant) FROM active_runs AS run WHERE run.tenant > waiting.tenant AND {Waits})
            FROM waiting WHERE waiting.tenant IS NOT NULL
        ),
        share (tenant, held) AS (
            SELECT waiting.tenant, (SELECT COUNT(*) FROM active_runs AS run WHERE run.tenant = waiting.tenant AND run.lease_until > 0)
            FROM waiting WHERE waiting.tenant IS NOT NULL
        )
        SELECT next.tenant, next.thread_id
        FROM share CROSS JOIN active_runs AS next
        WHERE share.held < @most AND next.tenant = share.tenant AND next.thread_id = (
            SELECT run.thread_id FROM active_runs AS run WHERE run.tenant = share.tenant AND {Waits} ORDER BY run.turn, run.queued_at LIMIT 1)
        ORDER BY share.held, next.turn, next.queued_at
        LIMIT 1
        """;

    /// <summary>How a tenant stands whose run is about to get in line. Without a free worker nobody looks for others who wait for one.</summary>
    private const string Place = $"""
        SELECT
            CASE WHEN @has_worker = 1 AND own.held < @most THEN (CASE WHEN EXISTS ({NextWaiting}) THEN 0 ELSE 1 END) ELSE 0 END,
            (SELECT MAX(run.turn) FROM active_runs AS run WHERE run.tenant = @tenant AND {Waits}),
            (SELECT MIN(run.turn) FROM active_runs AS run WHERE {Waits}),
            (SELECT COUNT(*) FROM active_runs AS run WHERE run.tenant = @tenant AND {Waits})
        FROM (SELECT COUNT(*) AS held FROM active_runs WHERE tenant = @tenant AND lease_until > 0) AS own
        """;

    private const string CountWaiting = $"SELECT COUNT(*) FROM active_runs AS run WHERE run.tenant = @tenant AND {Waits}";

    private const string AllWaiting = $"SELECT COUNT(*), MIN(run.queued_at) FROM active_runs AS run WHERE {Waits}";

    private const string CountHeld = "SELECT COUNT(*) FROM active_runs WHERE tenant = @tenant AND lease_until > 0";

    private const string NextExpired = """
        SELECT tenant, thread_id FROM active_runs WHERE expires_at <= @seconds AND lease_until = 0 ORDER BY expires_at LIMIT 1
        """;

    internal const string Lapsed = "lease_until > 0 AND (lease_until <= @now OR lease_until > @latest)";

    private const string AnyLapsed = $"SELECT EXISTS (SELECT 1 FROM active_runs WHERE {Lapsed})";

    private const string Renew = """
        UPDATE active_runs SET lease_until = @until
        WHERE tenant = @tenant AND run_id = @run AND thread_id = @thread AND fence = @fence
        RETURNING status
        """;

    private const string Awaited = "SELECT run_id FROM active_runs WHERE lease_until = 0 OR watched_by = @process";

    private const string Active = "SELECT run_id FROM active_runs WHERE tenant = @tenant AND thread_id = @thread";

    public static async ValueTask<string?> FindActiveAsync(DatabaseSession session, string tenant, string threadId) =>
        await session.Command(Active, ("@tenant", tenant), ("@thread", threadId)).ExecuteScalarAsync() as string;

    public static ValueTask<(string Tenant, string ThreadId)?> NextWaitingAsync(DatabaseSession session, int mostPerTenant) =>
        ReadPlaceAsync(session.Command(NextWaiting, ("@most", mostPerTenant)));

    public static async ValueTask<QueuePlace> FindPlaceAsync(DatabaseSession session, string tenant, bool hasWorker, int mostPerTenant)
    {
        await using var reader = await session.Command(
            Place, ("@has_worker", hasWorker ? 1 : 0), ("@most", mostPerTenant), ("@tenant", tenant)).ExecuteReaderAsync();
        await reader.ReadAsync();
        var own = await reader.IsDBNullAsync(1) ? 0 : reader.GetInt64(1) + 1;
        var present = await reader.IsDBNullAsync(2) ? 0 : reader.GetInt64(2);
        return new QueuePlace(reader.GetInt32(0) != 0, Math.Max(own, present), reader.GetInt64(3));
    }

    public static ValueTask<long> CountWaitingAsync(DatabaseSession session, string tenant) => CountAsync(session, CountWaiting, tenant);

    public static async ValueTask<WaitingRuns> WaitingOfAllTenantsAsync(DatabaseSession session)
    {
        await using var reader = await session.Command(AllWaiting).ExecuteReaderAsync();
        await reader.ReadAsync();
        return new WaitingRuns(reader.GetInt64(0), await reader.IsDBNullAsync(1) ? null : reader.GetInt64(1));
    }

    public static ValueTask<long> CountHeldAsync(DatabaseSession session, string tenant) => CountAsync(session, CountHeld, tenant);

    public static ValueTask<(string Tenant, string ThreadId)?> NextExpiredAsync(DatabaseSession session, DateTimeOffset now) =>
        ReadPlaceAsync(session.Command(NextExpired, ("@seconds", now.ToUnixTimeSeconds())));

    public static async ValueTask<bool> AnyLapsedAsync(DatabaseSession session, DateTimeOffset now) =>
        IsTrue(await session.Command(AnyLapsed, ("@now", now.ToUnixTimeMilliseconds()), ("@latest", LatestLease(now))).ExecuteScalarAsync());

    public static async ValueTask ReleaseLapsedAsync(DatabaseSession session, DateTimeOffset now) =>
        await session.Command(session.Dialect.ReleaseLapsed, ("@now", now.ToUnixTimeMilliseconds()), ("@latest", LatestLease(now))).ExecuteNonQueryAsync();

    public static async ValueTask<string?> RenewAsync(DatabaseSession session, ActiveRun run, DateTimeOffset until) =>
        await session.Command(
            Renew,
            ("@until", until.ToUnixTimeMilliseconds()),
            ("@tenant", run.Tenant),
            ("@run", run.RunId),
            ("@thread", run.ThreadId),
            ("@fence", run.Fence)).ExecuteScalarAsync() as string;

    public static async ValueTask<IReadOnlySet<string>> AwaitedAsync(DatabaseSession session, string? process)
    {
        var runs = new HashSet<string>(StringComparer.Ordinal);
        await using var reader = await session.Command(Awaited, ("@process", process)).ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            runs.Add(reader.GetString(0));
        }

        return runs;
    }

    /// <summary>
    /// No lease ends later than that, so one that does was given by a clock that has gone back since. Twice the longest
    /// lease, because the clocks of two processes may differ a little.
    /// </summary>
    private static long LatestLease(DateTimeOffset now) => (now + (2 * LimitOptions.LongestRunLease)).ToUnixTimeMilliseconds();

    private static async ValueTask<long> CountAsync(DatabaseSession session, string count, string tenant) =>
        Convert.ToInt64(await session.Command(count, ("@tenant", tenant)).ExecuteScalarAsync(), CultureInfo.InvariantCulture);

    private static async ValueTask<(string Tenant, string ThreadId)?> ReadPlaceAsync(DbCommand command)
    {
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? (reader.GetString(0), reader.GetString(1)) : null;
    }

    private static bool IsTrue(object? exists) => Convert.ToBoolean(exists, CultureInfo.InvariantCulture);
}
