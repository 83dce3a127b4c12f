using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AssistantsMcp.Measure.Load;

/// <summary>One kept connection that sends ready bytes and reads HTTP/1.1 answers, for as little processor time as possible.</summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _received = new byte[64 * 1024];
    private byte[] _unchunked = new byte[64 * 1024];
    private int _end;
    private ReadOnlyMemory<byte> _body;

    /// <summary>The body of the newest answer, valid until the next request.</summary>
    public ReadOnlySpan<byte> Body => _body.Span;

    public async Task ConnectAsync(IPEndPoint server) => await _socket.ConnectAsync(server);

    /// <summary>Sends a request and reads the answer to its end.</summary>
    /// <returns>The status.</returns>
    public async ValueTask<int> ExchangeAsync(ReadOnlyMemory<byte> request)
    {
        await _socket.SendAsync(request);
        _end = 0;
        int headEnd;
        while ((headEnd = _received.AsSpan(0, _end).IndexOf("\r\n\r\n"u8)) < 0)
        {
            await ReceiveAsync();
        }

        var status = Head.Status(_received);
        var bodyStart = headEnd + 4;
        if (Head.ContentLength(_received.AsSpan(0, bodyStart)) is { } length)
        {
            while (_end < bodyStart + length)
            {
                await ReceiveAsync();
            }

            _body = _received.AsMemory(bodyStart, length);
        }
        else
        {
            _body = await ReadChunksAsync(bodyStart);
        }

        return status;
    }

    /// <summary>Sends a request and hands on everything received so far, again and again, until the chunked answer ends.</summary>
    public async Task StreamAsync(ReadOnlyMemory<byte> request, Action<ReadOnlyMemory<byte>> received)
    {
        await _socket.SendAsync(request);
        _end = 0;
        do
        {
            await ReceiveAsync();
            received(_received.AsMemory(0, _end));
        }
        while (!_received.AsSpan(0, _end).EndsWith("\r\n0\r\n\r\n"u8));
    }

    public void Dispose() => _socket.Dispose();

    private async ValueTask<ReadOnlyMemory<byte>> ReadChunksAsync(int position)
    {
        var total = 0;
        while (true)
        {
            int lineEnd;
            while ((lineEnd = _received.AsSpan(position, _end - position).IndexOf("\r\n"u8)) < 0)
            {
                await ReceiveAsync();
            }

            if (!Utf8Parser.TryParse(_received.AsSpan(position, lineEnd), out int size, out _, 'x'))
            {
                throw new WrongAnswerException($"an answer with neither length nor chunks: {Encoding.UTF8.GetString(_received, 0, _end)}");
            }

            position += lineEnd + 2;
            while (_end < position + size + 2)
            {
                await ReceiveAsync();
            }

            if (size == 0)
            {
                return _unchunked.AsMemory(0, total);
            }

            if (total + size > _unchunked.Length)
            {
                Array.Resize(ref _unchunked, 2 * (total + size));
            }

            _received.AsSpan(position, size).CopyTo(_unchunked.AsSpan(total));
            total += size;
            position += size + 2;
        }
    }

    private async ValueTask ReceiveAsync()
    {
        if (_end == _received.Length)
        {
            Array.Resize(ref _received, 2 * _received.Length);
        }

        var count = await _socket.ReceiveAsync(_received.AsMemory(_end));
        _end += count > 0 ? count : throw new WrongAnswerException("the connection was closed in the middle of an answer");
    }

    private static class Head
    {
        public static int Status(ReadOnlySpan<byte> head) =>
            Utf8Parser.TryParse(head["HTTP/1.1 ".Length..], out int status, out _) ? status : 0;

        public static int? ContentLength(ReadOnlySpan<byte> head)
        {
            var name = "content-length:"u8;
            while (head.IndexOf((byte)'\n') is >= 0 and var end)
            {
                head = head[(end + 1)..];
                if (head.Length > name.Length && Ascii.EqualsIgnoreCase(head[..name.Length], name))
                {
                    return Utf8Parser.TryParse(head[name.Length..].TrimStart((byte)' '), out int length, out _) ? length : null;
                }
            }

            return null;
        }
    }
}
