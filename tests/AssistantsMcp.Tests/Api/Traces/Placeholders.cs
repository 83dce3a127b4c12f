using System.Text.Json;
using System.Text.RegularExpressions;

namespace AssistantsMcp.Tests.Api.Traces;

/// <summary>The ids of a trace: <c>&lt;run_1&gt;</c> stands for whatever id came there first, and for the same one from then on.</summary>
internal sealed partial class Placeholders
{
    private readonly Dictionary<string, string> _values = [];

    /// <summary>A request with the ids in it.</summary>
    public string Fill(string text) => Name().Replace(text, match => _values.GetValueOrDefault(match.Value, match.Value));

    /// <summary>Compares an answer with the expected one: values, fields and their order.</summary>
    /// <param name="expected">With placeholders; a field <c>...</c> stands for any further fields.</param>
    /// <param name="actual">As it came.</param>
    /// <param name="path">Where in the answer.</param>
    /// <returns>The first difference; null if there is none.</returns>
    public string? Difference(JsonElement expected, JsonElement actual, string path = "$")
    {
        if (expected.ValueKind == JsonValueKind.String && Name().Match(expected.GetString()!) is { Success: true } name && name.Value == expected.GetString())
        {
            return Bind(name.Value, actual) ? null : $"{path} is {actual.GetRawText()}, not {name.Value}, which is {Fill(name.Value)}";
        }

        if (expected.ValueKind != actual.ValueKind)
        {
            return $"{path} is {actual.GetRawText()}, not {expected.GetRawText()}";
        }

        return expected.ValueKind switch
        {
            JsonValueKind.Object => Fields(expected, actual, path),
            JsonValueKind.Array => Items(expected, actual, path),
            JsonValueKind.String => Texts(Fill(expected.GetString()!), actual.GetString()!, path),
            _ => Texts(expected.GetRawText(), actual.GetRawText(), path),
        };
    }

    private string? Fields(JsonElement expected, JsonElement actual, string path)
    {
        var isOpen = expected.TryGetProperty("...", out _);
        var named = expected.EnumerateObject().Where(field => field.Name != "...").ToList();
        var found = actual.EnumerateObject().Select(field => field.Name).Where(name => !isOpen || named.Exists(field => field.Name == name)).ToList();
        return !found.SequenceEqual(named.Select(field => field.Name))
            ? $"{path} has the fields {string.Join(", ", found)}, not {string.Join(", ", named.Select(field => field.Name))}"
            : named.Select(field => Difference(field.Value, actual.GetProperty(field.Name), $"{path}.{field.Name}")).FirstOrDefault(fault => fault is not null);
    }

    private string? Items(JsonElement expected, JsonElement actual, string path) => expected.GetArrayLength() != actual.GetArrayLength()
        ? $"{path} has {actual.GetArrayLength()} items, not {expected.GetArrayLength()}"
        : expected.EnumerateArray().Select((item, index) => Difference(item, actual[index], $"{path}[{index}]")).FirstOrDefault(fault => fault is not null);

    private static string? Texts(string expected, string actual, string path) => expected == actual ? null : $"{path} is {actual}, not {expected}";

    /// <summary>An id has the shape of its kind: 24 letters and digits behind the prefix.</summary>
    private bool Bind(string name, JsonElement actual)
    {
        var prefix = name[1..name.IndexOf('_', StringComparison.Ordinal)];
        return actual.ValueKind == JsonValueKind.String
            && Regex.IsMatch(actual.GetString()!, $"^{prefix}_[A-Za-z0-9]{{24}}$")
            && (_values.TryAdd(name, actual.GetString()!) || _values[name] == actual.GetString());
    }

    [GeneratedRegex("<[a-z]+_[a-z0-9]+>")]
    private static partial Regex Name();
}
