using System.Security.Cryptography;
using System.Text.Json;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.HostedTools;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Sandbox;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Engine.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// Executes one claimed run up to its end or to its next function calls:
/// (1) reads the thread, (2) composes the model's turn, (3) streams it, (4) saves the outcome and tells of it.
/// </summary>
internal sealed partial class RunExecutor(
    Store store,
    RunEvents events,
    ResponsesModelClient responses,
    SandboxModel sandbox,
    HostedToolSetup hostedTools,
    CodeContainers containers,
    MadeFiles files,
    TurnSaver saver,
    ServerSecret secret,
    IOptions<EngineOptions> options,
    QueueClock queueClock,
    TimeProvider time,
    ILogger<RunExecutor> logger)
{
    private const string ServerError = "server_error";

    public async Task ExecuteAsync(ClaimedRun claim)
    {
        using var span = RunSpan.Start(claim);
        var started = time.GetTimestamp();
        var turn = new TurnRecorder(claim.Run, claim.State, events, time);
        var window = new ContextWindow(claim.Run, claim.State);

        TurnEnd end;
        using (var untilExpiry = ExpireInTime(claim))
        {
            end = await TakeTurnAsync(claim, turn, window);
        }

        switch (claim.Reason)
        {
            case AbortReason.Lost:
                events.BreakOff(claim.Run.Id, RunEvents.Lost);
                return;
            case AbortReason.Stopping when end is TurnEnd.Cancelled:
                await HandBackAsync(claim);
                return;
        }

        // 4.
        var journal = await saver.SaveAsync(claim, turn, end, window.Sent);
        if (journal is null)
        {
            events.BreakOff(claim.Run.Id, RunEvents.Lost);
            Log.Lost(logger, claim.Run.Id);
            return;
        }

        RunSpan.End(span, journal.Run.Status, journal.Run.LastError?.Code);
        Log.StatusChanged(logger, claim.Run.Id, claim.Run.Status, journal.Run.Status, time.GetElapsedTime(started).TotalMilliseconds);
    }

    private async Task<TurnEnd> TakeTurnAsync(ClaimedRun claim, TurnRecorder turn, ContextWindow window)
    {
        try
        {
            var budget = new RunBudget(claim.Run, claim.State);
            if (budget.UsedUp is { } reason)
            {
                return new TurnEnd.Short(reason, default);
            }

            // 1.
            var messages = await store.NewestAsync(Kind.Message, claim.Active.Tenant, claim.Active.ThreadId, window.Reach);

            // 2.
            var all = Compose(claim, window.Choose(messages.Select(message => JsonElement.Parse(message.Body))), budget);
            if (window.Fit(all) is not { } request)
            {
                return new TurnEnd.Short(IncompleteReason.MaxPromptTokens, default);
            }

            var caller = new Caller(claim.Active.Tenant, request.Key, claim.Active.IsSandbox);
            request = await hostedTools.PrepareAsync(request, caller, claim.State, claim.Aborted);

            // 3.
            return await StreamAsync(request, caller, claim, turn, window);
        }
        catch (OperationCanceledException) when (claim.Aborted.IsCancellationRequested)
        {
            return claim.Reason == AbortReason.Expired ? new TurnEnd.Expired() : new TurnEnd.Cancelled(default);
        }
        catch (ApiException exception)
        {
            return Failed(exception.Message, exception.Status == StatusCodes.Status429TooManyRequests ? "rate_limit_exceeded" : ServerError);
        }
        catch (CryptographicException)
        {
            return Failed("The server's secret has changed since this run was created, so its API key cannot be read. Create the run again.");
        }
        catch (Exception exception)
        {
            Log.Crashed(logger, exception, claim.Run.Id);
            return Failed("Sorry, something went wrong.");
        }
    }

    private async Task<TurnEnd> StreamAsync(ModelRequest request, Caller caller, ClaimedRun claim, TurnRecorder turn, ContextWindow window)
    {
        IModelClient model = caller.IsSandbox ? sandbox : new ContainerRenewal(responses, containers);
        await foreach (var happened in files.KeepAsync(caller, request, window.StreamAsync(model, request, claim.Aborted), claim.Aborted))
        {
            switch (happened)
            {
                case TurnCompleted completed:
                    return new TurnEnd.Whole(completed.Usage);
                case TurnIncomplete incomplete:
                    return new TurnEnd.Short(incomplete.Reason, incomplete.Usage);
                case TurnFailed failed:
                    return new TurnEnd.Failed(new RunError(failed.Code, failed.Message), failed.Usage);
                default:
                    turn.Apply(happened);
                    break;
            }
        }

        return Failed("The model's answer ended without an end.");
    }

    private ModelRequest Compose(ClaimedRun claim, IReadOnlyList<JsonElement> messages, RunBudget budget)
    {
        var (run, state) = (claim.Run, claim.State);
        return new ModelRequest
        {
            Key = KeyOf(claim.Active) with { Account = state.Account },
            Tenant = claim.Active.Tenant,
            ThreadId = run.ThreadId,
            Model = run.Model,
            Instructions = string.Join("\n\n", new[] { run.Instructions, state.AdditionalInstructions }.Where(text => !string.IsNullOrEmpty(text))),
            Messages = messages,
            Items = state.Items,
            Tools = [.. run.Tools.EnumerateArray()],
            ToolChoice = state.Turns == 0 ? run.ToolChoice : null,
            ParallelToolCalls = run.ParallelToolCalls,
            Temperature = UnlessDefault(run.Temperature),
            TopP = UnlessDefault(run.TopP),
            ReasoningEffort = run.ReasoningEffort,
            ResponseFormat = run.ResponseFormat,
            MaxOutputTokens = budget.Completion,
        };
    }

    private ApiKey KeyOf(ActiveRun active) =>
        active.IsSandbox ? ApiKey.Sandbox
        : active.SealedKey is null ? new ApiKey(options.Value.Model.ApiKey!)
        : secret.Open(active.SealedKey, active.RunId);

    /// <summary>1 is every model's default, and reasoning models refuse to be told.</summary>
    private static JsonElement? UnlessDefault(JsonElement value) => value.GetDouble() == 1 ? null : value;

    private static TurnEnd.Failed Failed(string message, string code = ServerError) => new(new RunError(code, message), default);

    private async Task HandBackAsync(ClaimedRun claim)
    {
        await store.WriteAsync(
            WriteScope.Of(claim.Active.Tenant, claim.Active.ThreadId),
            async write =>
            {
                if (await claim.FindAsync(write) is { } active)
                {
                    var journal = await RunJournal.OpenAsync(write, active);
                    journal.HandBack();
                    await journal.SaveAsync(events);
                }
            },
            CancellationToken.None);
        events.BreakOff(claim.Run.Id, "The server stops. The run goes on when it is back: retrieve it to see how it ended.");
        Log.HandedBack(logger, claim.Run.Id);
    }

    private CancellationTokenSource ExpireInTime(ClaimedRun claim)
    {
        var left = DateTimeOffset.FromUnixTimeSeconds(claim.Active.ExpiresAt) - queueClock.Now;
        var timer = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        timer.Token.Register(() => claim.Abort(AbortReason.Expired));
        return timer;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Run {RunId} went from {From} to {To} after {ElapsedMs} ms.")]
        public static partial void StatusChanged(ILogger logger, string runId, string from, string to, double elapsedMs);

        [LoggerMessage(2, LogLevel.Error, "Run {RunId} failed through a fault of this server.")]
        public static partial void Crashed(ILogger logger, Exception exception, string runId);

        [LoggerMessage(3, LogLevel.Warning, "Run {RunId} is no longer this worker's; its result is dropped.")]
        public static partial void Lost(ILogger logger, string runId);

        [LoggerMessage(4, LogLevel.Information, "Run {RunId} is handed back because this process stops.")]
        public static partial void HandedBack(ILogger logger, string runId);
    }
}
