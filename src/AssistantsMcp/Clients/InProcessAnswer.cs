using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace AssistantsMcp.Clients;

/// <summary>The server's side of an answer that never sees a network. The first flush makes the headers final.</summary>
/// <param name="body">Where the body goes.</param>
internal sealed class InProcessAnswer(PipeWriter body) : PipeWriter, IHttpResponseFeature, IHttpResponseBodyFeature
{
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

    public override bool CanGetUnflushedBytes => body.CanGetUnflushedBytes;

    public override long UnflushedBytes => body.UnflushedBytes;

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

        return body.CompleteAsync(fault);
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
        return await body.FlushAsync(cancellationToken);
    }

    public override void Advance(int bytes) => body.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => body.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => body.GetSpan(sizeHint);

    public override void CancelPendingFlush() => body.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => body.Complete(exception);

    public Task CompleteAsync() => body.CompleteAsync().AsTask();

    public void DisableBuffering()
    {
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);
}

/// <summary>A body that is kept until it is whole.</summary>
internal sealed class BufferedBody : PipeWriter
{
    private readonly ArrayBufferWriter<byte> _written = new();

    public ReadOnlyMemory<byte> Written => _written.WrittenMemory;

    public override void Advance(int bytes) => _written.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _written.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _written.GetSpan(sizeHint);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }
}
