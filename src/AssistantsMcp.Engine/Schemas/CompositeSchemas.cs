using System.Text.Json;
using System.Text.Json.Nodes;

namespace AssistantsMcp.Engine.Schemas;

/// <summary>An object with named fields and no others.</summary>
public sealed class ObjectSchema : Schema
{
    /// <summary>The fields by name, in the order they are published.</summary>
    public required IReadOnlyDictionary<string, Schema> Properties { get; init; }

    /// <summary>Names of the fields that must be there.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    internal override string Kind => "object";

    /// <summary>The same object with further fields, in front.</summary>
    internal ObjectSchema With(IEnumerable<KeyValuePair<string, Schema>> fields, params IEnumerable<string> required) => new()
    {
        Description = Description,
        Nullable = Nullable,
        Properties = new OrderedDictionary<string, Schema>([.. fields, .. Properties]),
        Required = [.. required, .. Required],
    };

    /// <summary>The same object without some of its fields being required.</summary>
    public ObjectSchema Without(params IEnumerable<string> required) => new()
    {
        Description = Description,
        Nullable = Nullable,
        Properties = Properties,
        Required = [.. Required.Except(required)],
    };

    protected override SchemaViolation? CheckValue(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return SchemaViolation.Type(path, "an object", value);
        }

        foreach (var field in value.EnumerateObject())
        {
            if (CheckField(field.Name, field.Value, path) is { } violation)
            {
                return violation;
            }
        }

        return FindMissing(name => value.TryGetProperty(name, out _), path);
    }

    /// <summary>Checks the fields of an object that is at hand as a map of them.</summary>
    /// <returns>The first violation, or null when the fields fit.</returns>
    public SchemaViolation? Check(IDictionary<string, JsonElement> fields)
    {
        foreach (var (name, value) in fields)
        {
            if (CheckField(name, value, path: "") is { } violation)
            {
                return violation;
            }
        }

        return FindMissing(fields.ContainsKey, path: "");
    }

    private SchemaViolation? CheckField(string name, JsonElement value, string path) => Properties.TryGetValue(name, out var schema)
        ? schema.Check(value, PathOf(name, path))
        : SchemaViolation.Unknown(SchemaViolation.Shorten(PathOf(name, path)));

    private SchemaViolation? FindMissing(Predicate<string> isThere, string path) =>
        Required.FirstOrDefault(name => !isThere(name)) is { } missing ? SchemaViolation.Missing(PathOf(missing, path)) : null;

    private static string PathOf(string name, string path) => path.Length == 0 ? name : $"{path}.{name}";

    protected override JsonObject Describe(bool withNulls)
    {
        var properties = new JsonObject();
        foreach (var (name, schema) in Properties)
        {
            properties[name] = schema.ToJsonSchema(withNulls);
        }

        var described = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (Required.Count > 0)
        {
            described["required"] = new JsonArray([.. Required.Select(name => (JsonNode)name)]);
        }

        return described;
    }
}

/// <summary>An object of any fields, such as a function's own JSON Schema.</summary>
public sealed class FreeObjectSchema : Schema
{
    internal override string Kind => "object";

    protected override SchemaViolation? CheckValue(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Object ? null : SchemaViolation.Type(path, "an object", value);

    protected override JsonObject Describe(bool withNulls) => new() { ["type"] = "object" };
}

/// <summary>A map from names to texts, such as <c>metadata</c>.</summary>
public sealed class TextMapSchema : Schema
{
    public required int MaxProperties { get; init; }

    public required int MaxNameLength { get; init; }

    public required int MaxValueLength { get; init; }

    internal override string Kind => "object";

    protected override SchemaViolation? CheckValue(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return SchemaViolation.Type(path, "an object", value);
        }

        if (value.GetPropertyCount() > MaxProperties)
        {
            return SchemaViolation.TooManyProperties(path, MaxProperties, value.GetPropertyCount());
        }

        foreach (var field in value.EnumerateObject())
        {
            if (TextSchema.Length(field.Name) > MaxNameLength)
            {
                return SchemaViolation.PropertyNameTooLong(path, field.Name, MaxNameLength);
            }

            if (field.Value.ValueKind != JsonValueKind.String)
            {
                return SchemaViolation.Type($"{path}.{field.Name}", "a string", field.Value);
            }

            if (TextSchema.Length(field.Value.GetString()!) is var length && length > MaxValueLength)
            {
                return SchemaViolation.TooLong($"{path}.{field.Name}", MaxValueLength, length);
            }
        }

