using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AssistantsMcp.Engine.Schemas;

/// <summary>A text, with an optional greatest length (in characters), pattern, or list of allowed values.</summary>
public sealed class TextSchema : Schema
{
    public int? MaxLength { get; init; }

    /// <summary>The allowed values, in the order errors list them.</summary>
    public IReadOnlyList<string>? Values { get; init; }

    public TextPattern? Pattern { get; init; }

    internal override string Kind => "string";

    /// <summary>A text's length as JSON Schema counts it: in code points, so that an emoji is one and not two.</summary>
    internal static int Length(string text) => text.Length - text.Count(char.IsLowSurrogate);

    protected override SchemaViolation? CheckValue(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return SchemaViolation.Type(path, "a string", value);
        }

        if (MaxLength is null && Values is null && Pattern is null)
        {
            return null;
        }

        var text = value.GetString()!;
        return Values is not null && !Values.Contains(text) ? SchemaViolation.Value(path, text, Values)
            : MaxLength is { } maximum && Length(text) is var length && length > maximum ? SchemaViolation.TooLong(path, maximum, length)
            : Pattern is not null && !Pattern.Expression.IsMatch(text) ? SchemaViolation.Pattern(path, Pattern.Expectation)
            : null;
    }

    protected override JsonObject Describe(bool withNulls)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (Values is not null)
        {
            schema["enum"] = new JsonArray([.. Values.Select(value => (JsonNode)value)]);
        }

        if (MaxLength is not null)
        {
            schema["maxLength"] = MaxLength;
        }

        if (Pattern?.Published is { } pattern)
        {
            schema["pattern"] = pattern;
        }

        return schema;
    }
}

/// <summary>A rule for the characters of a text.</summary>
/// <param name="Expression">What the server checks, anchored with <c>\z</c>: <c>$</c> would let a final newline pass.</param>
/// <param name="Published">
/// The same rule in the dialect of JSON Schema (ECMA-262, where <c>$</c> is the very end); null where it would only
/// lengthen what a model reads.
/// </param>
/// <param name="Expectation">The second half of the error, such as <c>expected letters and digits only.</c></param>
public sealed record TextPattern(Regex Expression, string? Published, string Expectation);

/// <summary>A number, whole or decimal, with its range.</summary>
public sealed class NumberSchema : Schema
{
    public bool Whole { get; init; }

    public double? Minimum { get; init; }

    public double? Maximum { get; init; }

    internal override string Kind => Whole ? "integer" : "decimal";

    protected override SchemaViolation? CheckValue(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Number || (Whole && !value.TryGetInt64(out _)))
        {
            return SchemaViolation.Type(path, Whole ? "an integer" : "a decimal", value);
        }

        var number = value.GetDouble();
        return number > Maximum ? SchemaViolation.TooLarge(path, Kind, Maximum.Value, SchemaViolation.Shorten(value.GetRawText()))
            : number < Minimum ? SchemaViolation.TooSmall(path, Kind, Minimum.Value, SchemaViolation.Shorten(value.GetRawText()))
            : null;
    }

    protected override JsonObject Describe(bool withNulls)
    {
        var schema = new JsonObject { ["type"] = Whole ? "integer" : "number" };
        if (Minimum is not null)
        {
            schema["minimum"] = Minimum;
        }

        if (Maximum is not null)
        {
            schema["maximum"] = Maximum;
        }

        return schema;
    }
}

/// <summary><c>true</c> or <c>false</c>.</summary>
public sealed class BooleanSchema : Schema
{
    internal override string Kind => "boolean";

    protected override SchemaViolation? CheckValue(JsonElement value, string path) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : SchemaViolation.Type(path, "a boolean", value);

    protected override JsonObject Describe(bool withNulls) => new() { ["type"] = "boolean" };
}
