using System.ClientModel.Primitives;
using System.Net.Http.Headers;

namespace AssistantsMcp.Clients;

/// <summary>Sends the requests of one tool call to the server that <c>Assistants:Endpoint</c> names.</summary>
internal sealed class NetworkTransport(HttpClient http, string key) : HttpClientPipelineTransport(http, enableLogging: false, loggerFactory: null)
{
    private static readonly ProductInfoHeaderValue _userAgent = new("AssistantsMcp", ProductInfo.Version);

    protected override void OnSendingRequest(PipelineMessage message, HttpRequestMessage httpRequest)
    {
        httpRequest.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        httpRequest.Headers.UserAgent.Add(_userAgent);
    }
}
