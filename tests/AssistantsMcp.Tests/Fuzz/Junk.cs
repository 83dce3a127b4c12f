using System.Globalization;

namespace AssistantsMcp.Tests.Fuzz;

/// <summary>JSON that nobody means: wrong types, huge numbers, deep nesting, odd Unicode. The same seed makes the same.</summary>
internal sealed class Junk(int seed)
{
    private static readonly string[] _numbers =
        ["0", "-1", "1.5", "1e400", "-0", "9223372036854775808", "2147483648", "0.1e1", "1e-400", new('9', 400)];

    private static readonly string[] _words =
        ["", "..", "../..", "%2e%2e", "a/b", "thread_", "auto", "asc", "json_object", "user", "\\u0000", "\\ud800", "\\udc00x", "\\u202e", "\\ufffe", "\\n\\r", "😀"];

    private static readonly string[] _shapes =
    [
        """[{"type":"text","text":"x"}]""", """[{"type":"text"}]""", """[{"type":"function","function":{"name":"a b"}}]""",
        """[{"type":"file_search","file_search":{"max_num_results":"x"}}]""", """[{"role":"system","content":"x"}]""", "[null]", "[[]]",
        """{"type":"last_messages","last_messages":-1}""", """{"type":"json_schema","json_schema":{"name":"x","schema":{}}}""",
        """[{"tool_call_id":1,"output":null}]""", """{"file_search":{"vector_store_ids":["a","b"]}}""", """{"a":1,"a":2,"":3}""",
        """[{"type":"image_url","image_url":{"url":"javascript:x"}}]""", """[{"type":"image_file","image_file":{"file_id":"../x"}}]""",
    ];

    // A fixed seed makes a failure repeatable; nothing here guards a secret.
#pragma warning disable CA5394
    private readonly Random _random = new(seed);

    public bool OneIn(int times) => _random.Next(times) == 0;

    public T Of<T>(IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    /// <summary>A JSON value of any kind.</summary>
    public string Value(int depth = 0) => _random.Next(depth < 3 ? 11 : 8) switch
    {
        0 => "null",
        1 => OneIn(2) ? "true" : "false",
        2 => Of(_numbers),
        3 => $"\"{Of(_words)}\"",
        4 => $"\"{new string('y', Of([256, 257, 513, 256_001]))}\"",
        5 => Nested(Of([3, 30, 63, 100, 1000])),
        6 => Of(_shapes),
        7 => OneIn(2) ? "[]" : "{}",
        8 => $"[{string.Join(',', Many(() => Value(depth + 1)))}]",
        9 => $"{{{string.Join(',', Many(() => $"\"{Of(["type", "text", "name", "function", "value"])}\":{Value(depth + 1)}"))}}}",
        _ => $"{{{string.Join(',', Enumerable.Range(0, Of([1, 16, 17])).Select(i => $"\"k{i.ToString(CultureInfo.InvariantCulture)}\":\"v\""))}}}",
    };

    private string Nested(int levels) => OneIn(2)
        ? new string('[', levels) + new string(']', levels)
        : string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);

    private IEnumerable<string> Many(Func<string> make) => [.. Enumerable.Range(0, _random.Next(4)).Select(_ => make())];
#pragma warning restore CA5394
}
