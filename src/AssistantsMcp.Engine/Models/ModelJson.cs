using System.Runtime.InteropServices;
using System.Text.Json;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// Reads JSON that others wrote, where what is absent, null or of another type reads as null; and writes it back
/// byte for byte.
/// </summary>
internal static class ModelJson
{
    /// <summary>Reads one JSON value that lives as long as it is needed.</summary>
    /// <exception cref="JsonException">The bytes are no JSON.</exception>
    public static JsonElement Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return JsonElement.ParseValue(ref reader);
    }

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
