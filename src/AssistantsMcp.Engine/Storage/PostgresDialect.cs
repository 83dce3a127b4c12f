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

    public override async ValueTask InsertContentAsync(
        DatabaseSession session, string tenant, string id, string purpose, ReadOnlySequence<byte> content) =>
        await session.Command(
            InsertContent, ("@tenant", tenant), ("@id", id), ("@purpose", purpose), ("@content", content.ToArray())).ExecuteNonQueryAsync();
}
