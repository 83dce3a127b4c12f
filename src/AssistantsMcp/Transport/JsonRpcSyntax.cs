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

    /// <returns>A JSON-RPC error code and its text; null when the body can go on to the SDK.</returns>
    public static (int Code, string Message)? FindProblem(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return (JsonRpcError.ParseError, "The request body is empty. Send one JSON-RPC message.");
        }

        if (!Utf8.IsValid(json))
        {
            return (JsonRpcError.ParseError, "The request body is not valid UTF-8.");
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MostLevels + 1 });
        try
        {
            return FindProblem(ref reader);
        }
        catch (JsonException malformed)
        {
            return (JsonRpcError.ParseError, $"The request body is not valid JSON, at line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1}.");
        }
        catch (InvalidOperationException)
        {
            return (JsonRpcError.ParseError, $"The request body is not valid JSON: the text at byte {reader.TokenStartIndex + 1} holds half of a surrogate pair.");
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

    private static (int Code, string Message)? FindProblem(ref Utf8JsonReader reader)
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
                return (JsonRpcError.InvalidRequest, $"The request body holds more than {MostValues} JSON values.");
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

            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && reader.CurrentDepth == MostLevels)
            {
                return (JsonRpcError.InvalidRequest, $"The request body is nested more than {MostLevels} levels deep.");
            }
        }
        while (reader.Read());

        return kind switch
        {
            // The SDK, when it is traced, looks into params and _meta before it checks them, and fails.
            JsonTokenType.StartObject => misfit ? (JsonRpcError.InvalidParams, "params must be an object, and so must _meta in it.") : null,
            JsonTokenType.StartArray => (JsonRpcError.InvalidRequest, "JSON-RPC batches are not supported. Send one message per request."),
            _ => (JsonRpcError.InvalidRequest, "A JSON-RPC message is one JSON object."),
        };
    }
}
