using System.Text.Json;
using System.Text.Json.Nodes;

namespace AssistantsMcp.Engine.Schemas;

/// <summary>
/// The declared shape of one JSON value. Each field of a request is declared once, as a schema; the REST door
/// validates with it, and the tools publish it as JSON Schema and validate with it too.
/// </summary>
public abstract class Schema
{
    /// <summary>What the value means, for whoever fills it in; null where the name says it all.</summary>
    public string? Description { get; init; }

    /// <summary>Whether <c>null</c> is accepted. In a modification it resets the field to its default.</summary>
    public bool Nullable { get; init; }

    /// <summary>The kind of value as the API's error texts name it: <c>string</c>, <c>array of objects</c>.</summary>
    internal abstract string Kind { get; }

    /// <summary>Finds the first thing wrong with a value.</summary>
    /// <param name="value">The value to check; duplicate keys count with their last value.</param>
    /// <param name="path">Where the value stands, as errors name it: <c>tools[0].function.name</c>; empty for a whole body.</param>
    /// <returns>Null when the value fits.</returns>
    public SchemaViolation? Check(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Null && Nullable ? null : CheckValue(value, path);

    /// <summary>This schema as JSON Schema, self-contained (no <c>$ref</c>) and without boolean schemas.</summary>
    /// <param name="withNulls">Whether to publish that <c>null</c> is accepted.</param>
    public JsonObject ToJsonSchema(bool withNulls = false)
    {
        var schema = Describe(withNulls);
        if (withNulls && Nullable)
        {
            schema = OrNull(schema);
        }

        if (Description is not null)
        {
            schema["description"] = Description;
        }

        return schema;
    }

    /// <summary>Finds the first thing wrong with a value that is not an accepted null.</summary>
    protected abstract SchemaViolation? CheckValue(JsonElement value, string path);

    /// <summary>The JSON Schema keywords of this kind of value.</summary>
    protected abstract JsonObject Describe(bool withNulls);

    /// <summary>As alternatives, because clients that know but one <c>type</c> for each schema reject a list of types.</summary>
    private static JsonObject OrNull(JsonObject schema)
    {
        var none = new JsonObject { ["type"] = "null" };
        if (schema["anyOf"] is JsonArray alternatives)
        {
            alternatives.Add((JsonNode)none);
            return schema;
        }

        return new() { ["anyOf"] = new JsonArray(schema, none) };
    }
}
