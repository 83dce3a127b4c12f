using System.Buffers;
using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;

namespace AssistantsMcp.Transport;

/// <summary>
/// The body of a response whose reader wants plain JSON: of the events that the SDK writes, the one that answers is
/// sent without its framing, straight from the SDK's buffer, and notifications are dropped: plain JSON has no room for them.
/// </summary>
/// <param name="response">The response; its headers are put right before the answer is sent.</param>
/// <param name="connection">Where the answer goes, and whatever is no event stream.</param>
internal sealed class AnswerBody(HttpResponse response, IHttpResponseBodyFeature connection) : OneWayStream
{
    private readonly ArrayBufferWriter<byte> _begun = new();
    private bool _answered;

    public override bool CanWrite => true;

    private bool HoldsEvents =>
        _answered || response.ContentType?.StartsWith(MediaTypeNames.Text.EventStream, StringComparison.OrdinalIgnoreCase) is true;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!HoldsEvents)
        {
            await connection.Writer.WriteAsync(buffer, cancellationToken);
            return;
        }

        // The SDK writes an event at a time. Only if it ever wrote less would bytes be kept.
        if (_begun.WrittenCount > 0)
        {
            _begun.Write(buffer.Span);
            buffer = _begun.WrittenSpan.ToArray();
            _begun.ResetWrittenCount();
        }

        while (buffer.Span.IndexOf("\n\n"u8) is >= 0 and var end)
        {
            await WriteEventAsync(buffer[..end], cancellationToken);
            buffer = buffer[(end + 2)..];
        }

        _begun.Write(buffer.Span);
    }

    public override void Write(byte[] buffer, int offset, int count) =>
        WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <summary>Headers that still speak of an event stream must not leave yet.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        HoldsEvents && !_answered ? Task.CompletedTask : connection.Stream.FlushAsync(cancellationToken);

    private async Task WriteEventAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken)
    {
        if (_answered || JsonRpcAnswer.OfMessage(lines, response.HttpContext.Features.Get<WrittenResult>()) is not { } answer)
        {
            return;
        }

        _answered = true;
        response.ContentType = MediaTypeNames.Application.Json;
        response.ContentLength = answer.Length;
        response.Headers.ContentEncoding = default;
        response.Headers.Remove("X-Accel-Buffering");
        answer.WriteTo(connection.Writer);
        await connection.Writer.FlushAsync(cancellationToken);
    }
}
