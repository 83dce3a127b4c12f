using System.Collections.Concurrent;
using System.Threading.Channels;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Execution;

/// <summary>One event of a run's stream: its name, and its data as JSON.</summary>
internal readonly record struct RunEvent(string Name, ReadOnlyMemory<byte> Data);

/// <summary>
/// What happens to the runs of this process, for those who watch. A run that nobody watches costs nothing here.
/// </summary>
internal sealed class RunEvents
{
    /// <summary>Why a stream ends when this process no longer has its run.</summary>
    public const string Lost = "The run is no longer worked on here. Retrieve it to see whether it goes on elsewhere or its thread was deleted.";

    private readonly ConcurrentDictionary<string, RunFeed> _feeds = new(StringComparer.Ordinal);

    /// <summary>The runs that somebody watches now.</summary>
    public IEnumerable<string> Watched => _feeds.Keys;

    /// <summary>Begins to watch a run; from now on its events are kept until they are read.</summary>
    public RunFeed Watch(string runId)
    {
        var feed = new RunFeed(this, runId);
        _feeds[runId] = feed;
        return feed;
    }

    /// <summary>Whether anybody watches a run.</summary>
    public bool IsWatched(string runId) => _feeds.ContainsKey(runId);

    public void Publish(string runId, RunEvent happened)
    {
        if (_feeds.TryGetValue(runId, out var feed))
        {
            feed.Add(happened);
        }
    }

    /// <summary>Ends the streams of a run: it has ended, or waits for its client.</summary>
    public void End(string runId)
    {
        if (_feeds.TryRemove(runId, out var feed))
        {
            feed.End();
        }
    }

    /// <summary>Ends the streams of a run before it has ended; they say why with an <c>error</c> event.</summary>
    public void BreakOff(string runId, string reason)
    {
        if (_feeds.TryRemove(runId, out var feed))
        {
            feed.Add(new RunEvent("error", EngineJson.WriteError(reason, "server_error", param: null, code: null)));
            feed.End();
        }
    }

    /// <summary>Stops watching; the run goes on.</summary>
    internal void Forget(RunFeed feed) => _feeds.TryRemove(KeyValuePair.Create(feed.RunId, feed));
}

/// <summary>The events of one run for one reader.</summary>
internal sealed class RunFeed(RunEvents events, string runId) : IDisposable
{
    /// <summary>A reader that lags further behind than this is cut off; its run goes on.</summary>
    private const int MaxWaiting = 50_000;

    private readonly Channel<RunEvent> _waiting = Channel.CreateBounded<RunEvent>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true });

    public string RunId => runId;

    /// <summary>The events in order; ends when the run has ended or waits for its client.</summary>
    public ChannelReader<RunEvent> Reader => _waiting.Reader;

    public void Add(RunEvent happened)
    {
        if (!_waiting.Writer.TryWrite(happened))
        {
            _waiting.Writer.TryComplete(new IOException("The reader of the stream was too slow."));
        }
    }

    public void End() => _waiting.Writer.TryComplete();

    public void Dispose()
    {
        events.Forget(this);
        End();
    }
}
