using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// Saves what a model turn produced. The model is not asked again because the database was away for a moment: saving is
/// tried as long as the worker may hold its run.
/// </summary>
internal sealed partial class TurnSaver(Store store, RunEvents events, QueueClock queueClock, TimeProvider time, ILogger<TurnSaver> logger)
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Saves the outcome in one transaction if the run is still this worker's; a cancellation that came first wins. What
    /// is left to tell is told with the commit.
    /// </summary>
    /// <param name="claim">The worker's claim.</param>
    /// <param name="turn">What the model produced.</param>
    /// <param name="end">How the turn ended.</param>
    /// <param name="sent">The size of its prompt.</param>
    /// <returns>What was saved; null when the run is no longer the worker's.</returns>
    public async Task<RunJournal?> SaveAsync(ClaimedRun claim, TurnRecorder turn, TurnEnd end, long sent)
    {
        RunJournal? tried = null;
        var pause = _firstPause;
        while (true)
        {
            try
            {
                return await store.WriteAsync(WriteScope.Of(claim.Active.Tenant, claim.Active.ThreadId), SaveOnceAsync, CancellationToken.None);
            }
            catch (ApiException exception) when (
                exception.Status == StatusCodes.Status503ServiceUnavailable && queueClock.Now + pause < claim.HeldUntil)
            {
                Log.TriedAgain(logger, claim.Run.Id, pause.TotalMilliseconds, exception.Message);
            }

            await Task.Delay(pause, time, CancellationToken.None);
            pause = pause < _longestPause / 2 ? pause * 2 : _longestPause;
        }

        async ValueTask<RunJournal?> SaveOnceAsync(StoreTransaction write)
        {
            if (await claim.FindAsync(write) is not { } active)
            {
                // The try before may have succeeded without being heard of.
                return tried is not null && await tried.WasSavedAsync(write, events) ? tried : null;
            }

            tried = await RunJournal.OpenAsync(write, active);
            turn.End(active.Status == RunStatuses.Cancelling ? new TurnEnd.Cancelled(end.Usage) : end, tried);
            tried.RecordPrompt(sent);
            await tried.SaveAsync(events);
            return tried;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The outcome of run {RunId} could not be saved; it is tried again in {PauseMs} ms: {Reason}")]
        public static partial void TriedAgain(ILogger logger, string runId, double pauseMs, string reason);
    }
}
