using System.Data.Common;
using System.Globalization;
using System.Text;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Storage;

/// <summary>The statements on the bytes of files, and those that follow a file's id into other objects.</summary>
internal static class FileQueries
{
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

    private const string StoresThatHold = "SELECT kind, parent FROM objects WHERE tenant = @tenant AND id = @id AND kind = 8";

    /// <summary>The assistants and threads in whose JSON a file's id occurs, and the vector stores that hold it.</summary>
    public static async ValueTask<IReadOnlyList<(Kind Kind, string Id)>> MentionsAsync(DatabaseSession session, string tenant, string id)
    {
        var mentions = new List<(Kind Kind, string Id)>();
        await ReadMentionsAsync(
            session.Command(session.Dialect.ObjectsThatMention, ("@tenant", tenant), ("@text", Encoding.UTF8.GetBytes(id))), mentions);
        await ReadMentionsAsync(session.Command(StoresThatHold, ("@tenant", tenant), ("@id", id)), mentions);
        return mentions;
    }

    private static async ValueTask ReadMentionsAsync(DbCommand command, List<(Kind Kind, string Id)> mentions)
    {
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            mentions.Add(((Kind)reader.GetInt32(0), reader.GetString(1)));
        }
    }
}
