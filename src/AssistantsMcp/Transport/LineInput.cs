using System.Buffers;
using System.IO.Pipelines;

namespace AssistantsMcp.Transport;

/// <summary>Standard input, line by line: messages go on to the SDK, whatever else stands there is answered.</summary>
/// <param name="input">Where lines come from.</param>
/// <param name="longestLine">How many bytes a line may have.</param>
/// <param name="caller">Who writes the lines.</param>
/// <param name="refuseAsync">Answers a line that is no message.</param>
/// <param name="count">Told of each message.</param>
/// <param name="allAnsweredAsync">Waits before the end is told.</param>
internal sealed class LineInput(
    Stream input,
    int longestLine,
    ApiKeyFeature caller,
    Func<ReadOnlyMemory<byte>, CancellationToken, Task> refuseAsync,
    Action<JsonRpcLine> count,
    Func<CancellationToken, Task> allAnsweredAsync) : OneWayStream
{
    private readonly PipeReader _lines = PipeReader.Create(input);
    private ReadOnlyMemory<byte> _line;

    public override bool CanRead => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_line.IsEmpty)
        {
            if (await NextLineAsync(cancellationToken) is not { } line)
            {
                await allAnsweredAsync(cancellationToken);
                return 0;
            }

            await AcceptAsync(line, cancellationToken);
        }

        var length = Math.Min(buffer.Length, _line.Length);
        _line[..length].CopyTo(buffer);
        _line = _line[length..];
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    private async Task AcceptAsync(byte[] line, CancellationToken cancellationToken)
    {
        if (line.AsSpan().Trim(" \t\r\n"u8).IsEmpty)
        {
            return;
        }

        var problem = line.Length > longestLine
            ? new(JsonRpcError.InvalidRequest, JsonRpcBodies.TooLarge(longestLine))
            : JsonRpcSyntax.FindProblem(line, caller);
        if (problem is { } found)
        {
            await refuseAsync(JsonRpcError.ToJson(found), cancellationToken);
            return;
        }

        count(JsonRpcLines.KindOf(line));
        _line = line;
    }

    /// <returns>The next line with its line feed; of one that is too long, so much that this shows. Null at the end.</returns>
    private async Task<byte[]?> NextLineAsync(CancellationToken cancellationToken)
    {
        byte[]? tooLong = null;
        var searched = 0L;
        while (true)
        {
            // A read from standard input cannot be cancelled; it is left behind when the process stops.
            var read = await _lines.ReadAsync(CancellationToken.None).AsTask().WaitAsync(cancellationToken);
            var buffer = read.Buffer;
            if (buffer.Slice(searched).PositionOf((byte)'\n') is { } end)
            {
                var next = buffer.GetPosition(1, end);
                var line = tooLong ?? buffer.Slice(0, next).ToArray();
                _lines.AdvanceTo(next);
                return line;
            }

            if (read.IsCompleted)
            {
                byte[]? rest = tooLong ?? (buffer.IsEmpty ? null : [.. buffer.ToArray(), (byte)'\n']);
                _lines.AdvanceTo(buffer.End);
                return rest;
            }

            if (buffer.Length > longestLine)
            {
                tooLong ??= buffer.ToArray();
                searched = 0;
                _lines.AdvanceTo(buffer.End);
            }
            else
            {
                searched = buffer.Length;
                _lines.AdvanceTo(buffer.Start, buffer.End);
            }
        }
    }
}
