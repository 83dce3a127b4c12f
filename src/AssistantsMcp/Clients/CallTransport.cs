using System.ClientModel.Primitives;

namespace AssistantsMcp.Clients;

/// <summary>
/// The transport of one call. However many requests the call takes, to wait for a run or to read a long list, its caller
/// made one: all but the first are marked, for the limit on requests.
/// </summary>
internal sealed class CallTransport(HttpClient http) : HttpClientPipelineTransport(http)
{
    private int _sent;

    public static HttpRequestOptionsKey<bool> IsCounted { get; } = new("counted");

    protected override void OnSendingRequest(PipelineMessage message, HttpRequestMessage httpRequest) =>
        httpRequest.Options.Set(IsCounted, Interlocked.Increment(ref _sent) > 1);
}
