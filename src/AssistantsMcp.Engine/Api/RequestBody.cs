using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Unicode;
using AssistantsMcp.Engine.Schemas;
using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Engine.Api;

/// <summary>
/// A request's body, checked against its schema. The accessors keep the API's difference between an absent field
/// (the current value stays) and <c>null</c> (it is reset).
/// </summary>
internal readonly struct RequestBody : IRequestContent
{
    private static readonly JsonDocumentOptions _parsing = new() { MaxDepth = 64 };

    private readonly JsonElement _root;

    private RequestBody(JsonElement root) => _root = root;

    /// <summary>Reads and checks a body; no body at all counts as an empty object.</summary>
    /// <exception cref="ApiException">The body is too large, is not JSON, or does not fit the schema.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, ObjectSchema schema, RequestLimits limits)
    {
        var bytes = await ReadBytesAsync(request, limits.BodyBytes);
        var root = Parse(bytes);
        if (schema.Check(root, "") is { } violation)
        {
            throw ApiException.Invalid(violation);
        }

        ObjectId.CheckRoute(request.HttpContext, limits.CheckIdPrefix);
        return new RequestBody(root);
    }

    /// <summary>A part of a body that was checked as a whole, such as one of its messages.</summary>
    public static RequestBody Part(JsonElement element) => new(element);

    /// <summary>Whether the field is there, be it <c>null</c>.</summary>
    public bool Has(string name) => _root.TryGetProperty(name, out _);

    /// <summary>The field, or null where it is absent or <c>null</c>.</summary>
    public JsonElement? Value(string name) =>
        _root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>The field's text, or null where it is absent or <c>null</c>.</summary>
    public string? Text(string name) => Value(name)?.GetString();

    /// <summary>The field's whole number, or null where it is absent or <c>null</c>; huge ones are cut to <see cref="int.MaxValue"/>.</summary>
    public int? Number(string name) => Value(name) is { } value ? (int)Math.Min(value.GetInt64(), int.MaxValue) : null;

    /// <summary>The elements of a list, none where it is absent or <c>null</c>.</summary>
    public IEnumerable<JsonElement> Items(string name) =>
        Value(name) is { } list ? list.EnumerateArray() : [];

    /// <summary>The texts of a list, none where it is absent or <c>null</c>.</summary>
    public IEnumerable<string> Texts(string name) => Items(name).Select(item => item.GetString()!);

    public bool IsTrue(string name) => Value(name) is { ValueKind: JsonValueKind.True };

    /// <summary>A text after a modification: the current one where the field is absent, null where it is <c>null</c>.</summary>
    public string? Text(string name, string? current) => Has(name) ? Text(name) : current;

    /// <summary>A value after a modification: the current one where the field is absent, the default where it is <c>null</c>.</summary>
    public JsonElement Value(string name, JsonElement current, JsonElement reset) =>
        Has(name) ? Value(name) ?? reset : current;

    /// <summary>
    /// Metadata after a request: a map that is sent replaces the current one, <c>null</c> empties it, and a key that
    /// stands in it twice counts with its last value.
    /// </summary>
    public JsonElement Metadata(JsonElement current)
    {
        if (!Has("metadata"))
        {
            return current;
        }

        var pairs = new OrderedDictionary<string, string>();
        foreach (var pair in (Value("metadata") ?? EngineJson.EmptyObject).EnumerateObject())
        {
            pairs[pair.Name] = pair.Value.GetString()!;
        }

        return EngineJson.Build(writer =>
        {
            writer.WriteStartObject();
            foreach (var (name, value) in pairs)
            {
                writer.WriteString(name, value);
            }

            writer.WriteEndObject();
        });
    }

    /// <summary>Two bodies are the same when they say the same, in whatever order and with whatever spaces.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        var root = _root;
        hash.AppendData(EngineJson.Write(writer => WriteSorted(writer, root)).Span);
    }

    private static void WriteSorted(Utf8JsonWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var field in element.EnumerateObject().OrderBy(field => field.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(field.Name);
                    WriteSorted(writer, field.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    WriteSorted(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    private static async ValueTask<ReadOnlyMemory<byte>> ReadBytesAsync(HttpRequest request, int limit)
    {
        if (request.ContentLength > limit)
        {
            throw ApiException.BodyTooLarge(limit);
        }

        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(request.HttpContext.RequestAborted);
            if (read.Buffer.Length > limit)
            {
                reader.AdvanceTo(read.Buffer.End);
                throw ApiException.BodyTooLarge(limit);
            }

            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return EngineJson.EmptyObject;
        }

        JsonElement root;
        try
        {
            EnsureReadable(bytes.Span);
            root = JsonElement.Parse(bytes.Span, _parsing);
        }
        catch (JsonException exception)
        {
            throw ApiException.UnreadableBody($"Line {exception.LineNumber + 1}, byte {exception.BytePositionInLine}.");
        }
        catch (InvalidOperationException)
        {
            throw ApiException.UnreadableBody("A text in it is not valid UTF-16: a lone surrogate.");
        }

        return root.ValueKind == JsonValueKind.Object ? root : throw ApiException.UnreadableBody("It is not an object.");
    }

    /// <summary>
    /// Reads every value once, before memory is taken for them: too many fail here, and so does a text that cannot be
    /// one, and not halfway through the work.
    /// </summary>
    private static void EnsureReadable(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = _parsing.MaxDepth });
        var values = 0;
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.PropertyName or JsonTokenType.EndObject or JsonTokenType.EndArray) && ++values > LimitOptions.JsonValues)
            {
                throw ApiException.UnreadableBody($"It holds more than {LimitOptions.JsonValues} values.");
            }

            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && (reader.ValueIsEscaped || !Utf8.IsValid(reader.ValueSpan)))
            {
                _ = reader.GetString();
            }
        }
    }
}

/// <summary>What requests may ask for: the largest body, whether ids must show their kind, how many messages a thread
/// holds, how many files for search messages bring along, the largest file that is kept here.</summary>
internal sealed record RequestLimits(int BodyBytes, bool CheckIdPrefix, int MessagesPerThread, int AttachedFiles, int FileBytes);
