
namespace AssistantsMcp.Tools;

/// <summary>
/// How many tokens a text costs a model at most, without a tokenizer's tables, which weigh megabytes. Random letters,
/// the worst of texts, come out about right, and plain English at three times its tokens.
/// </summary>
/// <remarks>The weights were measured with o200k_base. It splits texts at every change between letters, digits and signs.</remarks>
internal static class TokenEstimate
{
    /// <summary>What a letter, digit or sign costs that goes on with what stands before it, and one that begins anew.</summary>
    private const double Continued = 0.68, Begun = 1;

    /// <summary>The same for digits, of which a token holds up to three.</summary>
    private const double Digit = 0.4;

    private const double Space = 0.45;

    /// <summary>A byte of UTF-8 outside ASCII; of characters that need four, each byte may be a token.</summary>
    private const double HighByte = 0.9, RareByte = 1;

    private enum Kind
    {
        Space,
        Letter,
        Digit,
        Sign,
        High,
    }

    /// <param name="utf8">The text.</param>
    public static int AtMost(ReadOnlySpan<byte> utf8)
    {
        var tokens = 0.0;
        var before = Kind.Space;
        foreach (var value in utf8)
        {
            var kind = KindOf(value);
            tokens += kind switch
            {
                Kind.Space => Space,
                Kind.High => value >= 0xF0 ? RareByte * 4 - HighByte * 3 : HighByte,
                _ when kind != before => Begun,
                Kind.Digit => Digit,
                _ => Continued,
            };
            before = kind;
        }

        return (int)Math.Ceiling(tokens);
    }

    private static Kind KindOf(byte value) => value switch
    {
        >= 0x80 => Kind.High,
        >= (byte)'0' and <= (byte)'9' => Kind.Digit,
        <= (byte)' ' => Kind.Space,
        _ => char.IsAsciiLetter((char)value) ? Kind.Letter : Kind.Sign,
    };
}
