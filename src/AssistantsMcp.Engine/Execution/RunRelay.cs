using System.Text;
using AssistantsMcp.Engine.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// What the processes on one database tell each other of runs: that one waits for a worker, that one is to be cancelled
/// or is gone, and what happens to one whose client is connected elsewhere.
/// </summary>
internal sealed partial class RunRelay(INotices notices, RunWorker worker, RunEvents events, ILogger<RunRelay> logger) : BackgroundService
{
    private readonly Dictionary<string, Progress> _relayed = new(StringComparer.Ordinal);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => notices.ListenAsync(Hear, stoppingToken);

    private void Hear(string text)
    {
        try
        {
            if (RelayedEvent.Parse(text) is { } piece)
            {
                Take(piece);
            }
            else
            {
                worker.Hear(text);
            }
        }
        catch (Exception exception)
        {
            // Whatever it was, the next notice must be heard.
            Log.NotUnderstood(logger, exception);
        }
    }

    private void Take(RelayedEvent piece)
    {
        if (events.FeedOf(piece.RunId) is not { } feed)
        {
            _relayed.Remove(piece.RunId);
            return;
        }

        if (!_relayed.TryGetValue(piece.RunId, out var progress) || progress.Feed != feed)
        {
            _relayed[piece.RunId] = progress = new Progress(feed);
        }

        if (piece.Number != progress.Next)
        {
            // One is missing, or another process has begun the run anew.
            _relayed.Remove(piece.RunId);
            events.BreakOff(feed, RunEvents.Lost);
            return;
        }

        progress.Next++;
        progress.Data.Append(piece.Data);
        if (piece.Name.Length == 0)
        {
            _relayed.Remove(piece.RunId);
            events.End(piece.RunId);
        }
        else if (piece.IsLast)
        {
            feed.Add(new RunEvent(piece.Name, Encoding.UTF8.GetBytes(progress.Data.ToString())));
            progress.Data.Clear();
        }
    }

    /// <summary>How far the events of a run have come.</summary>
    private sealed class Progress(RunFeed feed)
    {
        public RunFeed Feed => feed;

        public int Next { get; set; }

        /// <summary>The event that is not whole yet.</summary>
        public StringBuilder Data { get; } = new();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A notice of another process could not be taken.")]
        public static partial void NotUnderstood(ILogger logger, Exception exception);
    }
}
