using System.ClientModel;
using System.Net.ServerSentEvents;
using System.Text.Json;
using AssistantsMcp.Clients;
using AssistantsMcp.Transport;
using ModelContextProtocol.Protocol;
using OpenAI.Assistants;
using ProgressNotificationValue = ModelContextProtocol.ProgressNotificationValue;
using RequestOptions = System.ClientModel.Primitives.RequestOptions;

namespace AssistantsMcp.Tools;

/// <summary>
/// Waits for runs on behalf of tools: until a run has ended or needs its caller, or until the time is over. A run that
/// is no longer waited for goes on. A server that stops lets nobody wait until it hangs up.
/// </summary>
internal sealed class RunWait(AssistantClient client, OpenWaits waits, ApiKeyFeature caller, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan _betweenReports = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Sends a request that starts a run or lets it go on, and reads its events until the wait is over.</summary>
    /// <param name="path">The route.</param>
    /// <param name="body">The request, which asks for a stream.</param>
    /// <param name="options">Headers and the caller's patience.</param>
    /// <param name="wait">How long to wait from the moment on that the run is known.</param>
    /// <param name="progress">Told of what happens meanwhile.</param>
    /// <param name="cancellationToken">The caller went away.</param>
    public async Task<CallToolResult> SendAsync(
        string path, BinaryContent body, RequestOptions options, TimeSpan wait, IProgress<ProgressNotificationValue> progress, CancellationToken cancellationToken)
    {
        using var response = await client.OpenStreamAsync(path, body, options);
        if (response.Headers.TryGetValue("Content-Type", out var type) && type!.StartsWith("application/json", StringComparison.OrdinalIgnoreCase))
        {
            // A server that does not stream: what it answers is the run.
            await response.BufferContentAsync(cancellationToken);
            return await ForAsync(ClientResult.FromResponse(response).ReadObject(), wait, progress, cancellationToken);
        }

        var run = new WatchedRun();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        await using var events = SseParser.Create(response.ContentStream!).EnumerateAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        while (run.Id is null && await events.MoveNextAsync())
        {
            run.Apply(events.Current);
        }

        if (run.Id is null)
        {
            throw new UnreadableAnswerException();
        }

        await WatchAsync(run, ReadOnAsync(), stop, new WaitProgress(progress, wait), wait, cancellationToken);
        return await TellAsync(run, isSummary: false, cancellationToken);

        async Task ReadOnAsync()
        {
            while (!run.IsSettled && await events.MoveNextAsync())
            {
                run.Apply(events.Current);
            }
        }
    }

    /// <summary>Waits for a run that a request was answered with.</summary>
    public Task<CallToolResult> ForAsync(JsonElement answer, TimeSpan wait, IProgress<ProgressNotificationValue> progress, CancellationToken cancellationToken)
    {
        var run = new WatchedRun();
        run.Apply(answer);
        return run is { ThreadId: { } threadId, Id: { } runId }
            ? ForAsync(threadId, runId, wait, isSummary: false, progress, cancellationToken)
            : throw new UnreadableAnswerException();
    }

    /// <summary>Waits for a run that is there already.</summary>
    public async Task<CallToolResult> ForAsync(
        string threadId, string runId, TimeSpan wait, bool isSummary, IProgress<ProgressNotificationValue> progress, CancellationToken cancellationToken)
    {
        using var entered = waits.Enter(caller);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        var run = new WatchedRun();
        run.Apply(await GetAsync(threadId, runId, cancellationToken));
        await WatchAsync(run, PollAsync(), stop, new WaitProgress(progress, wait), wait, cancellationToken);
        return await TellAsync(run, isSummary, cancellationToken);

        async Task PollAsync()
        {
            for (var pause = _firstPause; !run.IsSettled; pause = pause * 2 < _longestPause ? pause * 2 : _longestPause)
            {
                await Task.Delay(pause, time, stop.Token);
                run.Apply(await GetAsync(threadId, runId, stop.Token));
            }
        }
    }

    /// <summary>Reports while a run is read. A failure to read on ends the wait only: the run is asked for afterwards.</summary>
    private async Task WatchAsync(
        WatchedRun run, Task reading, CancellationTokenSource stop, WaitProgress progress, TimeSpan wait, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        while (!reading.IsCompleted && !stop.IsCancellationRequested && wait - time.GetElapsedTime(begun) is var left && left > TimeSpan.Zero)
        {
            await Task.WhenAny(reading, Task.Delay(left < _betweenReports ? left : _betweenReports, time, stop.Token));
            progress.Report(run, time.GetElapsedTime(begun));
        }

        await stop.CancelAsync();
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task<CallToolResult> TellAsync(WatchedRun watched, bool isSummary, CancellationToken cancellationToken)
    {
        var run = await GetAsync(watched.ThreadId!, watched.Id!, cancellationToken);
        watched.Apply(run);
        if (watched.Status == "completed")
        {
            var messages = await client.GetAsync($"threads/{watched.ThreadId}/messages?run_id={watched.Id}&order=asc&limit=100", cancellationToken);
            return RunAnswer.Write(run, messages.ReadObject()).ToToolResult(isSummary);
        }

        return run.ToToolResult(isSummary, NoteOn(watched));
    }

    private string? NoteOn(WatchedRun run) => run switch
    {
        { Status: "requires_action" } => "The run waits for the outputs of the calls in required_action. Hand them in with run-submit-tool-outputs.",
        { IsSettled: true } => null,
        _ when lifetime.ApplicationStopping.IsCancellationRequested =>
            $"The run is still {run.Status}, and this server stops. When it is back, call run-get with wait_seconds to wait on.",
        _ => $"The run is still {run.Status}. Call run-get with wait_seconds to wait on.",
    };

    private async Task<JsonElement> GetAsync(string threadId, string runId, CancellationToken cancellationToken) =>
        (await client.GetAsync($"threads/{threadId}/runs/{runId}", cancellationToken)).ReadObject();
}
