using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.Options;
using OpenAI.Assistants;

namespace AssistantsMcp.Clients;

/// <summary>
/// Makes the client of the tools for one caller's key. With <c>Assistants:Endpoint</c> it speaks to that server;
/// without, to this process's own <c>/v1</c>.
/// </summary>
internal sealed class AssistantClientProvider(
    IOptions<AssistantsMcpOptions> options, IHttpClientFactory httpClients, InProcessHandler inProcess) : IDisposable
{
    /// <summary>The name of the HTTP client that goes over the network.</summary>
    public const string NetworkClient = "assistants";

    private static readonly Uri ThisProcess = new("http://localhost/v1");

    private readonly Uri? _endpoint = options.Value.Endpoint;

    private readonly HttpClient _http = options.Value.Endpoint is null
        ? new HttpClient(inProcess, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan }
        : httpClients.CreateClient(NetworkClient);

    /// <summary>The server behind the tools as error texts name it: host and port, and nothing else of its address.</summary>
    public string ServerName => _endpoint is null ? "the built-in engine" : $"the Assistants server {_endpoint.Authority}";

    /// <summary>A client for one call.</summary>
    public AssistantClient CreateFor(string key) => new(new ApiKeyCredential(key), new AssistantClientOptions
    {
        Endpoint = _endpoint ?? ThisProcess,
        Transport = new CallTransport(_http),
        RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
        NetworkTimeout = options.Value.TotalTimeout,
    });

    public void Dispose() => _http.Dispose();
}
