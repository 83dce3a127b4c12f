using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AssistantsMcp.Tools;

/// <summary>Writes JSON within a number of tokens: what is short stays, and what is long is cut where it is longest, marked with <c>…</c>.</summary>
internal static class ShortJson
{
    /// <summary>What a mark and the punctuation around it cost.</summary>
    private const int MarkTokens = 16;

    private static readonly JsonWriterOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The value in as much of its length as costs no more than so many tokens.</summary>
    public static ReadOnlyMemory<byte> Fit(JsonElement value, int tokens) => Write(writer => Write(writer, value, tokens));

    /// <summary>JSON with quotation marks and the letters of all scripts as they are.</summary>
    public static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, _readable))
        {
            write(writer);
        }

        return buffer.WrittenMemory;
    }

    /// <summary>The beginning of a text, the mark that it is cut, and its length.</summary>
    public static string Mark(string text, int length) =>
        string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, HeadLength(text, length))}… ({text.Length} characters)");

    /// <summary>What a value costs with the comma behind it.</summary>
    public static int Cost(JsonElement value) => TokenEstimate.AtMost(JsonMarshal.GetRawUtf8Value(value)) + 1;

    private static void Write(Utf8JsonWriter writer, JsonElement value, int tokens)
    {
        if (Cost(value) <= tokens)
        {
            writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value));
        }
        else if (value.ValueKind == JsonValueKind.Object && tokens > MarkTokens)
        {
            WriteObject(writer, value, tokens - MarkTokens);
        }
        else if (value.ValueKind == JsonValueKind.Array && tokens > MarkTokens)
        {
            WriteArray(writer, value, tokens - MarkTokens);
        }
        else
        {
            var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
            writer.WriteStringValue(Cut(text, tokens - MarkTokens));
        }
    }

    /// <summary>Fields that cost less than their share stay whole, and leave what they do not use to the others.</summary>
    private static void WriteObject(Utf8JsonWriter writer, JsonElement map, int tokens)
    {
        var fields = map.EnumerateObject().Select(field => (field.Name, field.Value, NameCost: TokenEstimate.AtMost(JsonMarshal.GetRawUtf8PropertyName(field)) + 4, Cost: Cost(field.Value))).ToList();
        var kept = fields.Take(Math.Max(tokens / (2 * MarkTokens), 1)).ToList();
        var share = Share([.. kept.Select(field => field.NameCost + field.Cost)], tokens);

        writer.WriteStartObject();
        foreach (var (name, value, nameCost, _) in kept)
        {
            writer.WritePropertyName(nameCost < share ? name : Cut(name, share / 2));
            Write(writer, value, nameCost < share ? share - nameCost : share / 2);
        }

        if (kept.Count < fields.Count)
        {
            writer.WriteString("…", More(fields.Count - kept.Count));
        }

        writer.WriteEndObject();
    }

    /// <summary>The first items; the one that does not fit is cut if there is much room for it, and else it is not there.</summary>
    private static void WriteArray(Utf8JsonWriter writer, JsonElement list, int tokens)
    {
        writer.WriteStartArray();
        var (written, left) = (0, tokens);
        foreach (var item in list.EnumerateArray())
        {
            var cost = Cost(item);
            if (cost > left && left < tokens / 2)
            {
                break;
            }

            Write(writer, item, left);
            (written, left) = (written + 1, left - cost);
        }

        if (written < list.GetArrayLength())
        {
            writer.WriteStringValue($"… {More(list.GetArrayLength() - written)}");
        }

        writer.WriteEndArray();
    }

    /// <summary>The most that each may cost so that together they cost no more than so many tokens.</summary>
    private static int Share(int[] costs, int tokens)
    {
        Array.Sort(costs);
        for (var i = 0; i < costs.Length; i++)
        {
            var share = tokens / (costs.Length - i);
            if (costs[i] > share)
            {
                return share;
            }

            tokens -= costs[i];
        }

        return int.MaxValue;
    }

    private static string Cut(string text, int tokens)
    {
        var length = Math.Min(text.Length, Math.Max(tokens, 0) * 2);
        while (length > 0 && TokenEstimate.AtMost(EncodedHead(text, length)) > tokens)
        {
            length = length * 7 / 8;
        }

        return Mark(text, length);
    }

    private static byte[] EncodedHead(string text, int length) =>
        JsonEncodedText.Encode(text.AsSpan(0, HeadLength(text, length)), _readable.Encoder).EncodedUtf8Bytes.ToArray();

    /// <summary>A character of two halves stays whole or goes as a whole.</summary>
    private static int HeadLength(string text, int length) => length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;

    private static string More(int count) => string.Create(CultureInfo.InvariantCulture, $"{count} more");
}
