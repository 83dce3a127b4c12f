namespace AssistantsMcp.Engine.Storage;

/// <summary>The database's time, by which all processes that share it agree on leases, whatever their own clocks say.</summary>
internal sealed class PostgresClock(IDatabase database, TimeProvider time) : QueueClock(time)
{
    private const string Milliseconds = "SELECT (EXTRACT(EPOCH FROM CLOCK_TIMESTAMP()) * 1000)::bigint";

    public override async ValueTask SyncAsync() => Set(DateTimeOffset.FromUnixTimeMilliseconds(
        await database.ReadAsync(async session => (long)(await session.Command(Milliseconds).ExecuteScalarAsync())!)));
}
