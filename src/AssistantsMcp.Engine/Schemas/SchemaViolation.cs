using System.Globalization;
using System.Text.Json;

namespace AssistantsMcp.Engine.Schemas;

/// <summary>Why a value was refused, in the API's own words.</summary>
/// <param name="Message">For the caller: what was wrong and what is allowed.</param>
/// <param name="Param">The offending field, such as <c>tools[0].type</c>.</param>
/// <param name="Code">The API's error code, such as <c>invalid_type</c>.</param>
public sealed record SchemaViolation(string Message, string Param, string Code)
{
    internal static SchemaViolation Type(string path, string expected, JsonElement actual) =>
        new($"Invalid type for '{path}': expected {expected}, but got {Name(actual)} instead.", path, "invalid_type");

    internal static SchemaViolation Missing(string path) =>
        new($"Missing required parameter: '{path}'.", path, "missing_required_parameter");

    internal static SchemaViolation Unknown(string path) =>
        new($"Unknown parameter: '{path}'.", path, "unknown_parameter");

    internal static SchemaViolation Value(string path, string actual, IReadOnlyList<string> allowed) =>
        new($"Invalid value: '{Shorten(actual)}'. Supported values are: {Join(allowed)}.", path, "invalid_value");

    internal static SchemaViolation Pattern(string path, string expectation) =>
        new($"Invalid '{path}': {expectation}", path, "invalid_value");

    internal static SchemaViolation TooLong(string path, int maximum, int actual) =>
        new($"Invalid '{path}': string too long. Expected a string with maximum length {maximum}, but got a string with length {actual} instead.", path, "string_above_max_length");

    internal static SchemaViolation TooManyItems(string path, int maximum, int actual) =>
        new($"Invalid '{path}': array too long. Expected an array with maximum length {maximum}, but got an array with length {actual} instead.", path, "array_above_max_length");

    internal static SchemaViolation TooFewItems(string path, int minimum, int actual) =>
        new($"Invalid '{path}': array too short. Expected an array with minimum length {minimum}, but got an array with length {actual} instead.", path, "array_below_min_length");

    internal static SchemaViolation TooManyProperties(string path, int maximum, int actual) =>
        new($"Invalid '{path}': too many properties. Expected an object with at most {maximum} properties, but got an object with {actual} properties instead.", path, "object_above_max_properties");

    internal static SchemaViolation PropertyNameTooLong(string path, string name, int maximum) =>
        new($"Invalid property name in '{path}': '{Shorten(name)}' is too long. Expected a string with maximum length {maximum}, but got a string with length {TextSchema.Length(name)} instead.", $"{path}.{Shorten(name)}", "property_name_above_max_length");

    internal static SchemaViolation TooLarge(string path, string kind, double maximum, string actual) =>
        new($"Invalid '{path}': {kind} above maximum value. Expected a value <= {maximum.ToString(CultureInfo.InvariantCulture)}, but got {actual} instead.", path, $"{kind}_above_max_value");

    internal static SchemaViolation TooSmall(string path, string kind, double minimum, string actual) =>
        new($"Invalid '{path}': {kind} below minimum value. Expected a value >= {minimum.ToString(CultureInfo.InvariantCulture)}, but got {actual} instead.", path, $"{kind}_below_min_value");

    /// <summary>A caller's own text, short enough to be quoted in an error.</summary>
    internal static string Shorten(string text) =>
        text.Length <= 100 ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[99]) ? 99 : 100), "…");

    private static string Name(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Number => value.TryGetInt64(out _) ? "an integer" : "a decimal",
        JsonValueKind.String => "a string",
        JsonValueKind.Array => "an array",
        _ => "an object",
    };

    private static string Join(IReadOnlyList<string> values) => values.Count switch
    {
        1 => $"'{values[0]}'",
        2 => $"'{values[0]}' and '{values[1]}'",
        _ => $"{string.Join(", ", values.Take(values.Count - 1).Select(value => $"'{value}'"))}, and '{values[^1]}'",
    };
}
