using System.Buffers;
using System.Collections.Concurrent;

namespace AssistantsMcp.Transport;

/// <summary>Standard output: the lines that the SDK writes, and between them those of this server.</summary>
/// <param name="output">Where lines go.</param>
/// <param name="count">Told of each line of the SDK.</param>
internal sealed class LineOutput(Stream output, Action<JsonRpcLine> count) : OneWayStream
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ConcurrentQueue<ReadOnlyMemory<byte>> _inserted = new();
    private readonly ArrayBufferWriter<byte> _begun = new();

    public override bool CanWrite => true;

    /// <summary>Writes a line of this server: at once, or when the SDK has ended the line that it is writing.</summary>
    public async Task InsertAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        _inserted.Enqueue(line);
        await WriteAsync(ReadOnlyMemory<byte>.Empty, cancellationToken);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await output.WriteAsync(buffer, cancellationToken);
            Count(buffer.Span);
            while (_begun.WrittenCount == 0 && _inserted.TryDequeue(out var line))
            {
                await output.WriteAsync(line, cancellationToken);
                await output.WriteAsync("\n"u8.ToArray(), cancellationToken);
            }

            await output.FlushAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public override void Write(byte[] buffer, int offset, int count) =>
        WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

    public override void Flush() => output.Flush();

    private void Count(ReadOnlySpan<byte> bytes)
    {
        while (bytes.IndexOf((byte)'\n') is >= 0 and var end)
        {
            _begun.Write(bytes[..end]);
            count(JsonRpcLines.KindOf(_begun.WrittenSpan));
            _begun.ResetWrittenCount();
            bytes = bytes[(end + 1)..];
        }

        _begun.Write(bytes);
    }
}
