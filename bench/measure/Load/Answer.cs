using System.Buffers;
using System.Text;

namespace AssistantsMcp.Measure.Load;

/// <summary>
/// What every answer of a target has to be: the bytes of one that was examined. Ids and times of newly made objects may
/// differ from answer to answer.
/// </summary>
internal sealed class Answer
{
    private static readonly SearchValues<char> _idCharacters =
        SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private readonly byte[] _body;
    private readonly List<Range> _fixed = [];

    /// <param name="body">The body of the examined answer.</param>
    /// <param name="isNew">Whether each answer shows an object of its own.</param>
    public Answer(ReadOnlySpan<byte> body, bool isNew = false)
    {
        _body = Payload(body).ToArray();
        var position = 0;
        if (isNew)
        {
            foreach (var (start, length) in Varying(Encoding.Latin1.GetString(_body)))
            {
                _fixed.Add(position..start);
                position = start + length;
            }
        }

        _fixed.Add(position.._body.Length);
    }

    public string Text => Encoding.UTF8.GetString(_body);

    public bool Matches(ReadOnlySpan<byte> body)
    {
        body = Payload(body);
        if (body.Length != _body.Length)
        {
            return false;
        }

        foreach (var range in _fixed)
        {
            if (!body[range].SequenceEqual(_body.AsSpan(range)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>An answer that is an event counts without the event's own id.</summary>
    private static ReadOnlySpan<byte> Payload(ReadOnlySpan<byte> body) =>
        body.StartsWith("{"u8) || body.LastIndexOf("data: "u8) is not (>= 0 and var start) ? body : body[start..].TrimEnd((byte)'\n');

    /// <summary>Where ids (24 letters and digits) and times (10 digits) stand.</summary>
    private static IEnumerable<(int Start, int Length)> Varying(string body)
    {
        (string Before, int Length)[] marks = [("\"msg_", 24), ("\"thread_", 24), ("\"created_at\":", 10), ("\"completed_at\":", 10)];
        return marks
            .SelectMany(mark => Positions(body, mark.Before).Select(position => (Start: position + mark.Before.Length, mark.Length)))
            .Where(place => body.AsSpan(place.Start, place.Length).IndexOfAnyExcept(_idCharacters) < 0)
            .OrderBy(place => place.Start);
    }

    private static IEnumerable<int> Positions(string body, string mark)
    {
        for (var position = body.IndexOf(mark, StringComparison.Ordinal); position >= 0; position = body.IndexOf(mark, position + 1, StringComparison.Ordinal))
        {
            yield return position;
        }
    }
}
