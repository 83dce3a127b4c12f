using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AssistantsMcp.Measure.Load;

/// <summary>One kept connection that sends ready bytes and reads HTTP/1.1 answers, for as little processor time as possible.</summary>
internal sealed class HttpConnection(IPEndPoint server) : IConnection
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _received = new byte[64 * 1024];
    private readonly ChunkedBody _chunks = new();
    private int _end;
    private ReadOnlyMemory<byte> _body;

    public ReadOnlySpan<byte> Body => _body.Span;

    public async Task ConnectAsync() => await _socket.ConnectAsync(server);

    public ValueTask<int> ExchangeAsync(ReadOnlyMemory<byte> request) => ExchangeAsync(request, received: null);

    /// <inheritdoc cref="ExchangeAsync(ReadOnlyMemory{byte})"/>
    /// <param name="request">Its bytes.</param>
    /// <param name="received">Told of the body so far, whenever more of a chunked one has arrived.</param>
    public async ValueTask<int> ExchangeAsync(ReadOnlyMemory<byte> request, Action<ReadOnlyMemory<byte>>? received)
    {
        await _socket.SendAsync(request);
        _end = 0;
        int headEnd;
        while ((headEnd = _received.AsSpan(0, _end).IndexOf("\r\n\r\n"u8)) < 0)
        {
            await ReceiveAsync();
        }

        var (status, bodyStart) = (Head.Status(_received), headEnd + 4);
        if (Head.ContentLength(_received.AsSpan(0, bodyStart)) is { } length)
        {
            while (_end < bodyStart + length)
            {
                await ReceiveAsync();
            }

            _body = _received.AsMemory(bodyStart, length);
            return status;
        }

        if (Head.Value(_received.AsSpan(0, bodyStart), "transfer-encoding:"u8).IsEmpty)
        {
            _body = default;
            return status;
        }

        _chunks.Begin(bodyStart);
        while (!_chunks.Advance(_received.AsSpan(0, _end)))
        {
            received?.Invoke(_chunks.Content);
            await ReceiveAsync();
        }

        _body = _chunks.Content;
        received?.Invoke(_body);
        return status;
    }

    /// <summary>A header field of the newest answer, or null.</summary>
    public string? Header(string name) =>
        Head.Value(_received.AsSpan(0, _end), Encoding.ASCII.GetBytes($"{name}:")) is { IsEmpty: false } value ? Encoding.ASCII.GetString(value) : null;

    public void Dispose() => _socket.Dispose();

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

        public static int? ContentLength(ReadOnlySpan<byte> head) =>
            Utf8Parser.TryParse(Value(head, "content-length:"u8), out int length, out _) ? length : null;

        /// <summary>The value of a field, empty when it is missing.</summary>
        public static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> head, ReadOnlySpan<byte> field)
        {
            while (head.IndexOf((byte)'\n') is >= 0 and var end)
            {
                head = head[(end + 1)..];
                if (head.Length > field.Length && Ascii.EqualsIgnoreCase(head[..field.Length], field))
                {
                    return head[field.Length..head.IndexOf((byte)'\r')].Trim((byte)' ');
                }
            }

            return [];
        }
    }
}
