using System.Globalization;
using System.Text;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.Execution;

/// <summary>A piece of an event of a run, on its way to the process that streams the run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Number">Counts the pieces of a run from 0 on.</param>
/// <param name="Name">The event; empty at the end of the stream.</param>
/// <param name="IsLast">Whether the event is whole with this piece.</param>
/// <param name="Data">The piece of its JSON.</param>
internal sealed record RelayedEvent(string RunId, int Number, string Name, bool IsLast, string Data)
{
    /// <summary>What the text of a piece begins with.</summary>
    public const string Prefix = "event ";

    /// <summary>Room for everything but the data.</summary>
    private const int HeadBytes = 256;

    private const char Separator = ' ';

    public static RelayedEvent End(string runId) => new(runId, 0, "", IsLast: true, "");

    /// <summary>The pieces of an event, none larger than a notice can be.</summary>
    public static IEnumerable<RelayedEvent> Of(string runId, RunEvent happened)
    {
        var text = Encoding.UTF8.GetString(happened.Data.Span);
        var start = 0;
        do
        {
            var length = PieceAt(text, start);
            yield return new RelayedEvent(runId, 0, happened.Name, start + length == text.Length, text.Substring(start, length));
            start += length;
        }
        while (start < text.Length);
    }

    /// <summary>Reads what <see cref="ToString"/> wrote; null when it is something else.</summary>
    public static RelayedEvent? Parse(string text) =>
        text.StartsWith(Prefix, StringComparison.Ordinal)
        && text.Split(Separator, 6) is [_, var runId, var number, var name, var isLast, var data]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
            ? new RelayedEvent(runId, parsed, name, isLast == "1", data)
            : null;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{RunId} {Number} {Name} {(IsLast ? 1 : 0)} {Data}");

    /// <summary>How many characters fit, without tearing one apart.</summary>
    private static int PieceAt(string text, int start)
    {
        var (end, bytes) = (start, 0);
        while (end < text.Length)
        {
            var rune = Rune.TryGetRuneAt(text, end, out var whole) ? whole : Rune.ReplacementChar;
            bytes += rune.Utf8SequenceLength;
            if (bytes > INotices.MaxBytes - HeadBytes)
            {
                break;
            }

            end += rune.Utf16SequenceLength;
        }

        return end - start;
    }
}
