using System.Buffers;

namespace AssistantsMcp.Engine.Storage;

/// <inheritdoc/>
internal sealed class PostgresDialect : SqlDialect
{
    private const string InsertContent =
        "INSERT INTO file_contents (tenant, id, purpose, content) VALUES (@tenant, @id, @purpose, @content)";

    /// <remarks>A message to nobody in the write-ahead log.</remarks>
    public override string ProbeDisk => "SELECT pg_logical_emit_message(true, 'AssistantsMcp', 'ready')";

    public override string ObjectsThatMention =>
        "SELECT kind, id FROM objects WHERE tenant = @tenant AND kind IN (1, 2) AND parent = '' AND POSITION(@text IN body) > 0";

    public override string ExpiredUploads => """
        SELECT id FROM objects WHERE tenant = @tenant AND kind = 10 AND parent = ''
            AND (CONVERT_FROM(body, 'UTF8')::jsonb ->> 'expires_at')::bigint <= @now
        """;

    /// <remarks>
    /// A row that somebody holds is being renewed or ended. To wait for it while others are held is a deadlock, for its
    /// holder may want those; and what is left is looked at again a second later.
    /// </remarks>
    public override string ReleaseLapsed => $"""
        UPDATE active_runs SET lease_until = 0 WHERE (tenant, thread_id) IN (
            SELECT tenant, thread_id FROM active_runs WHERE {QueueQueries.Lapsed} FOR UPDATE SKIP LOCKED)
        """;

    /// <remarks>Two servers that clean up lock their rows in no fixed order. What one of them holds is as good as deleted.</remarks>
    public override string DeleteOutdatedAnswers =>
        $"DELETE FROM idempotency_keys WHERE (tenant, key_hash) IN ({IdempotencyQueries.OldestOutdated} FOR UPDATE SKIP LOCKED)";

    public override async ValueTask InsertContentAsync(
        DatabaseSession session, string tenant, string id, string purpose, ReadOnlySequence<byte> content) =>
        await session.Command(
            InsertContent, ("@tenant", tenant), ("@id", id), ("@purpose", purpose), ("@content", content.ToArray())).ExecuteNonQueryAsync();
}
