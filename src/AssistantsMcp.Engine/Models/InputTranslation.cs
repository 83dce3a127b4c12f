using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// A thread's messages and a run's earlier items as the <c>input</c> of a Responses request.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Assistants content part</term><description>Responses content part</description></listheader>
/// <item><term>user <c>text</c></term><description><c>input_text</c></description></item>
/// <item><term>user <c>image_url</c></term><description><c>input_image</c> with <c>image_url</c></description></item>
/// <item><term>user <c>image_file</c></term><description><c>input_image</c> with <c>file_id</c>, or with the image itself where ids are not taken</description></item>
/// <item><term>assistant <c>text</c></term><description>plain string, without citation markers</description></item>
/// <item><term>assistant <c>refusal</c></term><description><c>refusal</c>; as plain text to servers other than OpenAI and Azure</description></item>
/// <item><term>assistant image</term><description>a note in the text: assistant input has no image part</description></item>
/// </list>
/// </remarks>
internal static partial class InputTranslation
{
    /// <exception cref="InputException">A message holds what this server cannot be given.</exception>
    public static void WriteInput(Utf8JsonWriter body, ModelRequest request, BackendProfile backend)
    {
        body.WriteStartArray("input");
        foreach (var message in request.Messages)
        {
            WriteMessage(body, message, request, backend);
        }

        foreach (var item in request.Items)
        {
            ItemTranslation.WriteItem(body, item, backend);
        }

        body.WriteEndArray();
    }

    /// <summary>A text without the markers that stand for citations in the Assistants API.</summary>
    internal static string WithoutCitations(string text) => CitationMarker().Replace(text, string.Empty);

    private static void WriteMessage(Utf8JsonWriter body, JsonElement message, ModelRequest request, BackendProfile backend)
    {
        var parts = message.Elements("content").ToList();
        if (parts.Count == 0)
        {
            return;
        }

        var role = message.Text("role") ?? "user";

        // The type is always written: llama.cpp refuses assistant messages without it.
        body.WriteStartObject();
        body.WriteString("type", "message");
        body.WriteString("role", role);
        if (backend.KeepsPhases && message.Text("phase") is { } phase)
        {
            body.WriteString("phase", phase);
        }

        if (role != "assistant")
        {
            WriteUserContent(body, parts, request, backend);
        }
        else if (backend.KeepsRefusals && parts.Any(part => part.Text("type") == "refusal"))
        {
            WriteRefusedContent(body, parts);
        }
        else
        {
            body.WriteString("content", AssistantText(parts));
        }

        body.WriteEndObject();
    }

    private static void WriteUserContent(Utf8JsonWriter body, List<JsonElement> parts, ModelRequest request, BackendProfile backend)
    {
        body.WriteStartArray("content");
        foreach (var part in parts)
        {
            switch (part.Text("type"))
            {
                case "text":
                    body.WriteStartObject();
                    body.WriteString("type", "input_text");
                    body.WriteString("text", TextOf(part));
                    body.WriteEndObject();
                    break;

                case "image_url" when part.Find("image_url") is { } link:
                    var url = link.Text("url");
                    if (!backend.TakesImageLinks && url?.StartsWith("data:", StringComparison.OrdinalIgnoreCase) is not true)
                    {
                        throw InputException.ImageByLink();
                    }

                    WriteImage(body, "image_url", url, link.Text("detail"));
                    break;

                case "image_file" when part.Find("image_file") is { } file:
                    var fileId = file.Text("file_id") ?? string.Empty;
                    var (field, value) = request.Images.TryGetValue(fileId, out var image) ? ("image_url", image) : ("file_id", fileId);
                    WriteImage(body, field, value, file.Text("detail"));
                    break;
            }
        }

        body.WriteEndArray();
    }

    private static void WriteImage(Utf8JsonWriter body, string field, string? value, string? detail)
    {
        body.WriteStartObject();
        body.WriteString("type", "input_image");
        body.WriteString(field, value);
        body.WriteString("detail", detail ?? "auto");
        body.WriteEndObject();
    }

    private static void WriteRefusedContent(Utf8JsonWriter body, List<JsonElement> parts)
    {
        body.WriteStartArray("content");
        foreach (var part in parts)
        {
            var (type, field) = part.Text("type") == "refusal" ? ("refusal", "refusal") : ("output_text", "text");
            body.WriteStartObject();
            body.WriteString("type", type);
            body.WriteString(field, AssistantText([part]));
            body.WriteEndObject();
        }

        body.WriteEndArray();
    }

    private static string AssistantText(List<JsonElement> parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            text.Append(text.Length > 0 ? "\n\n" : string.Empty).Append(part.Text("type") switch
            {
                "text" => WithoutCitations(TextOf(part)),
                "refusal" => part.Text("refusal"),
                "image_file" => $"[image {part.Find("image_file")?.Text("file_id")}]",
                _ => "[image]",
            });
        }

        return text.ToString();
    }

    private static string TextOf(JsonElement part) => part.Find("text")?.Text("value") ?? part.Text("text") ?? string.Empty;

    /// <summary>Only markers with a dagger: 【…】 alone is ordinary punctuation in Japanese and Chinese.</summary>
    [GeneratedRegex("【[0-9:]+†[^】]*】")]
    private static partial Regex CitationMarker();
}
