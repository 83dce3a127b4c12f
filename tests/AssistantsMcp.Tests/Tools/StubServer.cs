using System.Text.Json;
using WireMock;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;
using WireMock.Types;
using WireMock.Util;

namespace AssistantsMcp.Tests.Tools;

/// <summary>Another Assistants server, which answers everything with one canned answer and remembers what it was asked.</summary>
internal sealed class StubServer : IDisposable
{
    private readonly WireMockServer _server = WireMockServer.Start();
    private readonly TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _unanswered;

    public StubServer(int status = 200, string body = """{"id":"obj_1"}""", TimeSpan? retryAfter = null, Uri? location = null, string? cookie = null)
    {
        var response = Response.Create().WithStatusCode(status).WithHeader("Content-Type", "application/json").WithBody(body);
        if (retryAfter is { } wait)
        {
            response = response.WithHeader("Retry-After", $"{wait.TotalSeconds}");
        }

        response = location is null ? response : response.WithHeader("Location", location.ToString());
        response = cookie is null ? response : response.WithHeader("Set-Cookie", cookie);
        _server.Given(Request.Create()).RespondWith(response);
    }

    /// <summary>A server that takes requests and does not answer them, until it is told to.</summary>
    public static StubServer Silent()
    {
        var stub = new StubServer();
        stub._server.ResetMappings();
        stub._server.Given(Request.Create()).RespondWith(Response.Create().WithCallback(async _ =>
        {
            Interlocked.Increment(ref stub._unanswered);
            stub._taken.TrySetResult();
            await stub._released.Task;
            return new ResponseMessage { StatusCode = 200, BodyData = new BodyData { DetectedBodyType = BodyType.String, BodyAsString = "{}" } };
        }));
        return stub;
    }

    /// <summary>Ends when a silent server took a request.</summary>
    public Task Taken => _taken.Task;

    /// <summary>How many requests a silent server took.</summary>
    public int Unanswered => _unanswered;

    public Uri Endpoint => new($"{_server.Url}/v1");

    public string Authority => Endpoint.Authority;

    public IReadOnlyList<StubRequest> Requests => [.. _server.LogEntries.Select(entry => new StubRequest(
        entry.RequestMessage!.Method,
        new Uri(entry.RequestMessage.Url).PathAndQuery,
        entry.RequestMessage.Body,
        entry.RequestMessage.Headers!.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)))];

    /// <summary>Lets a silent server answer.</summary>
    public void Release() => _released.TrySetResult();

    public void Dispose()
    {
        Release();
        _server.Dispose();
    }
}

/// <summary>One request as it arrived.</summary>
internal sealed record StubRequest(string Method, string Target, string? Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonElement.Parse(Body!);
}
