using System.Data.Common;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Storage;

/// <summary>The reading statements on objects, for reads and writes alike.</summary>
internal static class ObjectQueries
{
    private const string Find = """
        SELECT id, body FROM objects WHERE tenant = @tenant AND id = @id AND kind = @kind AND parent = @parent
        """;

    public static async ValueTask<StoredObject?> FindAsync(DatabaseSession session, Kind kind, string tenant, string id, string parent)
    {
        await using var reader = await session.Command(
            Find, ("@tenant", tenant), ("@id", id), ("@kind", (int)kind), ("@parent", parent)).ExecuteReaderAsync();
        return await reader.ReadAsync() ? Read(reader) : null;
    }

    /// <exception cref="ApiException">The thread, or the object in it, does not exist.</exception>
    public static async ValueTask<StoredObject> GetInThreadAsync(DatabaseSession session, Kind kind, string tenant, string threadId, string id)
    {
        if (await FindAsync(session, kind, tenant, id, threadId) is { } found)
        {
            return found;
        }

        // What is missing is asked for only now: an object that is there proves its thread.
        throw await FindAsync(session, Kind.Thread, tenant, threadId, parent: "") is null
            ? ApiException.NotFound(Kind.Thread.Noun(), threadId)
            : ApiException.NotFound(kind.Noun(), id);
    }

    private const string Sequence = """
        SELECT sequence FROM objects WHERE tenant = @tenant AND id = @id AND kind = @kind AND parent = @parent
        """;

    // Newest first and oldest first, of all and of one run: four statements, so that each finds its index.
    private const string Page = "SELECT id, body FROM objects WHERE tenant = @tenant AND kind = @kind AND parent = @parent";
    private const string Between = "AND sequence > @above AND sequence < @below";
    private const string OldestFirst = $"{Page} {Between} ORDER BY sequence LIMIT @limit";
    private const string NewestFirst = $"{Page} {Between} ORDER BY sequence DESC LIMIT @limit";
    private const string OldestFirstOfRun = $"{Page} AND run_id = @run {Between} ORDER BY sequence LIMIT @limit";
    private const string NewestFirstOfRun = $"{Page} AND run_id = @run {Between} ORDER BY sequence DESC LIMIT @limit";

    /// <summary>One page of a list, in the asked order, by keyset: its cost does not grow with the distance from the start.</summary>
    /// <exception cref="ApiException">A cursor names no object of this list.</exception>
    public static async ValueTask<ListPage> ListAsync(DatabaseSession session, Kind kind, string tenant, string parent, ListQuery query)
    {
        var after = query.After is null ? (long?)null : await SequenceAsync(session, kind, tenant, query.After, parent);
        var before = query.Before is null ? (long?)null : await SequenceAsync(session, kind, tenant, query.Before, parent);

        // "After" is behind the cursor in the asked order, so in a list of newest first it means older.
        var (above, below) = query.Ascending ? (after, before) : (before, after);

        // With a cursor at the far end alone, the page is the items nearest to that end: read from there, then turned round.
        var fromFarEnd = before is not null && after is null;
        var oldestFirst = query.Ascending != fromFarEnd;

        var items = await ReadPageAsync(
            session, kind, tenant, parent, query.RunId, above ?? 0, below ?? long.MaxValue, oldestFirst, query.Limit + 1);
        var hasMore = items.Count > query.Limit;
        if (hasMore)
        {
            items.RemoveAt(items.Count - 1);
        }

        if (fromFarEnd)
        {
            items.Reverse();
        }

        return new ListPage(items, hasMore);
    }

    /// <summary>The newest objects below a parent, oldest first.</summary>
    public static async ValueTask<IReadOnlyList<StoredObject>> NewestAsync(DatabaseSession session, Kind kind, string tenant, string parent, int count)
    {
        var items = await ReadPageAsync(session, kind, tenant, parent, runId: null, above: 0, below: long.MaxValue, oldestFirst: false, count);
        items.Reverse();
        return items;
    }

    private static async ValueTask<List<StoredObject>> ReadPageAsync(
        DatabaseSession session, Kind kind, string tenant, string parent, string? runId, long above, long below, bool oldestFirst, int limit)
    {
        var command = runId is null
            ? session.Command(
                oldestFirst ? OldestFirst : NewestFirst,
                ("@tenant", tenant), ("@kind", (int)kind), ("@parent", parent), ("@above", above), ("@below", below), ("@limit", limit))
            : session.Command(
                oldestFirst ? OldestFirstOfRun : NewestFirstOfRun,
                ("@tenant", tenant), ("@kind", (int)kind), ("@parent", parent), ("@run", runId), ("@above", above), ("@below", below), ("@limit", limit));

        var items = new List<StoredObject>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            items.Add(Read(reader));
        }

        return items;
    }

    /// <summary>An object's place in the order of all objects.</summary>
    /// <exception cref="ApiException">There is no such object.</exception>
    public static async ValueTask<long> SequenceAsync(DatabaseSession session, Kind kind, string tenant, string id, string parent) =>
        await session.Command(Sequence, ("@tenant", tenant), ("@id", id), ("@kind", (int)kind), ("@parent", parent)).ExecuteScalarAsync() is long sequence
            ? sequence
            : throw ApiException.NotFound(kind.Noun(), id);

    /// <summary>A row of id and body.</summary>
    public static StoredObject Read(DbDataReader reader) => new(reader.GetString(0), reader.GetFieldValue<byte[]>(1));
}
