using Microsoft.AspNetCore.Http.Features;

namespace AssistantsMcp.Transport;

/// <summary>
/// The body of a response whose reader wants events. The SDK sends the headers, the answer and the end of the stream
/// each by itself, which costs more than to make the answer; here an answer that comes soon takes all of them along.
/// </summary>
/// <param name="response">The response.</param>
/// <param name="connection">Where its events go.</param>
internal sealed class EventsBody(HttpResponse response, IHttpResponseBodyFeature connection) : OneWayStream
{
    /// <summary>How long the headers wait for the first event. Clients give up on a server that sends none at all.</summary>
    private static readonly TimeSpan _grace = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private Timer? _headers;
    private bool _hasBegun;

    public override bool CanWrite => true;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _hasBegun = true;
            if (buffer.Span.EndsWith("\n\n"u8) && JsonRpcAnswer.OfEvent(buffer, response.HttpContext.Features.Get<WrittenResult>()) is { } answer)
            {
                if (!response.HasStarted)
                {
                    response.ContentLength = answer.Length;
                }

                answer.WriteTo(connection.Writer);
                await connection.CompleteAsync();
            }
            else
            {
                await connection.Writer.WriteAsync(buffer, cancellationToken);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public override void Write(byte[] buffer, int offset, int count) =>
        WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <summary>Every event but the answer has left when it is written; what the SDK flushes before are the headers.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        if (!_hasBegun)
        {
            _headers ??= new Timer(static body => _ = ((EventsBody)body!).SendHeadersAsync(), this, _grace, Timeout.InfiniteTimeSpan);
        }

        return Task.CompletedTask;
    }

    /// <summary>Waits for headers that are on their way, and lets none go after this: the connection may serve another request then.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (_headers is not null)
        {
            await _headers.DisposeAsync();
            await _turn.WaitAsync();
            _hasBegun = true;
            _turn.Release();
        }

        await base.DisposeAsync();
    }

    private async Task SendHeadersAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (!_hasBegun)
            {
                await connection.Writer.FlushAsync();
            }
        }
        finally
        {
            _turn.Release();
        }
    }
}
