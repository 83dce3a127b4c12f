using System.Buffers;
using System.Globalization;
using System.Text;
using AssistantsMcp.Engine.Api;
using Microsoft.Data.Sqlite;

namespace AssistantsMcp.Engine.Storage;

/// <summary>The statements on the bytes of files, and those that follow a file's id into other objects.</summary>
internal static class FileQueries
{
    private const string InsertContent = """
        INSERT INTO file_contents (tenant, id, purpose, content) VALUES (@tenant, @id, @purpose, ZEROBLOB(@length)) RETURNING rowid
        """;

    public static async ValueTask InsertContentAsync(DatabaseSession session, string tenant, string id, string purpose, ReadOnlySequence<byte> content)
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

    private const string FindContent = "SELECT content FROM file_contents WHERE tenant = @tenant AND id = @id";

    public static async ValueTask<byte[]?> FindContentAsync(DatabaseSession session, string tenant, string id)
    {
        await using var reader = await session.Command(FindContent, ("@tenant", tenant), ("@id", id)).ExecuteReaderAsync();
        return await reader.ReadAsync() ? reader.GetFieldValue<byte[]>(0) : null;
    }

    private const string DeleteContent = "DELETE FROM file_contents WHERE tenant = @tenant AND id = @id";

    public static async ValueTask DeleteContentAsync(DatabaseSession session, string tenant, string id) =>
        await session.Command(DeleteContent, ("@tenant", tenant), ("@id", id)).ExecuteNonQueryAsync();

    private const string OriginalOf = "SELECT parent FROM objects WHERE tenant = @tenant AND id = @id AND kind = 21";

    /// <summary>The file of which the model provider has a copy under that id, or null.</summary>
    public static async ValueTask<string?> FindOriginalAsync(DatabaseSession session, string tenant, string copyId) =>
        await session.Command(OriginalOf, ("@tenant", tenant), ("@id", copyId)).ExecuteScalarAsync() as string;

    private const string ContentBytes = "SELECT COALESCE(SUM(LENGTH(content)), 0) FROM file_contents WHERE tenant = @tenant";

    /// <summary>How many bytes all files of a tenant have.</summary>
    public static async ValueTask<long> ContentBytesAsync(DatabaseSession session, string tenant) =>
        Convert.ToInt64(await session.Command(ContentBytes, ("@tenant", tenant)).ExecuteScalarAsync(), CultureInfo.InvariantCulture);

    private const string FilesOf = """
        SELECT objects.id, objects.body FROM objects
        JOIN file_contents ON file_contents.tenant = objects.tenant AND file_contents.id = objects.id
        WHERE objects.tenant = @tenant AND objects.kind = 6 AND objects.parent = ''
            AND (@purpose = '' OR file_contents.purpose = @purpose) AND objects.sequence > @above AND objects.sequence < @below
        """;

    private const string OldestFilesFirst = $"{FilesOf} ORDER BY objects.sequence LIMIT @limit";

    private const string NewestFilesFirst = $"{FilesOf} ORDER BY objects.sequence DESC LIMIT @limit";

    /// <summary>One page of a tenant's files.</summary>
    /// <exception cref="ApiException">The cursor names no file.</exception>
    public static async ValueTask<ListPage> ListAsync(DatabaseSession session, string tenant, string? purpose, ListQuery query)
    {
        var after = query.After is null ? (long?)null : await ObjectQueries.SequenceAsync(session, Kind.File, tenant, query.After, parent: "");
        var (above, below) = query.Ascending ? (after ?? 0, long.MaxValue) : (0, after ?? long.MaxValue);
        var items = new List<StoredObject>();
        await using (var reader = await session.Command(
            query.Ascending ? OldestFilesFirst : NewestFilesFirst,
            ("@tenant", tenant), ("@purpose", purpose ?? ""), ("@above", above), ("@below", below), ("@limit", query.Limit + 1)).ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                items.Add(ObjectQueries.Read(reader));
            }
        }

        var hasMore = items.Count > query.Limit;
        if (hasMore)
        {
            items.RemoveAt(items.Count - 1);
        }

        return new ListPage(items, hasMore);
    }

    private const string Mentions = """
        SELECT kind, id FROM objects WHERE tenant = @tenant AND kind IN (1, 2) AND parent = '' AND INSTR(body, @text) > 0
        UNION ALL SELECT kind, parent FROM objects WHERE tenant = @tenant AND id = @id AND kind = 8
        """;

    /// <summary>The assistants and threads in whose JSON a file's id occurs, and the vector stores that hold it.</summary>
    public static async ValueTask<IReadOnlyList<(Kind Kind, string Id)>> MentionsAsync(DatabaseSession session, string tenant, string id)
    {
        var mentions = new List<(Kind Kind, string Id)>();
        await using var reader = await session.Command(
            Mentions, ("@tenant", tenant), ("@text", Encoding.UTF8.GetBytes(id)), ("@id", id)).ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            mentions.Add(((Kind)reader.GetInt32(0), reader.GetString(1)));
        }

        return mentions;
    }
}
