using System.Text.Json;
using System.Text.Json.Nodes;
using AssistantsMcp.Engine.Schemas;

namespace AssistantsMcp.Tests.Schemas;

public sealed class SchemaTests
{
    private static readonly TextSchema _colour = new() { Values = ["red", "green", "blue"], Nullable = true };

    private static readonly ObjectSchema _point = new()
    {
        Properties = new OrderedDictionary<string, Schema>
        {
            ["x"] = new NumberSchema { Whole = true, Minimum = -5, Maximum = 5 },
            ["colour"] = _colour,
            ["size"] = new NumberSchema { Minimum = 0.5, Maximum = 2.5 },
            ["label"] = new TextSchema { MaxLength = 3 },
            ["shown"] = new BooleanSchema(),
            ["tags"] = new ArraySchema { MinItems = 1, MaxItems = 2, Items = new TextSchema() },
            ["free"] = new FreeObjectSchema(),
            ["map"] = new TextMapSchema { MaxProperties = 2, MaxNameLength = 3, MaxValueLength = 4 },
            ["id"] = new TextSchema { Pattern = RequestSchemas.IdPattern },
            ["either"] = new EitherSchema(new TextSchema(), new ArraySchema { Items = new FreeObjectSchema() }),
            ["shape"] = new TaggedSchema(
            [
                new("dot", new ObjectSchema { Properties = new OrderedDictionary<string, Schema>() }),
                new("disc", new ObjectSchema { Properties = new OrderedDictionary<string, Schema> { ["r"] = new NumberSchema() }, Required = ["r"] }),
            ]),
        },
        Required = ["x"],
    };

    [Theory]
    [InlineData("""{"x":1,"colour":null,"size":2.5,"label":"abc","shown":false,"tags":["a"],"free":{"a":{"b":[]}},"map":{"abc":"abcd"},"id":"a_B-9","either":[{}],"shape":{"type":"disc","r":1}}""")]
    [InlineData("""{"x":-5,"either":"text","shape":{"type":"dot"},"size":1}""")]
    public void FittingValue_HasNoViolation(string json)
    {
        Assert.Null(_point.Check(JsonElement.Parse(json), ""));
    }

    [Theory]
    [InlineData("[]", "Invalid type for '': expected an object, but got an array instead.", "", "invalid_type")]
    [InlineData("{}", "Missing required parameter: 'x'.", "x", "missing_required_parameter")]
    [InlineData("""{"x":1,"y":2}""", "Unknown parameter: 'y'.", "y", "unknown_parameter")]
    [InlineData("""{"x":null}""", "Invalid type for 'x': expected an integer, but got null instead.", "x", "invalid_type")]
    [InlineData("""{"x":1.5}""", "Invalid type for 'x': expected an integer, but got a decimal instead.", "x", "invalid_type")]
    [InlineData("""{"x":6}""", "Invalid 'x': integer above maximum value. Expected a value <= 5, but got 6 instead.", "x", "integer_above_max_value")]
    [InlineData("""{"x":-6}""", "Invalid 'x': integer below minimum value. Expected a value >= -5, but got -6 instead.", "x", "integer_below_min_value")]
    [InlineData("""{"x":0,"size":2.6}""", "Invalid 'size': decimal above maximum value. Expected a value <= 2.5, but got 2.6 instead.", "size", "decimal_above_max_value")]
    [InlineData("""{"size":0}""", "Invalid 'size': decimal below minimum value. Expected a value >= 0.5, but got 0 instead.", "size", "decimal_below_min_value")]
    [InlineData("""{"colour":"pink"}""", "Invalid value: 'pink'. Supported values are: 'red', 'green', and 'blue'.", "colour", "invalid_value")]
    [InlineData("""{"label":"abcd"}""", "Invalid 'label': string too long. Expected a string with maximum length 3, but got a string with length 4 instead.", "label", "string_above_max_length")]
    [InlineData("""{"label":{}}""", "Invalid type for 'label': expected a string, but got an object instead.", "label", "invalid_type")]
    [InlineData("""{"shown":1}""", "Invalid type for 'shown': expected a boolean, but got an integer instead.", "shown", "invalid_type")]
    [InlineData("""{"tags":[]}""", "Invalid 'tags': array too short. Expected an array with minimum length 1, but got an array with length 0 instead.", "tags", "array_below_min_length")]
    [InlineData("""{"tags":["a","b","c"]}""", "Invalid 'tags': array too long. Expected an array with maximum length 2, but got an array with length 3 instead.", "tags", "array_above_max_length")]
    [InlineData("""{"tags":"a"}""", "Invalid type for 'tags': expected an array of strings, but got a string instead.", "tags", "invalid_type")]
    [InlineData("""{"tags":["a",true]}""", "Invalid type for 'tags[1]': expected a string, but got a boolean instead.", "tags[1]", "invalid_type")]
    [InlineData("""{"free":[]}""", "Invalid type for 'free': expected an object, but got an array instead.", "free", "invalid_type")]
    [InlineData("""{"map":{"a":"1","b":"2","c":"3"}}""", "Invalid 'map': too many properties. Expected an object with at most 2 properties, but got an object with 3 properties instead.", "map", "object_above_max_properties")]
    [InlineData("""{"map":{"abcd":"1"}}""", "Invalid property name in 'map': 'abcd' is too long. Expected a string with maximum length 3, but got a string with length 4 instead.", "map.abcd", "property_name_above_max_length")]
    [InlineData("""{"map":{"a":"12345"}}""", "Invalid 'map.a': string too long. Expected a string with maximum length 4, but got a string with length 5 instead.", "map.a", "string_above_max_length")]
    [InlineData("""{"map":{"a":[]}}""", "Invalid type for 'map.a': expected a string, but got an array instead.", "map.a", "invalid_type")]
    [InlineData("""{"id":"a/b"}""", "Invalid 'id': expected an id made of letters, digits, '_' and '-' only.", "id", "invalid_value")]
    [InlineData("""{"id":"a\n"}""", "Invalid 'id': expected an id made of letters, digits, '_' and '-' only.", "id", "invalid_value")]
    [InlineData("""{"either":{}}""", "Invalid type for 'either': expected one of a string or array of objects, but got an object instead.", "either", "invalid_type")]
    [InlineData("""{"either":[1]}""", "Invalid type for 'either[0]': expected an object, but got an integer instead.", "either[0]", "invalid_type")]
    [InlineData("""{"shape":{}}""", "Missing required parameter: 'shape.type'.", "shape.type", "missing_required_parameter")]
    [InlineData("""{"shape":{"type":1}}""", "Invalid type for 'shape.type': expected a string, but got an integer instead.", "shape.type", "invalid_type")]
    [InlineData("""{"shape":{"type":"cube"}}""", "Invalid value: 'cube'. Supported values are: 'dot' and 'disc'.", "shape.type", "invalid_value")]
    [InlineData("""{"shape":{"type":"disc"}}""", "Missing required parameter: 'shape.r'.", "shape.r", "missing_required_parameter")]
    [InlineData("""{"shape":{"type":"dot","r":1}}""", "Unknown parameter: 'shape.r'.", "shape.r", "unknown_parameter")]
    public void UnfittingValue_IsDescribedInTheApisWords(string json, string message, string param, string code)
    {
        var violation = _point.Check(JsonElement.Parse(json), "");

        Assert.Equal(new SchemaViolation(message, param, code), violation);
    }

