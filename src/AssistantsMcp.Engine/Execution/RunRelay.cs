using System.Text;
using AssistantsMcp.Engine.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// What the processes on one database tell each other of runs: that one waits for a worker, that one is to be cancelled
/// or is gone, and what happens to one whose client is connected elsewhere.
/// </summary>
internal sealed partial class RunRelay(
    INotices notices, RunNotices told, HeldRuns held, RunEvents events, ILogger<RunRelay> logger) : BackgroundService
{
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
                told.Hear(text);
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
        // A process that was paused may tell of a run that was taken over here since.
        if (held.Contains(piece.RunId) || events.FeedOf(piece.RunId) is not { } feed)
        {
            return;
        }

        var progress = feed.Relayed ??= new RelayProgress();
        if (piece.Number != progress.Next)
        {
            // One is missing, or another process has begun the run anew.
            events.BreakOff(feed, RunEvents.Lost);
            return;
        }

        progress.Next++;
        progress.Data.Append(piece.Data);
        if (piece.Name.Length == 0)
        {
            events.End(piece.RunId);
        }
        else if (piece.IsLast)
        {
            feed.Add(new RunEvent(piece.Name, Encoding.UTF8.GetBytes(progress.Data.ToString())));
            progress.Data.Clear();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A notice of another process could not be taken.")]
        public static partial void NotUnderstood(ILogger logger, Exception exception);
    }
}

/// <summary>How far the events of a run have come from another process.</summary>
internal sealed class RelayProgress
{
    /// <summary>The number of the piece that comes next.</summary>
    public int Next { get; set; }

    /// <summary>The event that is not whole yet.</summary>
    public StringBuilder Data { get; } = new();
}
