using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using AssistantsMcp.Engine;

namespace AssistantsMcp.Transport;

/// <summary>Tells why a body cannot be one JSON-RPC message, without quoting from it.</summary>
internal static class JsonRpcSyntax
{
    /// <summary>What the API takes, and what a tool call has around it.</summary>
    private const int MostValues = LimitOptions.JsonValues + 100;

    /// <summary>Levels of nesting that the SDK reads.</summary>
    private const int MostLevels = 64;

    /// <param name="json">The body.</param>
    /// <param name="caller">Who sent it.</param>
    /// <returns>Null when the body can go on to the SDK.</returns>
    public static JsonRpcProblem? FindProblem(ReadOnlySpan<byte> json, ApiKeyFeature caller)
    {
        if (json.IsEmpty)
        {
            return new(JsonRpcError.ParseError, "The request body is empty. Send one JSON-RPC message.");
        }

        if (!Utf8.IsValid(json))
        {
            return new(JsonRpcError.ParseError, "The request body is not valid UTF-8.");
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MostLevels + 1 });
        try
        {
            var search = new KeySearch(caller);
            return FindProblem(ref reader, ref search)
                ?? (search.Found is { } field ? new(JsonRpcError.InvalidParams, ApiKeyFeature.Misplaced(field)) { Id = FindId(json, caller) } : null);
        }
        catch (JsonException malformed)
        {
            return new(JsonRpcError.ParseError, $"The request body is not valid JSON, at line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1}.");
        }
        catch (InvalidOperationException)
        {
            return new(JsonRpcError.ParseError, $"The request body is not valid JSON: the text at byte {reader.TokenStartIndex + 1} holds half of a surrogate pair.");
        }
    }

    /// <summary>Where an empty <c>params</c> object stands in a message that has no problem; null when there is none.</summary>
    public static Range? FindEmptyParams(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isParams = reader.ValueTextEquals("params"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var isObject = reader.TokenType == JsonTokenType.StartObject;
            if (isParams && isObject && reader.Read() && reader.TokenType == JsonTokenType.EndObject)
            {
                return start..(int)reader.BytesConsumed;
            }

            if (isParams)
            {
                return null;
            }

            reader.Skip();
        }

        return null;
    }

    /// <returns>The id as JSON; null where there is none that can be repeated.</returns>
    private static string? FindId(ReadOnlySpan<byte> json, ApiKeyFeature caller)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isId = reader.ValueTextEquals("id"u8);
            reader.Read();
            if (isId && reader.TokenType is JsonTokenType.String or JsonTokenType.Number)
            {
                var id = Encoding.UTF8.GetString(json[(int)reader.TokenStartIndex..(int)reader.BytesConsumed]);
                return caller.StandsInPartIn(reader.TokenType == JsonTokenType.String ? reader.GetString()! : id) ? null : id;
            }

            reader.Skip();
        }

        return null;
    }

    private static JsonRpcProblem? FindProblem(ref Utf8JsonReader reader, ref KeySearch search)
    {
        reader.Read();
        var kind = reader.TokenType;
        var inParams = false;
        var mustBeObject = false;
        var misfit = false;
        var values = 0;
        do
        {
            if (reader.TokenType is not (JsonTokenType.PropertyName or JsonTokenType.EndObject or JsonTokenType.EndArray) && ++values > MostValues)
            {
                return new(JsonRpcError.InvalidRequest, $"The request body holds more than {MostValues} JSON values.");
            }

            misfit |= mustBeObject && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.Null);
            mustBeObject = false;
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                inParams = reader.CurrentDepth == 1 ? reader.ValueTextEquals("params"u8) : inParams;
                mustBeObject = inParams && (reader.CurrentDepth == 1 || (reader.CurrentDepth == 2 && reader.ValueTextEquals("_meta"u8)));
            }

            // Decoding finds what the reader alone lets pass: half of a surrogate pair.
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                reader.GetString();
            }

            search.Look(ref reader);
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && reader.CurrentDepth == MostLevels)
            {
                return new(JsonRpcError.InvalidRequest, $"The request body is nested more than {MostLevels} levels deep.");
            }
        }
        while (reader.Read());

        return kind switch
        {
            // The SDK, when it is traced, looks into params and _meta before it checks them, and fails.
            JsonTokenType.StartObject => misfit ? new(JsonRpcError.InvalidParams, "params must be an object, and so must _meta in it.") : null,
            JsonTokenType.StartArray => new(JsonRpcError.InvalidRequest, "JSON-RPC batches are not supported. Send one message per request."),
            _ => new(JsonRpcError.InvalidRequest, "A JSON-RPC message is one JSON object."),
        };
    }
}

/// <summary>Why a message does not go on to the SDK.</summary>
/// <param name="Code">JSON-RPC's code.</param>
/// <param name="Message">Cause and remedy.</param>
internal readonly record struct JsonRpcProblem(int Code, string Message)
{
    /// <summary>The id of the request, as JSON; null where it cannot be told.</summary>
    public string? Id { get; init; }
}
