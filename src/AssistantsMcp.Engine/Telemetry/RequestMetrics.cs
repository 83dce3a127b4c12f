using System.Diagnostics.Metrics;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Telemetry;

/// <summary>What <c>/v1</c> refuses, whichever door it was asked through.</summary>
internal sealed class RequestMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _refused = meters.Create(EngineTelemetry.Name).CreateCounter<long>(
        "assistants.request.errors", "{request}", "Requests that were answered with an error of the API.");

    public void Refused(ApiException error)
    {
        if (_refused.Enabled)
        {
            _refused.Add(1, new("http.response.status_code", error.Status), new("error.type", error.Code ?? error.Type));
        }
    }
}
