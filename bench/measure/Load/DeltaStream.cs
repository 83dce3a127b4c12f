using System.Buffers.Text;
using System.Diagnostics;

namespace AssistantsMcp.Measure.Load;

/// <summary>Reads one streamed answer, and how late its deltas come: each carries the moment when the stub sent it.</summary>
internal sealed class DeltaStream(StreamTarget target)
{
    private const int DeltaLength = 21;

    private readonly List<double> _later = [];
    private long _asked;
    private long _newest;
    private int _scanned;

    /// <summary>From the request to the first delta, in milliseconds.</summary>
    public double First { get; private set; }

    /// <summary>How long each further delta was under way, in milliseconds.</summary>
    public IReadOnlyList<double> Later => _later;

    /// <exception cref="WrongAnswerException">Deltas are missing, or the stream did not end as it should.</exception>
    public async Task ReadAsync(HttpConnection connection)
    {
        _asked = Stopwatch.GetTimestamp();
        var status = await connection.ExchangeAsync(target.Request, Receive);
        if (status != 200 || _later.Count != target.Deltas - 1 || connection.Body.IndexOf(System.Text.Encoding.ASCII.GetBytes(target.LastEvent)) < 0)
        {
            throw new WrongAnswerException($"{target.Name} answered {status} and streamed {_later.Count + 1} of {target.Deltas} deltas: {System.Text.Encoding.UTF8.GetString(connection.Body)}");
        }
    }

    private void Receive(ReadOnlyMemory<byte> received)
    {
        var now = Stopwatch.GetTimestamp();
        while (received.Span[_scanned..].IndexOf((byte)'@') is >= 0 and var found && received.Length - _scanned - found >= DeltaLength)
        {
            var delta = received.Span.Slice(_scanned + found, DeltaLength);
            _scanned += found + 1;
            if (delta[^1] == ';' && Utf8Parser.TryParse(delta[1..], out long sent, out _) && sent > _newest)
            {
                Count(now, sent);
            }
        }
    }

    /// <summary>Texts that end an item repeat its deltas; those are not newer than the last one.</summary>
    private void Count(long now, long sent)
    {
        if (_newest == 0)
        {
            First = Statistics.Milliseconds(now - _asked);
        }
        else
        {
            _later.Add(Statistics.Milliseconds(now - sent));
        }

        _newest = sent;
    }
}
