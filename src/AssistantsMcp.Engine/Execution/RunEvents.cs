using System.Collections.Concurrent;
using System.Threading.Channels;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Engine.Telemetry;

namespace AssistantsMcp.Engine.Execution;

/// <summary>One event of a run's stream: its name, and its data as JSON.</summary>
internal readonly record struct RunEvent(string Name, ReadOnlyMemory<byte> Data)
{
    /// <summary>Why a stream ends before its run has.</summary>
    public static RunEvent Error(string reason) => new("error", EngineJson.WriteError(reason, "server_error", param: null, code: null));
}

/// <summary>
/// What happens to the runs of this process, for those who watch. A run that nobody watches costs nothing here.
/// </summary>
internal sealed class RunEvents(RunMetrics runs, StreamMetrics streams)
{
    /// <summary>Why a stream ends when this process no longer has its run.</summary>
    public const string Lost = "The run is no longer worked on here. Retrieve it to see whether it goes on elsewhere or its thread was deleted.";

    private readonly ConcurrentDictionary<string, IRunWatcher> _watchers = new(StringComparer.Ordinal);

    /// <summary>The streams that somebody reads now.</summary>
    public IEnumerable<RunFeed> Watched => _watchers.Values.OfType<RunFeed>();

    /// <summary>Begins to watch a run; from now on its events are kept until they are read.</summary>
    public RunFeed Watch(string runId)
    {
        var feed = new RunFeed(this, streams, runId);
        Watch(runId, feed);
        return feed;
    }

    /// <summary>Has a watcher told of a run.</summary>
    public void Watch(string runId, IRunWatcher watcher) => _watchers[runId] = watcher;

    /// <summary>Whether anybody watches a run.</summary>
    public bool IsWatched(string runId) => _watchers.ContainsKey(runId);

    /// <summary>The stream of a run that somebody reads here, or null.</summary>
    public RunFeed? FeedOf(string runId) => _watchers.GetValueOrDefault(runId) as RunFeed;

    public void Publish(string runId, RunEvent happened)
    {
        if (_watchers.TryGetValue(runId, out var watcher))
        {
            watcher.Add(happened);
        }
    }

    /// <summary>Ends the streams of a run that has ended here, or waits for its client.</summary>
    public void End(RunObject run, ActiveRun active)
    {
        runs.Settled(run, active);
        End(run.Id);
    }

    /// <summary>Ends the streams of a run: it has ended, or waits for its client.</summary>
    public void End(string runId)
    {
        if (_watchers.TryRemove(runId, out var watcher))
        {
            watcher.End();
        }
    }

    /// <summary>Ends the streams of a run before it has ended; they say why with an <c>error</c> event.</summary>
    public void BreakOff(string runId, string reason)
    {
        if (_watchers.TryGetValue(runId, out var watcher))
        {
            BreakOff(runId, watcher, reason);
        }
    }

    /// <summary>The same for one stream, unless another one has taken its place.</summary>
    public void BreakOff(RunFeed feed, string reason) => BreakOff(feed.RunId, feed, reason);

    /// <summary>Stops telling a watcher; the run goes on.</summary>
    public void Forget(string runId, IRunWatcher watcher) => _watchers.TryRemove(KeyValuePair.Create(runId, watcher));

    private void BreakOff(string runId, IRunWatcher watcher, string reason)
    {
        if (_watchers.TryRemove(KeyValuePair.Create(runId, watcher)))
        {
            watcher.Add(RunEvent.Error(reason));
            watcher.End();
            streams.Interrupted();
        }
    }
}

/// <summary>The events of one run for one reader.</summary>
internal sealed class RunFeed(RunEvents events, StreamMetrics streams, string runId) : IRunWatcher, IDisposable
{
    /// <summary>A reader that lags further behind than this is cut off; its run goes on.</summary>
    private const int MaxWaitingBytes = 4 * 1024 * 1024;

    /// <summary>About what an event takes beside its data.</summary>
    private const int BytesOfAnEvent = 128;

    private readonly Channel<RunEvent> _waiting = Channel.CreateUnbounded<RunEvent>(new UnboundedChannelOptions { SingleReader = true });

    // It has no timer and no wait handle, so there is nothing to dispose of.
    private readonly CancellationTokenSource _fallenBehind = new();
    private long _waitingBytes;

    public string RunId => runId;

    /// <summary>How much of the run another process has told; null while it has told nothing.</summary>
    public RelayProgress? Relayed { get; set; }

    /// <summary>Cancelled when the reader lags too far behind: it may be waiting for its connection and never look here again.</summary>
    public CancellationToken FallenBehind => _fallenBehind.Token;

    /// <summary>Waits for the next event; false when there will be none, because the run has ended or waits for its client.</summary>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => _waiting.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>The next event in order, if there is one already.</summary>
    public bool TryRead(out RunEvent happened)
    {
        var found = _waiting.Reader.TryRead(out happened);
        if (found)
        {
            Interlocked.Add(ref _waitingBytes, -SizeOf(happened));
        }

        return found;
    }

    public void Add(RunEvent happened)
    {
        // A single event that is larger is not the reader's fault.
        var size = SizeOf(happened);
        if (Interlocked.Add(ref _waitingBytes, size) is var waiting && waiting > MaxWaitingBytes && waiting > size)
        {
            End();
            streams.FellBehind();
            _fallenBehind.Cancel();
            return;
        }

        _waiting.Writer.TryWrite(happened);
    }

    public void End() => _waiting.Writer.TryComplete();

    private static int SizeOf(RunEvent happened) => happened.Data.Length + BytesOfAnEvent;

    public void Dispose()
    {
        events.Forget(runId, this);
        End();
    }
}
