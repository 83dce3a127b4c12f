using Serilog.Core;
using Serilog.Events;

namespace AssistantsMcp.Logging;

/// <summary>The id of the trace behind a line for people, where it belongs to one: lines of one request have the same.</summary>
internal sealed class TraceNote : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        if (logEvent.TraceId is { } trace)
        {
            logEvent.AddPropertyIfAbsent(new LogEventProperty("Trace", new ScalarValue($" ({trace})")));
        }
    }
}
