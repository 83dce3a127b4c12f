using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Execution;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Tests.Execution;

public sealed class ClaimedRunTests
{
    [Fact]
    public void AbortedAfterItsEnd_IsLeftAlone()
    {
        var claim = New();

        claim.Dispose();
        claim.Abort(AbortReason.Lost);

        Assert.Equal(AbortReason.Over, claim.Reason);
    }

    [Fact]
    public void AbortedTwice_KeepsTheFirstReason()
    {
        using var claim = New();

        claim.Abort(AbortReason.Cancelled);
        claim.Abort(AbortReason.Stopping);

        Assert.True(claim.Aborted.IsCancellationRequested);
        Assert.Equal(AbortReason.Cancelled, claim.Reason);
    }

    private static ClaimedRun New() => new(
        new ActiveRun { Tenant = "t", ThreadId = "thread_1", RunId = "run_1", Status = RunStatuses.InProgress, QueuedAt = 0, ExpiresAt = 600, State = [] },
        new RunObject { Id = "run_1", CreatedAt = 0, AssistantId = "asst_1", ThreadId = "thread_1", Model = "m", Tools = EngineJson.EmptyArray },
        new RunState());
}
