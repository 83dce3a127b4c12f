using System.Text.Json;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// What a run's earlier turns produced, as input of the next one: verbatim, but for what the server could not read.
/// </summary>
internal static class ItemTranslation
{
    public static void WriteItem(Utf8JsonWriter body, JsonElement item, BackendProfile backend)
    {
        switch (item.Text("type"))
        {
            case "reasoning" when !IsReplayable(item, backend.Reasoning):
                break;

            case "function_call" when !backend.TakesAnyArguments && !IsObject(item.Text("arguments")):
                WriteMended(body, item);
                break;

            case "message" when !backend.KeepsRefusals && item.Elements("content").Any(part => part.Text("type") == "refusal"):
                WriteAsText(body, item);
                break;

            default:
                body.WriteVerbatim(item);
                break;
        }
    }

    /// <summary>
    /// Reasoning that was neither sealed nor shown cannot be looked up by anybody: it would be answered with 404. What
    /// another kind of server made is no good either: one may have taken the other's place while the run was waiting.
    /// </summary>
    private static bool IsReplayable(JsonElement item, ReasoningItems form)
    {
        var hidden = item.Text("encrypted_content");
        var isShown = item.Elements("content").FirstOrDefault().Text("text") is not null;

        // Ciphertext is base64; thoughts in plain text have blanks.
        return form switch
        {
            ReasoningItems.Sealed => !string.IsNullOrEmpty(hidden) && !hidden.Any(char.IsWhiteSpace),
            ReasoningItems.Plain => !string.IsNullOrEmpty(hidden) && hidden.Any(char.IsWhiteSpace),
            ReasoningItems.Shown => string.IsNullOrEmpty(hidden) && isShown && item.Find("summary") is { ValueKind: JsonValueKind.Array },
            _ => !string.IsNullOrEmpty(hidden) || isShown,
        };
    }

    private static bool IsObject(string? arguments)
    {
        try
        {
            return arguments is not null && JsonElement.Parse(arguments).ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>
    /// The call with what its model wrote kept as text in an object, so that the model can see its mistake. Servers that
    /// bridge to a chat template parse the arguments, and refuse the whole request over one call.
    /// </summary>
    private static void WriteMended(Utf8JsonWriter body, JsonElement call)
    {
        body.WriteStartObject();
        foreach (var property in call.EnumerateObject())
        {
            if (!property.NameEquals("arguments"))
            {
                body.WriteVerbatim(property.Name, property.Value);
            }
        }

        body.WriteString("arguments", EngineJson.Build(arguments =>
        {
            arguments.WriteStartObject();
            if (call.Text("arguments") is { } written && !string.IsNullOrWhiteSpace(written))
            {
                arguments.WriteString("invalid_json", written);
            }

            arguments.WriteEndObject();
        }).GetRawText());
        body.WriteEndObject();
    }

    private static void WriteAsText(Utf8JsonWriter body, JsonElement message)
    {
        body.WriteStartObject();
        body.WriteString("type", "message");
        body.WriteString("role", "assistant");
        body.WriteString("content", string.Join("\n\n", message.Elements("content").Select(part => part.Text("refusal") ?? part.Text("text"))));
        body.WriteEndObject();
    }
}
