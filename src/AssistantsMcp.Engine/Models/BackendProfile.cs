namespace AssistantsMcp.Engine.Models;

/// <summary>
/// What may be said to a model server beyond the Responses API that all of them share. Others refuse fields they do
/// not know, or misread them.
/// </summary>
/// <param name="TakesVendorFields">OpenAI itself: <c>prompt_cache_key</c>, <c>stream_options</c>.</param>
/// <param name="EncryptsReasoning">OpenAI and Azure: reasoning comes back sealed when asked for, and refusals keep their part.</param>
internal readonly record struct BackendProfile(bool TakesVendorFields, bool EncryptsReasoning)
{
    public static BackendProfile Of(Uri baseUrl)
    {
        var isOpenAI = baseUrl.IdnHost.Equals("api.openai.com", StringComparison.OrdinalIgnoreCase);
        var isAzure = baseUrl.IdnHost.EndsWith(".openai.azure.com", StringComparison.OrdinalIgnoreCase);
        return new BackendProfile(TakesVendorFields: isOpenAI, EncryptsReasoning: isOpenAI || isAzure);
    }
}
