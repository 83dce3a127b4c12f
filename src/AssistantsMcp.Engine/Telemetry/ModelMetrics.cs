using System.Diagnostics.Metrics;
using AssistantsMcp.Engine.Models;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Telemetry;

/// <summary>How the model server does, in the words of the semantic conventions for generative AI.</summary>
/// <remarks>Source: OpenTelemetry, semantic conventions for generative AI, client metrics and spans.</remarks>
internal sealed class ModelMetrics
{
    private readonly Counter<long> _retries;

    public ModelMetrics(IMeterFactory meters, BackendProfile backend, IOptions<EngineOptions> options)
    {
        var meter = meters.Create(EngineTelemetry.Name);
        Duration = meter.CreateHistogram("gen_ai.client.operation.duration", "s", "GenAI operation duration.", null, Buckets.ModelCalls);
        FirstChunk = meter.CreateHistogram(
            "gen_ai.client.operation.time_to_first_chunk", "s", "Time until the model's first output arrived.", null, Buckets.ModelCalls);
        Tokens = meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Number of input and output tokens used.", null, Buckets.Tokens);
        _retries = meter.CreateCounter<long>("assistants.model.retries", "{try}", "Requests to the model server that were sent again.");

        Address = options.Value.Model.BaseUrl;
        Provider = backend.Name == "azure" ? "azure.ai.openai" : backend.Name;
    }

    public Histogram<double> Duration { get; }

    public Histogram<double> FirstChunk { get; }

    public Histogram<long> Tokens { get; }

    public Uri Address { get; }

    /// <summary>The kind of server: the convention's name for it, or else the profile's own.</summary>
    public string Provider { get; }

    public ModelNames Names { get; } = new();

    /// <summary>Measures a call, if anybody wants to know.</summary>
    /// <param name="model">The name that is sent.</param>
    public ModelCall? Begin(string model) =>
        Duration.Enabled || EngineTelemetry.Source.HasListeners() ? new ModelCall(this, model) : null;

    /// <param name="status">The status of the answer that was not taken, or null where there was none.</param>
    public void Retried(int? status) => _retries.Add(1, new KeyValuePair<string, object?>("error.type", status is null ? "no_answer" : $"{status}"));
}
