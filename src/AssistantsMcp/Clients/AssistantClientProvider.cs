using System.ClientModel.Primitives;
using AssistantsMcp.Engine;
using Microsoft.Extensions.Options;
using OpenAI.Assistants;

namespace AssistantsMcp.Clients;

/// <summary>
/// Makes the client of the tools for one caller's key. With <c>Assistants:Endpoint</c> it speaks to that server;
/// without, to this process's own <c>/v1</c>.
/// </summary>
internal sealed class AssistantClientProvider : IDisposable
{
    /// <summary>The name of the HTTP client that goes over the network.</summary>
    public const string NetworkClient = "assistants";

    private static readonly Uri _thisProcess = new("http://localhost/v1");

    private readonly TimeSpan _timeout;
    private readonly AssistantClientOptions _target;
    private readonly HttpClient? _network;
    private readonly RequestDelegate _api;
    private readonly IServiceScopeFactory _scopes;

    public AssistantClientProvider(
        IOptions<AssistantsMcpOptions> options, IHttpClientFactory httpClients, AssistantsApi api, IServiceScopeFactory scopes)
    {
        var endpoint = options.Value.Endpoint;
        _timeout = options.Value.TotalTimeout;
        _target = new AssistantClientOptions { Endpoint = endpoint ?? _thisProcess };
        _network = endpoint is null ? null : httpClients.CreateClient(NetworkClient);
        (_api, _scopes) = (api.InvokeAsync, scopes);
        ServerName = endpoint is null ? "the built-in engine" : $"the Assistants server {endpoint.Authority}";
    }

    /// <summary>The server behind the tools as error texts name it: host and port, and nothing else of its address.</summary>
    public string ServerName { get; }

    /// <summary>A client for one call.</summary>
    public AssistantClient CreateFor(string key) => new CallClient(
        ClientPipeline.Create(new ClientPipelineOptions
        {
            Transport = _network is null ? new InProcessTransport(_api, _scopes, key) : new NetworkTransport(_network, key),
            RetryPolicy = SendOnce.Instance,
            NetworkTimeout = _timeout,
            ClientLoggingOptions = new() { EnableLogging = false },
        }),
        _target);

    public void Dispose() => _network?.Dispose();

    /// <summary>
    /// The SDK's client over a pipeline of our own. Its public constructors search the assembly's attributes for a
    /// version each time, which costs a sixth of a native program's tool call, and put a user's key into a policy.
    /// </summary>
    private sealed class CallClient(ClientPipeline pipeline, AssistantClientOptions target) : AssistantClient(pipeline, target);

    /// <summary>What may be sent again is decided in one place, <see cref="RepeatRules"/>.</summary>
    private sealed class SendOnce : PipelinePolicy
    {
        public static SendOnce Instance { get; } = new();

        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex) =>
            ProcessNext(message, pipeline, currentIndex);

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex) =>
            ProcessNextAsync(message, pipeline, currentIndex);
    }
}
