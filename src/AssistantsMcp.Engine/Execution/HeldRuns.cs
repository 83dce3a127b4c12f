using System.Collections.Concurrent;

namespace AssistantsMcp.Engine.Execution;

/// <summary>The runs that this process works on.</summary>
internal sealed class HeldRuns
{
    private readonly ConcurrentDictionary<string, ClaimedRun> _runs = new(StringComparer.Ordinal);

    public IReadOnlyList<ClaimedRun> All => [.. _runs.Values];

    public int Count => _runs.Count;

    public bool Contains(string runId) => _runs.ContainsKey(runId);

    /// <summary>This process's claim on a run, or null.</summary>
    public ClaimedRun? Find(string runId) => _runs.GetValueOrDefault(runId);

    public void Add(ClaimedRun claim)
    {
        // Whatever this process still does with an earlier claim on the same run is in vain.
        Find(claim.Run.Id)?.Abort(AbortReason.Lost);
        _runs[claim.Run.Id] = claim;
    }

    /// <summary>The work on a run is over.</summary>
    public void Remove(ClaimedRun claim)
    {
        _runs.TryRemove(KeyValuePair.Create(claim.Run.Id, claim));
        claim.Dispose();
    }

    /// <summary>Stops the work on a run; false when it is not held here.</summary>
    public bool Abort(string runId, AbortReason reason)
    {
        if (!_runs.TryGetValue(runId, out var claim))
        {
            return false;
        }

        claim.Abort(reason);
        return true;
    }

    /// <summary>Stops all work.</summary>
    public void AbortAll(AbortReason reason)
    {
        foreach (var claim in _runs.Values)
        {
            claim.Abort(reason);
        }
    }
}
