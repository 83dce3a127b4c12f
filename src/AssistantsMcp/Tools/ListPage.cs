using System.Runtime.InteropServices;
using System.Text.Json;
using AssistantsMcp.Clients;

namespace AssistantsMcp.Tools;

/// <summary>One page of a list as the API returns it: its items in order, its cursors, and whether there is more.</summary>
internal sealed class ListPage
{
    private readonly JsonElement _page;
    private readonly JsonElement[] _items;

    private ListPage(JsonElement page, JsonElement items) => (_page, _items) = (page, [.. items.EnumerateArray()]);

    /// <returns>The page; null for an answer that is none.</returns>
    public static ListPage? TryRead(JsonElement answer) =>
        answer.TryGetProperty("object", out var kind) && kind.ValueEquals("list")
        && answer.TryGetProperty("data", out var items) && items.ValueKind == JsonValueKind.Array && items.GetArrayLength() > 0
            ? new ListPage(answer, items)
            : null;

    /// <summary>
    /// The page with as many of its first items as cost no more than so many tokens, and with the last of them as the
    /// cursor; if not even the first one does, that one, shortened.
    /// </summary>
    /// <returns>The shorter page, and a sentence on what it lacks.</returns>
    public (ReadOnlyMemory<byte> Json, string Note) Fit(int tokens)
    {
        var room = tokens - ShortJson.Cost(_page) + _items.Sum(ShortJson.Cost);
        var (kept, left) = (0, room);
        while (kept < _items.Length && ShortJson.Cost(_items[kept]) is var cost && cost <= left)
        {
            (kept, left) = (kept + 1, left - cost);
        }

        if (kept > 0)
        {
            return (Write(kept, writer => WriteRaw(writer, _items.AsSpan(0, kept))), $"{kept} of the page's {_items.Length} items are here. {GoOn(kept)}");
        }

        var first = ShortJson.Fit(_items[0], room);
        return (Write(1, writer => writer.WriteRawValue(first.Span)), $"The first item is here, its long values cut and marked with …. {GoOn(1)}");
    }

    private static void WriteRaw(Utf8JsonWriter writer, ReadOnlySpan<JsonElement> items)
    {
        foreach (var item in items)
        {
            writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(item));
        }
    }

    private ReadOnlyMemory<byte> Write(int kept, Action<Utf8JsonWriter> writeItems) => ShortJson.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("object", "list");
        writer.WriteStartArray("data");
        writeItems(writer);
        writer.WriteEndArray();
        writer.WriteString("first_id", _items[0].Text("id"));
        writer.WriteString("last_id", _items[kept - 1].Text("id"));
        writer.WriteBoolean("has_more", HasMore(kept));
        writer.WriteEndObject();
    });

    private bool HasMore(int kept) => kept < _items.Length || (_page.TryGetProperty("has_more", out var more) && more.ValueKind == JsonValueKind.True);

    private string GoOn(int kept) => HasMore(kept) ? $"For the next ones, call this tool again with after: \"{_items[kept - 1].Text("id")}\"." : "There are no more.";
}
