using System.Text.Json;

namespace AssistantsMcp.Transport;

/// <summary>An event of the SDK's streams: one JSON-RPC message.</summary>
internal static class JsonRpcEvent
{
    /// <returns>The message of an event that answers the request; null of a notification.</returns>
    /// <param name="lines">The whole event, with or without the empty line behind it.</param>
    public static ReadOnlyMemory<byte>? FindAnswer(ReadOnlyMemory<byte> lines)
    {
        var start = lines.Span.IndexOf("data: "u8);
        return start >= 0 && IsAnswer(lines.Span[(start + 6)..]) ? lines[(start + 6)..].TrimEnd((byte)'\n') : default(ReadOnlyMemory<byte>?);
    }

    private static bool IsAnswer(ReadOnlySpan<byte> message)
    {
        var reader = new Utf8JsonReader(message);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("result"u8) || reader.ValueTextEquals("error"u8))
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }
}
