using System.Globalization;

namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// The statements on the messages of a thread and their places. A message's place is never below the number of messages
/// up to it, for it comes after the last message's place, and deletions only lower the number.
/// </summary>
internal static class MessageQueries
{
    private const string OfThread = "tenant = @tenant AND kind = 3 AND parent = @parent";

    private const string LastPlace = $"SELECT COALESCE(place, -1) FROM objects WHERE {OfThread} ORDER BY sequence DESC LIMIT 1";

    // Behind a message whose place is unknown, it stays unknown.
    private const string InsertMessage = $"""
        INSERT INTO objects (kind, tenant, id, parent, run_id, body, place) VALUES (3, @tenant, @id, @parent, @run_id, @body,
            NULLIF(COALESCE(({LastPlace}), 0) + 1, 0))
        """;

    /// <summary>Stores a message behind all others of its thread.</summary>
    public static Statement Insert(string tenant, NewObject message) => new(
        InsertMessage,
        ("@tenant", tenant),
        ("@id", message.Id),
        ("@parent", message.Parent),
        ("@run_id", message.RunId),
        ("@body", message.Body));

    /// <summary>What a thread's messages do not outnumber; null where only counting tells.</summary>
    public static async ValueTask<long?> MostAsync(DatabaseSession session, string tenant, string threadId)
    {
        var place = await session.Command(LastPlace, ("@tenant", tenant), ("@parent", threadId)).ExecuteScalarAsync();
        return place switch
        {
            null => 0,
            -1L => null,
            _ => Convert.ToInt64(place, CultureInfo.InvariantCulture),
        };
    }

    private const string CountMessages = $"""
        UPDATE objects SET place = (SELECT COUNT(*) FROM objects WHERE {OfThread})
        WHERE sequence = (SELECT MAX(sequence) FROM objects WHERE {OfThread}) RETURNING place
        """;

    /// <summary>How many messages a thread holds, noted as its last message's place.</summary>
    public static async ValueTask<long> CountAsync(DatabaseSession session, string tenant, string threadId) =>
        Convert.ToInt64(
            await session.Command(CountMessages, ("@tenant", tenant), ("@parent", threadId)).ExecuteScalarAsync() ?? 0,
            CultureInfo.InvariantCulture);

    // What is asked for each row is asked as a value, so that PostgreSQL looks it up by index rather than join tables.
    private const string CountedFrom = """
        SELECT tenant, id, parent, body, most, COALESCE((
            SELECT COALESCE(place, most) FROM objects
            WHERE objects.tenant = wanted.tenant AND kind = 3 AND objects.parent = wanted.parent
            ORDER BY sequence DESC LIMIT 1), 0) AS place
        FROM
        """;

    private const string AddTo = "INSERT INTO objects (kind, tenant, id, parent, body, place) SELECT 3, tenant, id, parent, body, place + 1 FROM";

    private const string HasRoom = """
        WHERE place < most
            AND (SELECT 1 FROM objects WHERE objects.tenant = counted.tenant AND objects.id = counted.parent AND kind = 2 AND objects.parent = '') = 1
            AND (SELECT 1 FROM active_runs WHERE active_runs.tenant = counted.tenant AND thread_id = counted.parent) IS NULL
        """;

    private const string AddMessage = $"""
        {AddTo} ({CountedFrom} (SELECT @tenant AS tenant, @id AS id, @parent AS parent, @body AS body, @most AS most) AS wanted) AS counted {HasRoom}
        """;

    /// <summary>
    /// Adds each message of arrays whose thread is held, as it says at the same place of the setting <c>assistants_mcp.held</c>,
    /// and that may be added; and tells which. For PostgreSQL.
    /// </summary>
    public const string AddHeldMessages = $"""
        {AddTo} ({CountedFrom} (
            SELECT tenant, id, parent, body, $5 AS most
            FROM UNNEST($1, $2, $3, $4, CURRENT_SETTING('assistants_mcp.held')::boolean[]) AS sent (tenant, id, parent, body, is_held)
            WHERE is_held) AS wanted OFFSET 0) AS counted {HasRoom} RETURNING id
        """;

    /// <summary>Adds a message, if its thread exists, has no active run, and is known to have room.</summary>
    /// <returns>Whether it was added.</returns>
    public static async ValueTask<bool> TryAddAsync(DatabaseSession session, string tenant, NewObject message, int most) =>
        await session.Command(
            AddMessage,
            ("@tenant", tenant),
            ("@id", message.Id),
            ("@parent", message.Parent),
            ("@body", message.Body),
            ("@most", (long)most)).ExecuteNonQueryAsync() > 0;
}
