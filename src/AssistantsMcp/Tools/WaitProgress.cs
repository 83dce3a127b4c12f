using ModelContextProtocol;

namespace AssistantsMcp.Tools;

/// <summary>Tells a caller who waits how its run gets on: its status and the end of its text, when they have changed and now and then.</summary>
/// <param name="progress">The caller's.</param>
/// <param name="wait">How long it waits.</param>
internal sealed class WaitProgress(IProgress<ProgressNotificationValue> progress, TimeSpan wait)
{
    private const int TailLength = 500;

    /// <summary>Clients and proxies give up calls on which nothing moves.</summary>
    private static readonly TimeSpan _longestSilence = TimeSpan.FromSeconds(15);

    private string? _lastMessage;
    private TimeSpan _lastReport;

    /// <param name="run">The run.</param>
    /// <param name="waited">How long it has been waited for.</param>
    public void Report(WatchedRun run, TimeSpan waited)
    {
        var text = run.Tail(TailLength);
        var message = text.Length == 0 ? run.Status : $"{run.Status}: {text}";
        if (message == _lastMessage && waited - _lastReport < _longestSilence)
        {
            return;
        }

        (_lastMessage, _lastReport) = (message, waited);
        progress.Report(new() { Progress = (float)waited.TotalSeconds, Total = (float)wait.TotalSeconds, Message = message });
    }
}