    [Fact]
    public void LongQuotes_AreShortened()
    {
        var text = new string('p', 200);

        var violation = _point.Check(JsonElement.Parse($$"""{"colour":"{{text}}"}"""), "");

        Assert.Equal($"Invalid value: '{text[..100]}…'. Supported values are: 'red', 'green', and 'blue'.", violation!.Message);
    }

    public static TheoryData<string> RequestNames =>
        [.. typeof(RequestSchemas).GetProperties().Where(property => typeof(Schema).IsAssignableFrom(property.PropertyType)).Select(property => property.Name)];

    [Theory]
    [MemberData(nameof(RequestNames))]
    public void PublishedSchema_IsSelfContainedAndHasNoBooleanSchemas(string name)
    {
        var schema = (Schema)typeof(RequestSchemas).GetProperty(name)!.GetValue(null)!;

        foreach (var withNulls in new[] { false, true })
        {
            var published = schema.ToJsonSchema(withNulls);

            AssertPlain(published, name);
            Assert.Equal("object", published["type"]!.GetValue<string>());
        }
    }

    [Fact]
    public void PublishedNulls_AreThereWhenAskedFor()
    {
        var without = _point.ToJsonSchema();
        var with = _point.ToJsonSchema(withNulls: true);

        Assert.Equal("""{"type":"string","enum":["red","green","blue"]}""", without["properties"]!["colour"]!.ToJsonString());
        Assert.Equal("""{"anyOf":[{"type":"string","enum":["red","green","blue"]},{"type":"null"}]}""", with["properties"]!["colour"]!.ToJsonString());
        Assert.Equal(without["properties"]!["label"]!.ToJsonString(), with["properties"]!["label"]!.ToJsonString());
    }

    /// <summary>Walks every place where JSON Schema expects a schema.</summary>
    private static void AssertPlain(JsonNode? schema, string path)
    {
        var plain = Assert.IsType<JsonObject>(schema);
        Assert.False(plain.ContainsKey("$ref") || plain.ContainsKey("$defs"), path);
        Assert.True(plain.ContainsKey("type") || plain.ContainsKey("anyOf"), path);
        foreach (var (name, property) in plain["properties"]?.AsObject() ?? [])
        {
            AssertPlain(property, $"{path}.{name}");
        }

        foreach (var alternative in plain["anyOf"]?.AsArray() ?? [])
        {
            AssertPlain(alternative, $"{path}|");
        }

        if (plain.ContainsKey("items"))
        {
            AssertPlain(plain["items"], $"{path}[]");
        }

        // "additionalProperties": false is the one boolean that every client understands.
        if (plain["additionalProperties"] is { } additional && additional is not JsonValue)
        {
            AssertPlain(additional, $"{path}.*");
        }
    }
}
