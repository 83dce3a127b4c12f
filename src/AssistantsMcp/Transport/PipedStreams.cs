namespace AssistantsMcp.Transport;

/// <summary>
/// Standard input and output of a server that may be driven by a pipe: <c>echo … | AssistantsMcp stdio</c>. The SDK
/// drops the answers in flight when the input ends, so its end is told only when every request has its answer. It drops
/// lines that are no messages, too; they are answered here.
/// </summary>
internal sealed class PipedStreams
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeSpan _patience;
    private int _open;
    private bool _ended;

    /// <param name="input">Where requests come from, one to a line.</param>
    /// <param name="output">Where answers go, one to a line.</param>
    /// <param name="longestLine">How many bytes a request may have.</param>
    /// <param name="caller">Who writes the requests.</param>
    /// <param name="patience">How long the end of the input is held back at the most.</param>
    public PipedStreams(Stream input, Stream output, int longestLine, ApiKeyFeature caller, TimeSpan patience)
    {
        var answers = new LineOutput(output, Count);
        (Input, Output, _patience) = (new LineInput(input, longestLine, caller, answers.InsertAsync, Count, AllAnsweredAsync), answers, patience);
    }

    public Stream Input { get; }

    public Stream Output { get; }

    private void Count(JsonRpcLine line)
    {
        lock (_lock)
        {
            _open += line switch
            {
                JsonRpcLine.Request => 1,
                JsonRpcLine.Response => -1,
                _ => 0,
            };
            if (_ended && _open <= 0)
            {
                _answered.TrySetResult();
            }
        }
    }

    private Task AllAnsweredAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _ended = true;
            return _open <= 0 ? Task.CompletedTask : Task.WhenAny(_answered.Task, Task.Delay(_patience, cancellationToken));
        }
    }
}
