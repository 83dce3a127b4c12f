using System.Text.Json;
using System.Text.RegularExpressions;

namespace AssistantsMcp.Tests.Tools;

/// <summary>Compares arguments with the JSON Schema that a tool publishes, as a client that knows nothing else does.</summary>
internal static class ArgumentSchema
{
    /// <returns>Where the value does not fit, and why; empty when it fits.</returns>
    /// <exception cref="NotSupportedException">The schema uses a keyword that nothing here checks.</exception>
    public static IEnumerable<string> Faults(JsonElement schema, JsonElement value, string path = "$") =>
        schema.EnumerateObject().SelectMany(keyword => Faults(keyword.Name, keyword.Value, schema, value, path));

    private static IEnumerable<string> Faults(string keyword, JsonElement rule, JsonElement schema, JsonElement value, string path)
    {
        return (keyword, value.ValueKind) switch
        {
            ("description", _) => [],
            ("type", _) => Unless(IsOfType(rule.GetString()!, value)),
            ("enum", _) => Unless(rule.EnumerateArray().Any(allowed => JsonElement.DeepEquals(allowed, value))),
            ("anyOf", _) => Unless(rule.EnumerateArray().Any(branch => !Faults(branch, value, path).Any())),
            ("minimum", JsonValueKind.Number) => Unless(value.GetDouble() >= rule.GetDouble()),
            ("maximum", JsonValueKind.Number) => Unless(value.GetDouble() <= rule.GetDouble()),
            ("maxLength", JsonValueKind.String) => Unless(value.GetString()!.EnumerateRunes().Count() <= rule.GetInt32()),
            ("pattern", JsonValueKind.String) => Unless(Regex.IsMatch(value.GetString()!, rule.GetString()!)),
            ("minItems", JsonValueKind.Array) => Unless(value.GetArrayLength() >= rule.GetInt32()),
            ("maxItems", JsonValueKind.Array) => Unless(value.GetArrayLength() <= rule.GetInt32()),
            ("items", JsonValueKind.Array) => value.EnumerateArray().Index().SelectMany(item => Faults(rule, item.Item, $"{path}[{item.Index}]")),
            ("maxProperties", JsonValueKind.Object) => Unless(value.GetPropertyCount() <= rule.GetInt32()),
            ("required", JsonValueKind.Object) => Unless(rule.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _))),
            ("properties", JsonValueKind.Object) => value.EnumerateObject()
                .SelectMany(field => rule.TryGetProperty(field.Name, out var own) ? Faults(own, field.Value, $"{path}.{field.Name}") : []),
            ("additionalProperties", JsonValueKind.Object) => value.EnumerateObject()
                .Where(field => !schema.TryGetProperty("properties", out var known) || !known.TryGetProperty(field.Name, out _))
                .SelectMany(field => rule.ValueKind == JsonValueKind.Object ? Faults(rule, field.Value, $"{path}.{field.Name}") : Unless(rule.ValueKind == JsonValueKind.True)),
            ("minimum" or "maximum" or "maxLength" or "pattern" or "minItems" or "maxItems" or "items"
                or "maxProperties" or "required" or "properties" or "additionalProperties", _) => [],
            _ => throw new NotSupportedException($"The schema at {path} uses '{keyword}', which nothing here checks."),
        };

        IEnumerable<string> Unless(bool fits) => fits ? [] : [$"{path}, {value.GetRawText()}, breaks {keyword}: {rule.GetRawText()}"];
    }

    private static bool IsOfType(string type, JsonElement value) => (type, value.ValueKind) switch
    {
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) or ("number", JsonValueKind.Number)
            or ("null", JsonValueKind.Null) or ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => double.IsInteger(value.GetDouble()),
        _ => false,
    };
}
