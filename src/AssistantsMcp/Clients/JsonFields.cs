using System.Text.Json;

namespace AssistantsMcp.Clients;

/// <summary>Fields of objects that another server wrote, which need not be there.</summary>
internal static class JsonFields
{
    /// <summary>A text field; null where it is absent, null or no text.</summary>
    public static string? Text(this JsonElement item, string name) =>
        item.Field(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>A field of an object; null where it is absent or null, or where there is no object.</summary>
    public static JsonElement? Field(this JsonElement? item, string name) => item is { } there ? there.Field(name) : null;

    /// <inheritdoc cref="Field(JsonElement?, string)"/>
    public static JsonElement? Field(this JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>The items of a list in an object; none where it is absent.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement? item, string name) =>
        item.Field(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];
}
