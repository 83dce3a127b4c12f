using System.Globalization;

namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// The statements on the messages of a thread and their places. A message's place is never below the number of messages
/// up to it, for it comes after the last message's place, and deletions only lower the number.
/// </summary>
internal static class MessageQueries
{
    private const string OfThread = "tenant = @tenant AND kind = 3 AND parent = @parent";

    // Behind a message whose place is unknown, it stays unknown.
    private const string InsertMessage = $"""
        INSERT INTO objects (kind, tenant, id, parent, run_id, body, place) VALUES (3, @tenant, @id, @parent, @run_id, @body,
            NULLIF(COALESCE((SELECT COALESCE(place, -1) FROM objects WHERE {OfThread} ORDER BY sequence DESC LIMIT 1), 0) + 1, 0))
        """;

    /// <summary>Stores a message behind all others of its thread.</summary>
    public static Statement Insert(string tenant, NewObject message) => new(
        InsertMessage,
        ("@tenant", tenant),
        ("@id", message.Id),
        ("@parent", message.Parent),
        ("@run_id", message.RunId),
        ("@body", message.Body));

    private const string LastPlace = $"SELECT COALESCE(place, -1) FROM objects WHERE {OfThread} ORDER BY sequence DESC LIMIT 1";

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
}
