using System.ClientModel;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AssistantsMcp.Clients;
using AssistantsMcp.Tools;
using OpenAI.Assistants;

namespace AssistantsMcp.Resources;

/// <summary>Objects and lists of the API as JSON.</summary>
internal static class ObjectReads
{
    private const int PageSize = 100;

    /// <exception cref="UnreadableAnswerException">The answer is not a JSON object.</exception>
    public static async Task<JsonElement> ReadAsync(this AssistantClient client, string path, CancellationToken cancellationToken) =>
        (await client.GetAsync(path, cancellationToken)).ReadObject();

    /// <summary>The items of a list one by one; a page is read when its first item is asked for.</summary>
    /// <param name="client">The client of the caller's key.</param>
    /// <param name="path">The list, without a query.</param>
    /// <param name="order"><c>asc</c> or <c>desc</c>.</param>
    /// <param name="after">The id behind which to begin; null for the beginning.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ClientResultException">The server refused.</exception>
    /// <exception cref="UnreadableAnswerException">An answer is not a page of a list.</exception>
    public static async IAsyncEnumerable<JsonElement> ReadListAsync(
        this AssistantClient client, string path, string order, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var more = true; more;)
        {
            var page = await client.ReadAsync($"{path}?limit={PageSize}&order={order}{(after is null ? "" : $"&after={after}")}", cancellationToken);
            if (!page.TryGetProperty("data", out var items) || items.ValueKind != JsonValueKind.Array)
            {
                throw new UnreadableAnswerException();
            }

            foreach (var item in items.EnumerateArray())
            {
                after = item.Text("id");
                yield return item;
            }

            more = items.GetArrayLength() > 0 && page.TryGetProperty("has_more", out var hasMore) && hasMore.ValueKind == JsonValueKind.True;
        }
    }
}
