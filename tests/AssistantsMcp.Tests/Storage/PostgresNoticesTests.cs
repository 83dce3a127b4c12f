using System.Collections.Concurrent;
using AssistantsMcp.Engine;
using AssistantsMcp.Engine.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AssistantsMcp.Tests.Storage;

/// <summary>What processes tell each other through PostgreSQL.</summary>
public sealed class PostgresNoticesTests
{
    [PostgresFact]
    public async Task NoticesAfterTheDatabaseEndedAllConnections_AreHeard()
    {
        await using var database = TestDatabase.CreatePostgres();
        var options = new EngineOptions { Storage = { ConnectionString = $"{database.ConnectionString};Keepalive=1" } };
        await using var notices = new PostgresNotices(Options.Create(options), TimeProvider.System, NullLogger<PostgresNotices>.Instance);
        using var stop = new CancellationTokenSource();
        var heard = new ConcurrentQueue<string>();
        var listening = notices.ListenAsync(heard.Enqueue, stop.Token);
        await UntilHeardAsync(notices, heard, "before");

        await EndConnectionsAsync(database);

        // Nothing is sent until the keep-alive has found the connection dead: then it is closed before it is used.
        await Task.Delay(TimeSpan.FromSeconds(2.5));
        await UntilHeardAsync(notices, heard, "after");

        await stop.CancelAsync();
        await listening;
    }

    /// <summary>Notices may be lost while connections come and go, so they are repeated.</summary>
    private static async Task UntilHeardAsync(PostgresNotices notices, ConcurrentQueue<string> heard, string text)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!heard.Contains(text))
        {
            notices.Tell(process: null, text);
            await Task.Delay(50, patience.Token);
        }
    }

    private static async Task EndConnectionsAsync(TestDatabase database)
    {
        await using var connection = new NpgsqlConnection($"{TestDatabase.Postgres};Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT PG_TERMINATE_BACKEND(pid) FROM pg_stat_activity
            WHERE application_name = '{new NpgsqlConnectionStringBuilder(database.ConnectionString).ApplicationName}'
            """;
        await command.ExecuteNonQueryAsync();
    }
}
