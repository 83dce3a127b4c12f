using System.Text.Json;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Schemas;
using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Engine.Runs;

/// <summary>The parameter <c>include[]</c>, which asks for what is left out otherwise; the brackets may be missing.</summary>
internal static class Includes
{
    private static readonly Schema _include = ((ArraySchema)RequestSchemas.RunStep.Properties["include"]).Items;

    /// <summary>Whether the passages that file search found are to be shown.</summary>
    /// <exception cref="ApiException">Something is asked for that nothing can show.</exception>
    public static bool SearchContent(HttpRequest request)
    {
        string?[] asked = [.. request.Query["include[]"], .. request.Query["include"]];
        foreach (var (index, value) in asked.Index())
        {
            if (_include.Check(JsonElement.Parse($"\"{JsonEncodedText.Encode(value ?? "")}\""), $"include[{index}]") is { } violation)
            {
                throw ApiException.Invalid(violation);
            }
        }

        return asked.Length > 0;
    }
}
