using AssistantsMcp.Tools;
using OpenAI.Assistants;

namespace AssistantsMcp.Resources;

/// <summary>An assistant as the API shows it, shortened where a model could not read it.</summary>
internal static class AssistantReport
{
    public static async Task<string> ReadAsync(AssistantClient client, IReadOnlyDictionary<string, string> ids, CancellationToken cancellationToken)
    {
        var assistant = await client.ReadAsync($"assistants/{ids["assistant_id"]}", cancellationToken);
        return ShortJson.Cost(assistant) <= ShortMarkdown.MostTokens
            ? assistant.GetRawText()
            : ShortMarkdown.Json(assistant, ShortMarkdown.MostTokens);
    }
}
