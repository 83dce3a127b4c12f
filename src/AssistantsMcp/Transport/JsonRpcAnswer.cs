using System.Buffers;
using System.Text.Json;

namespace AssistantsMcp.Transport;

/// <summary>The message that answers a request, or the event that holds it, ready to be sent.</summary>
/// <param name="Before">What comes before the result, or everything.</param>
/// <param name="Result">A result that was written before.</param>
/// <param name="After">What comes behind it.</param>
internal readonly record struct JsonRpcAnswer(ReadOnlyMemory<byte> Before, ReadOnlyMemory<byte> Result, ReadOnlyMemory<byte> After)
{
    private static ReadOnlySpan<byte> DataField => "data: "u8;

    /// <summary>Stands in no text of JSON: its quotes would be escaped.</summary>
    private static ReadOnlySpan<byte> EmptyResult => "\"result\":{}"u8;

    public int Length => Before.Length + Result.Length + After.Length;

    /// <summary>An event of the SDK, if the message in it answers the request and is no notification.</summary>
    /// <param name="lines">The whole event.</param>
    /// <param name="written">What stands in for an empty result, if anything does.</param>
    public static JsonRpcAnswer? OfEvent(ReadOnlyMemory<byte> lines, WrittenResult? written) =>
        FindAnswer(lines) is not null ? Fill(lines, written) : null;

    /// <summary>The message in an event of the SDK, if it answers the request and is no notification.</summary>
    /// <inheritdoc cref="OfEvent"/>
    public static JsonRpcAnswer? OfMessage(ReadOnlyMemory<byte> lines, WrittenResult? written) =>
        FindAnswer(lines) is { } message ? Fill(message, written) : null;

    public void WriteTo(IBufferWriter<byte> output)
    {
        output.Write(Before.Span);
        output.Write(Result.Span);
        output.Write(After.Span);
    }

    private static JsonRpcAnswer Fill(ReadOnlyMemory<byte> json, WrittenResult? written) =>
        written is not null && json.Span.IndexOf(EmptyResult) is >= 0 and var start
            ? new(json[..(start + EmptyResult.Length - 2)], written.Json, json[(start + EmptyResult.Length)..])
            : new(json, default, default);

    private static ReadOnlyMemory<byte>? FindAnswer(ReadOnlyMemory<byte> lines)
    {
        var start = lines.Span.IndexOf(DataField) + DataField.Length;
        return start >= DataField.Length && IsAnswer(lines.Span[start..]) ? lines[start..].TrimEnd((byte)'\n') : default(ReadOnlyMemory<byte>?);
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
