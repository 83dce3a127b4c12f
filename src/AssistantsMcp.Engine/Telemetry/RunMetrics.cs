using System.Diagnostics.Metrics;
using AssistantsMcp.Engine.Execution;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.Telemetry;

/// <summary>How long runs wait and take, how they end, and how many there are.</summary>
internal sealed class RunMetrics
{
    private readonly QueueClock _clock;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _waiting;
    private readonly Counter<long> _takeovers;
    private readonly ObservableGauge<long> _queued;
    private volatile WaitingRuns? _queue;

    public RunMetrics(IMeterFactory meters, HeldRuns held, QueueClock clock)
    {
        _clock = clock;
        var meter = meters.Create(EngineTelemetry.Name);
        _duration = meter.CreateHistogram("assistants.run.duration", "s", "From being queued to the run's end, or to its function calls.", null, Buckets.Runs);
        _waiting = meter.CreateHistogram("assistants.run.queue.duration", "s", "From being queued to being taken by a worker.", null, Buckets.Runs);
        _takeovers = meter.CreateCounter<long>("assistants.run.takeovers", "{run}", "Runs taken over because their worker did not renew its lease.");
        meter.CreateObservableUpDownCounter("assistants.run.active", () => held.Count, "{run}", "Runs that this process works on.");
        _queued = meter.CreateObservableGauge("assistants.run.queued", ReadQueued, "{run}", "Runs that wait for a worker, in the whole database.");
        meter.CreateObservableGauge("assistants.run.queue.age", ReadAge, "s", "How long the oldest of the waiting runs has waited.");
    }

    /// <summary>Whether somebody wants to know of the queue: looking at it costs a query.</summary>
    public bool WantsQueue => _queued.Enabled;

    /// <summary>The queue as it was just found.</summary>
    public void Found(WaitingRuns queue) => _queue = queue;

    /// <summary>A worker of this process has a run.</summary>
    /// <param name="active">The run.</param>
    /// <param name="isTakeover">Whether another worker had it and did not finish.</param>
    public void Taken(ActiveRun active, bool isTakeover)
    {
        if (isTakeover)
        {
            _takeovers.Add(1);
        }
        else if (_waiting.Enabled)
        {
            _waiting.Record(Since(active.QueuedAt));
        }
    }

    /// <summary>A run has ended, or waits for its client.</summary>
    public void Settled(RunObject run, ActiveRun active)
    {
        if (!_duration.Enabled)
        {
            return;
        }

        var reason = run.LastError?.Code ?? run.IncompleteDetails?.Reason;
        var status = KeyValuePair.Create("assistants.run.status", (object?)run.Status);
        if (reason is null)
        {
            _duration.Record(Since(active.QueuedAt), status);
        }
        else
        {
            _duration.Record(Since(active.QueuedAt), status, new("error.type", reason));
        }
    }

    private IEnumerable<Measurement<long>> ReadQueued() => _queue is { } queue ? [new(queue.Count)] : [];

    private IEnumerable<Measurement<double>> ReadAge() => _queue is { } queue ? [new(queue.OldestQueuedAt is { } oldest ? Since(oldest) : 0)] : [];

    /// <summary>Two clocks may differ a little.</summary>
    private double Since(long queuedAt) => Math.Max(0, (_clock.Now.ToUnixTimeMilliseconds() - queuedAt) / 1000d);
}
