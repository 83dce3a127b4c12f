using System.Text;

namespace AssistantsMcp.Tests.Api.Contract;

/// <summary>A stream of events that is checked while it is read: the framing, each event's schema, and their order.</summary>
internal sealed class CheckedEventStream(Stream inner) : Stream
{
    private readonly StreamRules _rules = new();
    private readonly List<byte> _pending = [];

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        Accept(buffer.Span[..count], isEnd: count == 0 && buffer.Length > 0);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Accept(buffer.AsSpan(offset, read), isEnd: read == 0 && count > 0);
        return read;
    }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>An event is a line with its name, a line with its data, and an empty line; comment lines keep the connection alive.</summary>
    private void Accept(ReadOnlySpan<byte> bytes, bool isEnd)
    {
        foreach (var next in bytes)
        {
            _pending.Add(next);
            if (_pending is [.., (byte)'\n', (byte)'\n'])
            {
                AcceptBlock(Encoding.UTF8.GetString([.. _pending]));
                _pending.Clear();
            }
        }

        if (isEnd)
        {
            Expect(_pending.Count == 0, Encoding.UTF8.GetString([.. _pending]));
            _rules.End();
        }
    }

    private void AcceptBlock(string block)
    {
        var lines = block.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith(':')).ToArray();
        if (lines is [])
        {
            return;
        }

        Expect(lines is [['e', 'v', 'e', 'n', 't', ':', ' ', ..], ['d', 'a', 't', 'a', ':', ' ', ..]], block);
        var (name, data) = (lines[0][7..], lines[1][6..]);
        if (ApiContract.EventFaults(name, data) is { Count: > 0 } faults)
        {
            throw new ContractException($"The event {name} is not as it should be", faults, data);
        }

        _rules.Accept(name, data);
    }

    private static void Expect(bool isFramed, string block)
    {
        if (!isFramed)
        {
            throw new ContractException("A stream is framed wrongly", ["an event is a line 'event: ', a line 'data: ' and an empty line"], block);
        }
    }
}
