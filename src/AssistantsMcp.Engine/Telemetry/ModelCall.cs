using System.Diagnostics;
using AssistantsMcp.Engine.Models;

namespace AssistantsMcp.Engine.Telemetry;

/// <summary>One call of the model server while it lasts: its span, and what its metrics are made of.</summary>
internal sealed class ModelCall : IDisposable
{
    private const string Operation = "chat";

    private readonly ModelMetrics _metrics;
    private readonly string _model;
    private readonly long _begun = Stopwatch.GetTimestamp();
    private readonly Activity? _span;
    private double? _firstChunk;
    private bool _isOver;

    public ModelCall(ModelMetrics metrics, string model)
    {
        (_metrics, _model) = (metrics, model);
        _span = EngineTelemetry.Source.StartActivity($"{Operation} {model}", ActivityKind.Client);
        _span?.SetTag("gen_ai.operation.name", Operation)
            .SetTag("gen_ai.provider.name", metrics.Provider)
            .SetTag("gen_ai.request.model", model)
            .SetTag("server.address", metrics.Address.Host)
            .SetTag("server.port", metrics.Address.Port);
    }

    /// <summary>Something has come from the model.</summary>
    public void Saw(ModelEvent happened)
    {
        switch (happened)
        {
            case TurnCompleted completed:
                End(completed.Usage);
                break;
            case TurnIncomplete incomplete:
                End(incomplete.Usage);
                break;
            case TurnFailed failed:
                End(failed.Usage, failed.ErrorType);
                break;
            default:
                _firstChunk ??= Elapsed();
                break;
        }
    }

    /// <summary>Nobody wants the rest.</summary>
    public void Dispose()
    {
        if (!_isOver)
        {
            End(default, "cancelled");
        }

        _span?.Dispose();
    }

    private void End(ModelUsage usage, string? error = null)
    {
        _isOver = true;
        Measure(usage, error);
        _span?.SetTag("gen_ai.usage.input_tokens", usage.Prompt).SetTag("gen_ai.usage.output_tokens", usage.Completion);
        if (error is not null)
        {
            _span?.SetTag("error.type", error).SetStatus(ActivityStatusCode.Error);
        }
    }

    private void Measure(ModelUsage usage, string? error)
    {
        var tags = new TagList
        {
            { "gen_ai.operation.name", Operation },
            { "gen_ai.provider.name", _metrics.Provider },
            { "gen_ai.request.model", _metrics.Names.Shown(_model, isAnswered: error is null) },
            { "server.address", _metrics.Address.Host },
            { "server.port", _metrics.Address.Port },
        };
        Count(usage.Prompt, "input", tags);
        Count(usage.Completion, "output", tags);
        if (_firstChunk is { } first)
        {
            _metrics.FirstChunk.Record(first, tags);
        }

        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        _metrics.Duration.Record(Elapsed(), tags);
    }

    private void Count(long tokens, string type, TagList tags)
    {
        if (tokens > 0)
        {
            tags.Add("gen_ai.token.type", type);
            _metrics.Tokens.Record(tokens, tags);
        }
    }

    private double Elapsed() => Stopwatch.GetElapsedTime(_begun).TotalSeconds;
}