        return null;
    }

    protected override JsonObject Describe(bool withNulls) => new()
    {
        ["type"] = "object",
        ["maxProperties"] = MaxProperties,
        ["additionalProperties"] = new JsonObject { ["type"] = "string", ["maxLength"] = MaxValueLength },
    };
}

/// <summary>A list of values of one shape.</summary>
public sealed class ArraySchema : Schema
{
    public required Schema Items { get; init; }

    public int? MinItems { get; init; }

    public int? MaxItems { get; init; }

    internal override string Kind => $"array of {Items.Kind}s";

    protected override SchemaViolation? CheckValue(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            return SchemaViolation.Type(path, $"an {Kind}", value);
        }

        var count = value.GetArrayLength();
        if (count > MaxItems)
        {
            return SchemaViolation.TooManyItems(path, MaxItems.Value, count);
        }

        if (count < MinItems)
        {
            return SchemaViolation.TooFewItems(path, MinItems.Value, count);
        }

        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (Items.Check(item, $"{path}[{index++}]") is { } violation)
            {
                return violation;
            }
        }

        return null;
    }

    protected override JsonObject Describe(bool withNulls)
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = Items.ToJsonSchema() };
        if (MinItems is not null)
        {
            schema["minItems"] = MinItems;
        }

        if (MaxItems is not null)
        {
            schema["maxItems"] = MaxItems;
        }

        return schema;
    }
}

/// <summary>Either of two kinds of JSON value, told apart by their kind: a text or a list, a word or an object.</summary>
public sealed class EitherSchema(TextSchema text, Schema structured) : Schema
{
    internal override string Kind => $"{text.Kind} or {structured.Kind}";

    protected override SchemaViolation? CheckValue(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.String => text.Check(value, path),
        JsonValueKind.Array when structured is ArraySchema => structured.Check(value, path),
        JsonValueKind.Object when structured is not ArraySchema => structured.Check(value, path),
        _ => SchemaViolation.Type(path, $"one of a {text.Kind} or {structured.Kind}", value),
    };

    protected override JsonObject Describe(bool withNulls)
    {
        var alternatives = new JsonArray(text.ToJsonSchema());
        var described = structured.ToJsonSchema();
        foreach (var alternative in described["anyOf"] is JsonArray inner ? inner.ToList() : [described])
        {
            alternative!.Parent?.AsArray().Remove(alternative);
            alternatives.Add(alternative);
        }

        return new() { ["anyOf"] = alternatives };
    }
}

/// <summary>One of several objects, told apart by their field <c>type</c>.</summary>
/// <param name="variants">The fields of the object for each value of <c>type</c>; the field <c>type</c> itself is added here.</param>
public sealed class TaggedSchema(IEnumerable<KeyValuePair<string, ObjectSchema>> variants) : Schema
{
    private readonly OrderedDictionary<string, ObjectSchema> _variants = new(
        variants.Select(variant => KeyValuePair.Create(
            variant.Key,
            variant.Value.With([new("type", new TextSchema { Values = [variant.Key] })], "type"))));

    internal override string Kind => "object";

    protected override SchemaViolation? CheckValue(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return SchemaViolation.Type(path, "an object", value);
        }

        if (!value.TryGetProperty("type", out var type))
        {
            return SchemaViolation.Missing($"{path}.type");
        }

        if (type.ValueKind != JsonValueKind.String)
        {
            return SchemaViolation.Type($"{path}.type", "a string", type);
        }

        return _variants.TryGetValue(type.GetString()!, out var variant)
            ? variant.Check(value, path)
            : SchemaViolation.Value($"{path}.type", type.GetString()!, _variants.Keys);
    }

    /// <summary>Variants that differ in nothing but their <c>type</c> are one alternative.</summary>
    protected override JsonObject Describe(bool withNulls)
    {
        var alternatives = new OrderedDictionary<string, JsonObject>();
        foreach (var (type, variant) in _variants)
        {
            var schema = variant.ToJsonSchema();
            var types = schema["properties"]!["type"]!["enum"]!.AsArray();
            types.Clear();
            var shape = schema.ToJsonString();
            (alternatives.TryGetValue(shape, out var same) ? same["properties"]!["type"]!["enum"]!.AsArray() : types).Add((JsonNode)type);
            alternatives.TryAdd(shape, schema);
        }

        return alternatives.Count == 1
            ? alternatives.GetAt(0).Value
            : new JsonObject { ["anyOf"] = new JsonArray([.. alternatives.Values]) };
    }
}
