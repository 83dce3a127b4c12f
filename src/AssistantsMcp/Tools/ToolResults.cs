using System.ClientModel;
using System.Text.Json;
using ModelContextProtocol.Protocol;

namespace AssistantsMcp.Tools;

/// <summary>Results of tools.</summary>
internal static class ToolResults
{
    /// <summary>The API's JSON, unchanged, as text and as structured content.</summary>
    /// <exception cref="UnreadableAnswerException">The answer is not a JSON object.</exception>
    public static CallToolResult ToToolResult(this ClientResult result)
    {
        var content = result.GetRawResponse().Content;
        return new()
        {
            Content = [new TextContentBlock { Text = content.ToString() }],
            StructuredContent = ParseObject(content),
        };
    }

    /// <summary>A failure that the model gets to read.</summary>
    public static CallToolResult Error(string text) => new() { IsError = true, Content = [new TextContentBlock { Text = text }] };

    private static JsonElement ParseObject(BinaryData content)
    {
        try
        {
            var json = JsonElement.Parse(content.ToMemory().Span);
            return json.ValueKind == JsonValueKind.Object ? json : throw new UnreadableAnswerException();
        }
        catch (JsonException)
        {
            throw new UnreadableAnswerException();
        }
    }
}

/// <summary>A server answered a request with success and something that is no object of the API.</summary>
internal sealed class UnreadableAnswerException : Exception;
