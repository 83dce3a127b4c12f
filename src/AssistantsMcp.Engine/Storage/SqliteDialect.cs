using System.Buffers;
using Microsoft.Data.Sqlite;

namespace AssistantsMcp.Engine.Storage;

/// <inheritdoc/>
internal sealed class SqliteDialect : SqlDialect
{
    private const string InsertContent = """
        INSERT INTO file_contents (tenant, id, purpose, content) VALUES (@tenant, @id, @purpose, ZEROBLOB(@length)) RETURNING rowid
        """;

    /// <remarks>A number in the file's header that SQLite leaves to applications. It is written even if it stays the same.</remarks>
    public override string ProbeDisk => "PRAGMA user_version = 1";

    public override string ObjectsThatMention =>
        "SELECT kind, id FROM objects WHERE tenant = @tenant AND kind IN (1, 2) AND parent = '' AND INSTR(body, @text) > 0";

    public override string ExpiredUploads => """
        SELECT id FROM objects WHERE tenant = @tenant AND kind = 10 AND parent = '' AND CAST(body AS TEXT) ->> '$.expires_at' <= @now
        """;

    public override string ReleaseLapsed => $"UPDATE active_runs SET lease_until = 0 WHERE {QueueQueries.Lapsed}";

    public override string DeleteOutdatedAnswers => $"DELETE FROM idempotency_keys WHERE (tenant, key_hash) IN ({IdempotencyQueries.OldestOutdated})";

    public override async ValueTask InsertContentAsync(
        DatabaseSession session, string tenant, string id, string purpose, ReadOnlySequence<byte> content)
    {
        var row = await session.Command(
            InsertContent, ("@tenant", tenant), ("@id", id), ("@purpose", purpose), ("@length", content.Length)).ExecuteScalarAsync();

        // Piece by piece into its place: a parameter is copied whole several times, and the prepared statement keeps it.
        await using var place = new SqliteBlob((SqliteConnection)session.Connection, "file_contents", "content", (long)row!);
        foreach (var piece in content)
        {
            place.Write(piece.Span);
        }
    }
}
