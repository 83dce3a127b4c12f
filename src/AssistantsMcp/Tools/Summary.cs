using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace AssistantsMcp.Tools;

/// <summary>An answer with its long texts cut, each with its length given: enough to choose what to read whole.</summary>
internal static class Summary
{
    /// <summary>How much of a text stays.</summary>
    public const int MostCharacters = 1000;

    public static readonly string Note = string.Create(
        CultureInfo.InvariantCulture, $"Texts above {MostCharacters:N0} characters are cut here and marked with …. With detail: \"full\" they are whole.");

    /// <returns>The summary; null where nothing is long.</returns>
    public static JsonElement? Of(JsonElement answer) =>
        HoldsLongText(answer) ? JsonElement.Parse(ShortJson.Write(writer => Write(writer, answer)).Span) : null;

    /// <summary>No character takes less than a byte, so most answers need not be looked into.</summary>
    private static bool HoldsLongText(JsonElement value) => JsonMarshal.GetRawUtf8Value(value).Length > MostCharacters && value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Any(field => HoldsLongText(field.Value)),
        JsonValueKind.Array => value.EnumerateArray().Any(HoldsLongText),
        JsonValueKind.String => value.GetString()!.Length > MostCharacters,
        _ => false,
    };

    private static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var field in value.EnumerateObject())
                {
                    writer.WritePropertyName(field.Name);
                    Write(writer, field.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String when HoldsLongText(value):
                writer.WriteStringValue(ShortJson.Mark(value.GetString()!, MostCharacters));
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
