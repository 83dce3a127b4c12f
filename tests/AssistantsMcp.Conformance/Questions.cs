using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace AssistantsMcp.Conformance;

/// <summary>Questions to a client.</summary>
internal static class Questions
{
    /// <param name="message">What the user reads.</param>
    /// <param name="properties">The fields of the answer, as JSON Schema.</param>
    public static ElicitRequestParams Form(string message, string properties) => new()
    {
        Message = message,
        RequestedSchema = JsonSerializer.Deserialize<ElicitRequestParams.RequestSchema>($$"""{"type":"object","properties":{{properties}} }""", McpJsonUtilities.DefaultOptions)!,
    };

    public static InputRequest Input(string message, string field, string type = "string") =>
        InputRequest.ForElicitation(Form(message, $$"""{"{{field}}":{"type":"{{type}}"} }"""));

    public static CreateMessageRequestParams Sampling(string prompt, int maxTokens) => new()
    {
        Messages = [new SamplingMessage { Role = Role.User, Content = [new TextContentBlock { Text = prompt }] }],
        MaxTokens = maxTokens,
    };

    /// <summary>What the user filled in; null when there is no such answer, or no answer of this form.</summary>
    public static string? FieldOf(RequestParams request, string question, string field)
    {
        if (request.InputResponses?.TryGetValue(question, out var response) is not true || response.RawValue.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        return response.Deserialize(InputResponse.ElicitResultJsonTypeInfo) is { IsAccepted: true, Content: { } content } && content.TryGetValue(field, out var value)
            ? value.ToString()
            : null;
    }

    public static bool Answers(RequestParams request, string question) => request.InputResponses?.ContainsKey(question) is true;
}
