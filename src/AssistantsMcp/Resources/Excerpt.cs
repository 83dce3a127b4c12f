using System.Text.Json;
using AssistantsMcp.Clients;

namespace AssistantsMcp.Resources;

/// <summary>The first entries of a list, as many as a model can read at once.</summary>
/// <param name="Entries">Each as Markdown.</param>
/// <param name="LastId">The id of the last one; null for none.</param>
/// <param name="HasMore">Whether the list goes on.</param>
internal sealed record Excerpt(IReadOnlyList<string> Entries, string? LastId, bool HasMore)
{
    /// <summary>Takes entries while they fit. The first one is there in any case, cut where it has to be.</summary>
    /// <param name="items">The list.</param>
    /// <param name="write">Writes one item.</param>
    /// <param name="tokens">What the entries may cost together.</param>
    /// <param name="tool">The tool that returns an item whole.</param>
    public static async Task<Excerpt> TakeAsync(IAsyncEnumerable<JsonElement> items, Func<JsonElement, string> write, int tokens, string tool)
    {
        var (entries, left, last) = (new List<string>(), tokens, (string?)null);
        await foreach (var item in items)
        {
            var entry = write(item);
            var cost = ShortMarkdown.Cost(entry);
            if (cost > left && entries.Count > 0)
            {
                return new Excerpt(entries, last, HasMore: true);
            }

            entries.Add(cost <= left ? entry : $"{ShortMarkdown.Cut(entry, left)}…\n\n(It is longer than this; {tool} returns it whole.)\n");
            (left, last) = (left - cost, item.Text("id"));
        }

        return new Excerpt(entries, last, HasMore: false);
    }
}
