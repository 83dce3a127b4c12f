using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// Reads JSON that others wrote, where what is absent, null or of another type reads as null; and writes it back
/// byte for byte.
/// </summary>
internal static partial class ModelJson
{
    /// <summary>Reads one JSON value that lives as long as it is needed. Half a surrogate pair in a text becomes U+FFFD.</summary>
    /// <exception cref="JsonException">The bytes are no JSON.</exception>
    public static JsonElement Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0 ? json : Mend(json));
        return JsonElement.ParseValue(ref reader);
    }

    /// <summary>Servers that cut a text in the middle of a pair send half of it, which no string here can hold.</summary>
    private static byte[] Mend(ReadOnlySpan<byte> json) => Encoding.UTF8.GetBytes(
        Escape().Replace(Encoding.UTF8.GetString(json), escape => escape.Groups["half"].Success ? @"\ufffd" : escape.Value));

    [GeneratedRegex(@"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)")]
    private static partial Regex Escape();

    extension(JsonElement element)
    {
        /// <summary>The property, unless the element is no object, has no such property, or has null there.</summary>
        public JsonElement? Find(string name) =>
            element.ValueKind == JsonValueKind.Object
            && element.TryGetProperty(name, out var value)
            && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)
                ? value
                : null;

        /// <summary>The property if it is a string.</summary>
        public string? Text(string name) => element.Find(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

        /// <summary>The property if it is a whole number.</summary>
        public long? Number(string name) =>
            element.Find(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : null;

        /// <summary>The elements of the property if it is an array; otherwise none.</summary>
        public IEnumerable<JsonElement> Elements(string name) =>
            element.Find(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];
    }

    extension(Utf8JsonWriter writer)
    {
        /// <summary>Writes a value byte for byte, so that numbers and escapes stay as they came.</summary>
        public void WriteVerbatim(JsonElement value) =>
            writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

        /// <inheritdoc cref="WriteVerbatim(Utf8JsonWriter, JsonElement)"/>
        public void WriteVerbatim(string name, JsonElement value)
        {
            writer.WritePropertyName(name);
            writer.WriteVerbatim(value);
        }

        /// <summary>Writes the property if there is one; null is left out too.</summary>
        public void WriteIfAny(string name, JsonElement? value)
        {
            if (value is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } some)
            {
                writer.WriteVerbatim(name, some);
            }
        }
    }
}
