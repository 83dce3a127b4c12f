using System.Text.Json;

namespace AssistantsMcp.Tests.Api.Contract;

/// <summary>Compares a value with a schema of the contract, and with what the recordings say of the same place.</summary>
internal sealed class SchemaCheck
{
    /// <summary>Every word that the document uses; another one would go unchecked, and is refused.</summary>
    private static readonly HashSet<string> _words =
    [
        "$ref", "additionalProperties", "allOf", "anyOf", "enum", "items", "maxItems", "maxLength", "maximum", "minimum", "nullable", "oneOf",
        "properties", "required", "type",
    ];

    private readonly JsonElement _schemas;
    private readonly List<string> _faults = [];

    private SchemaCheck(JsonElement schemas) => _schemas = schemas;

    public static IReadOnlyList<string> Faults(JsonElement schemas, JsonElement schema, JsonElement value) => Faults(schemas, schema, value, "", "$");

    private static List<string> Faults(JsonElement schemas, JsonElement schema, JsonElement value, string place, string path)
    {
        var check = new SchemaCheck(schemas);
        check.Check(schema, value, place, path);
        return check._faults;
    }

    /// <param name="schema">What the value should be.</param>
    /// <param name="value">The value.</param>
    /// <param name="place">Where the schema is: <c>RunObject.last_error</c>.</param>
    /// <param name="path">Where the value is: <c>$.data[0].last_error</c>.</param>
    private void Check(JsonElement schema, JsonElement value, string place, string path)
    {
        foreach (var word in schema.EnumerateObject().Where(word => !_words.Contains(word.Name)))
        {
            throw new NotSupportedException($"The contract uses '{word.Name}' at {place}, which nothing here checks.");
        }

        if (value.ValueKind == JsonValueKind.Null && (IsNullable(schema) || Recordings.MayBeNull(place)))
        {
            return;
        }

        if (schema.TryGetProperty("$ref", out var reference))
        {
            var name = reference.GetString()!.Split('/')[^1];
            Check(_schemas.GetProperty(name), value, name, path);
            return;
        }

        CheckValue(schema, value, place, path);
        CheckAlternatives(schema, value, place, path);
        if (value.ValueKind == JsonValueKind.Object)
        {
            CheckFields(schema, value, place, path);
        }
        else if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            foreach (var (index, item) in value.EnumerateArray().Index())
            {
                Check(items, item, $"{place}[]", $"{path}[{index}]");
            }
        }
    }

    private void CheckValue(JsonElement schema, JsonElement value, string place, string path)
    {
        if (schema.TryGetProperty("type", out var type) && !IsOfType(type.GetString()!, value))
        {
            _faults.Add($"{path} is {value.GetRawText()}, not of type {type}");
        }

        if (schema.TryGetProperty("enum", out var allowed) && !allowed.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)))
        {
            _faults.Add($"{path} is {value.GetRawText()}, not one of {allowed.GetRawText()}");
        }

        Limit("minimum", JsonValueKind.Number, limit => value.GetDouble() >= limit);
        Limit("maximum", JsonValueKind.Number, limit => value.GetDouble() <= limit);
        Limit("maxLength", JsonValueKind.String, limit => value.GetString()!.EnumerateRunes().Count() <= limit);
        Limit("maxItems", JsonValueKind.Array, limit => value.GetArrayLength() <= limit);

        void Limit(string word, JsonValueKind kind, Func<double, bool> isKept)
        {
            if (value.ValueKind == kind && schema.TryGetProperty(word, out var limit) && !Recordings.Overrules(place, word) && !isKept(limit.GetDouble()))
            {
                _faults.Add($"{path} is {value.GetRawText()}, beyond its {word} of {limit}");
            }
        }
    }

    private void CheckAlternatives(JsonElement schema, JsonElement value, string place, string path)
    {
        foreach (var part in Members("allOf"))
        {
            Check(part, value, place, path);
        }

        CheckCount("anyOf", isEnough: count => count >= 1);
        CheckCount("oneOf", isEnough: count => count == 1);

        IEnumerable<JsonElement> Members(string word) => schema.TryGetProperty(word, out var members) ? members.EnumerateArray() : [];

        void CheckCount(string word, Func<int, bool> isEnough)
        {
            var tries = Members(word).Select(member => Faults(_schemas, member, value, place, path)).ToList();
            if (tries.Count > 0 && !isEnough(tries.Count(faults => faults.Count == 0)))
            {
                // The best fit says most about what is wrong.
                _faults.Add($"{path} is not {word} its {tries.Count} forms: {string.Join("; ", tries.MinBy(faults => faults.Count)!)}");
            }
        }
    }

    private void CheckFields(JsonElement schema, JsonElement value, string place, string path)
    {
        _faults.AddRange(Recordings.OrderFaults(place, value).Concat(ObjectRules.Faults(place, value)).Select(fault => $"{path} {fault}"));

        foreach (var name in schema.TryGetProperty("required", out var required) ? required.EnumerateArray().Select(name => name.GetString()!) : [])
        {
            if (!value.TryGetProperty(name, out _))
            {
                _faults.Add($"{path} lacks {name}");
            }
        }

        foreach (var field in value.EnumerateObject())
        {
            if (schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(field.Name, out var own))
            {
                Check(own, field.Value, $"{place}.{field.Name}", $"{path}.{field.Name}");
            }
            else if (Recordings.Field(place, field.Name) is { } recorded)
            {
                Check(recorded, field.Value, $"{place}.{field.Name}", $"{path}.{field.Name}");
            }
            else if (schema.TryGetProperty("additionalProperties", out var others) && others.ValueKind == JsonValueKind.Object)
            {
                Check(others, field.Value, $"{place}.*", $"{path}.{field.Name}");
            }
        }
    }

    private static bool IsNullable(JsonElement schema) =>
        (schema.TryGetProperty("nullable", out var nullable) && nullable.GetBoolean())
        || (schema.TryGetProperty("allOf", out var parts) && parts.EnumerateArray().Any(IsNullable));

    private static bool IsOfType(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => throw new NotSupportedException($"The contract names the type '{type}', which nothing here checks."),
    };
}
