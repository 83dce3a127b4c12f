using AssistantsMcp.Engine;
using AssistantsMcp.Telemetry;
using AssistantsMcp.Transport;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Tools;

/// <summary>
/// Counts the calls of each key that wait for a run by asking for it again and again. Those that read a run's stream
/// are counted as streams, up to the same limit.
/// </summary>
internal sealed class OpenWaits(IOptions<EngineOptions> options, WaitMetrics metrics)
{
    private readonly int _limit = options.Value.Limits.ConcurrentStreams;
    private readonly Dictionary<string, int> _open = new(StringComparer.Ordinal);

    /// <summary>Makes room for another wait, until what comes back is disposed.</summary>
    /// <exception cref="TooManyWaitsException">As many of the caller's calls wait as may.</exception>
    public IDisposable Enter(ApiKeyFeature caller)
    {
        lock (_open)
        {
            var open = _open.GetValueOrDefault(caller.Key);
            _open[caller.Key] = open < _limit ? open + 1 : throw new TooManyWaitsException(_limit);
        }

        metrics.Began();
        return new Entered(this, caller.Key);
    }

    private void Leave(string key)
    {
        lock (_open)
        {
            if (--_open[key] == 0)
            {
                _open.Remove(key);
            }
        }

        metrics.Ended();
    }

    private sealed class Entered(OpenWaits waits, string key) : IDisposable
    {
        public void Dispose() => waits.Leave(key);
    }
}

/// <summary>A caller has too many calls that wait.</summary>
internal sealed class TooManyWaitsException(int limit) : Exception
{
    /// <summary>How many there may be.</summary>
    public int Limit => limit;
}
