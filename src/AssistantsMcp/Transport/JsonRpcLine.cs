using System.Text.Json;

namespace AssistantsMcp.Transport;

/// <summary>What a line of standard input or output is.</summary>
internal enum JsonRpcLine
{
    Other,
    Request,
    Response,
}

internal static class JsonRpcLines
{
    public static JsonRpcLine KindOf(ReadOnlySpan<byte> line)
    {
        var (hasId, hasMethod) = (false, false);
        try
        {
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return JsonRpcLine.Other;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                hasId |= reader.ValueTextEquals("id"u8);
                hasMethod |= reader.ValueTextEquals("method"u8);
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            return JsonRpcLine.Other;
        }

        return !hasId ? JsonRpcLine.Other : hasMethod ? JsonRpcLine.Request : JsonRpcLine.Response;
    }
}
