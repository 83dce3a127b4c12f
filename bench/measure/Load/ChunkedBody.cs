using System.Buffers.Text;

namespace AssistantsMcp.Measure.Load;

/// <summary>Takes the frames off a chunked body, as far as it has arrived.</summary>
internal sealed class ChunkedBody
{
    private byte[] _content = new byte[64 * 1024];
    private int _length;
    private int _position;
    private int _leftOfChunk;

    public ReadOnlyMemory<byte> Content => _content.AsMemory(0, _length);

    /// <param name="position">Where in the received bytes the body begins.</param>
    public void Begin(int position) => (_length, _position, _leftOfChunk) = (0, position, 0);

    /// <summary>Goes as far as the received bytes allow.</summary>
    /// <returns>Whether the body is at its end.</returns>
    /// <exception cref="WrongAnswerException">This is no chunked body.</exception>
    public bool Advance(ReadOnlySpan<byte> received)
    {
        while (true)
        {
            if (_leftOfChunk > 0)
            {
                // The line break behind the content belongs to the chunk.
                var count = Math.Min(_leftOfChunk, received.Length - _position);
                Append(received.Slice(_position, Math.Clamp(_leftOfChunk - 2, 0, count)));
                (_position, _leftOfChunk) = (_position + count, _leftOfChunk - count);
                if (_leftOfChunk > 0)
                {
                    return false;
                }
            }

            var rest = received[_position..];
            if (rest.IndexOf("\r\n"u8) is var lineEnd && lineEnd < 0)
            {
                return false;
            }

            if (!Utf8Parser.TryParse(rest, out int size, out _, 'x'))
            {
                throw new WrongAnswerException("an answer with neither length nor chunks");
            }

            if (size == 0)
            {
                return rest.Length >= lineEnd + 4;
            }

            (_position, _leftOfChunk) = (_position + lineEnd + 2, size + 2);
        }
    }

    private void Append(ReadOnlySpan<byte> content)
    {
        if (_length + content.Length > _content.Length)
        {
            Array.Resize(ref _content, 2 * (_length + content.Length));
        }

        content.CopyTo(_content.AsSpan(_length));
        _length += content.Length;
    }
}
