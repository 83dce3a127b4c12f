using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace AssistantsMcp.Clients;

/// <summary>
/// The server's side of a response that never sees a network. The first flush releases the headers to the caller;
/// the body then streams through a pipe.
/// </summary>
internal sealed class InProcessResponse : PipeWriter, IHttpResponseFeature, IHttpResponseBodyFeature
{
    private readonly Pipe _pipe = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Stack<(Func<object, Task> Callback, object State)> _onStarting = new();
    private readonly Stack<(Func<object, Task> Callback, object State)> _onCompleted = new();

    public int StatusCode { get; set; } = StatusCodes.Status200OK;

    public string? ReasonPhrase { get; set; }

    public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();

    public bool HasStarted => _started.Task.IsCompleted;

    /// <summary>Ends when the headers are final, or with the fault of a pipeline that never got that far.</summary>
    public Task Started => _started.Task;

    public PipeWriter Writer => this;

    public Stream Stream => AsStream(leaveOpen: true);

    Stream IHttpResponseFeature.Body { get => Stream; set => throw new NotSupportedException(); }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _pipe.Writer.UnflushedBytes;

    /// <summary>The caller's side of the response.</summary>
    /// <param name="request">What this answers.</param>
    /// <param name="aborted">Cancelled when the caller lets go of the response.</param>
    public HttpResponseMessage ToMessage(HttpRequestMessage request, CancellationTokenSource aborted)
    {
        var message = new HttpResponseMessage((System.Net.HttpStatusCode)StatusCode)
        {
            RequestMessage = request,
            Content = new InProcessContent(_pipe.Reader, aborted),
        };
        foreach (var (name, values) in Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                message.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        return message;
    }

    public void OnStarting(Func<object, Task> callback, object state) => _onStarting.Push((callback, state));

    public void OnCompleted(Func<object, Task> callback, object state) => _onCompleted.Push((callback, state));

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        while (!HasStarted && _onStarting.TryPop(out var registered))
        {
            await registered.Callback(registered.State);
        }

        _started.TrySetResult();
    }

    /// <summary>No more is coming; a fault reaches the caller where it stands, before the headers or in the body.</summary>
    public ValueTask EndAsync(Exception? fault)
    {
        if (fault is not null)
        {
            _started.TrySetException(fault);
        }

        return _pipe.Writer.CompleteAsync(fault);
    }

    public async Task NotifyCompletedAsync()
    {
        while (_onCompleted.TryPop(out var registered))
        {
            await registered.Callback(registered.State);
        }
    }

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        await StartAsync(cancellationToken);
        return await _pipe.Writer.FlushAsync(cancellationToken);
    }

    public override void Advance(int bytes) => _pipe.Writer.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _pipe.Writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _pipe.Writer.GetSpan(sizeHint);

    public override void CancelPendingFlush() => _pipe.Writer.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => _pipe.Writer.Complete(exception);

    public Task CompleteAsync() => _pipe.Writer.CompleteAsync().AsTask();

    public void DisableBuffering()
    {
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

    /// <summary>Letting go of the content is how an HTTP caller hangs up.</summary>
    private sealed class InProcessContent(PipeReader reader, CancellationTokenSource aborted) : StreamContent(reader.AsStream())
    {
        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            aborted.Cancel();
        }
    }
}
