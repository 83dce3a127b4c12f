using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace AssistantsMcp.Tests.Telemetry;

/// <summary>A span as it was sent.</summary>
internal sealed record SentSpan(string Scope, string Trace, string Id, string Parent, string Name, IReadOnlyDictionary<string, string> Tags)
{
    public override string ToString() => $"{Scope} {Name} {string.Join(' ', Tags)}";

    /// <summary>The spans of an export request.</summary>
    /// <remarks>Source: opentelemetry-proto, trace.proto.</remarks>
    public static IEnumerable<SentSpan> Read(byte[] request) =>
        from resource in Messages(request, 1)
        from scope in Messages(resource, 2)
        from span in Messages(scope, 2)
        select new SentSpan(
            Text(Messages(scope, 1).Single(), 1),
            Hex(span, 1),
            Hex(span, 2),
            Hex(span, 4),
            Text(span, 5),
            Messages(span, 9).ToDictionary(tag => Text(tag, 1), tag => Value(Messages(tag, 2).Single())));

    private static string Value(byte[] value) => Fields(value).Single() switch
    {
        (1, byte[] text) => Encoding.UTF8.GetString(text),
        (_, ulong number) => number.ToString(CultureInfo.InvariantCulture),
        _ => "",
    };

    private static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Messages(message, field).FirstOrDefault() ?? []);

    private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Messages(message, field).FirstOrDefault() ?? []);

    private static IEnumerable<byte[]> Messages(byte[] message, int field) => Fields(message).Where(found => found.Number == field).Select(found => found.Value).OfType<byte[]>();

    /// <summary>The fields of a protobuf message: bytes, or a number.</summary>
    private static IEnumerable<(int Number, object Value)> Fields(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            object value;
            switch (tag & 7)
            {
                case 0:
                    value = Varint(message, ref at);
                    break;
                case 1:
                    value = BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at));
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    value = message[at..(at + length)];
                    at += length;
                    break;
                default:
                    value = (ulong)BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at));
                    at += 4;
                    break;
            }

            yield return ((int)(tag >> 3), value);
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var piece = message[at++];
            value |= (ulong)(piece & 0x7f) << shift;
            if (piece < 0x80)
            {
                return value;
            }
        }
    }
}
