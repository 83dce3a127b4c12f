using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AssistantsMcp.Tests.Models;

/// <summary>
/// A model server on a free port whose every answer is scripted, down to single writes: it can stop in the middle of
/// an event, reset the connection, or wait for a signal. A call that no script was given for is answered with 501
/// and kept in <see cref="Unexpected"/>.
/// </summary>
internal sealed class FakeResponsesServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Func<FakeReply, Task>> _scripts = new();
    private readonly ConcurrentDictionary<string, Func<FakeReply, Task>> _routes = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<FakeCall> _calls = new();
    private readonly Channel<FakeCall> _arrivals = Channel.CreateUnbounded<FakeCall>();
    private Func<FakeReply, Task>? _default;

    private FakeResponsesServer(WebApplication app) => _app = app;

    /// <summary>The base URL to configure as <c>Model:BaseUrl</c>.</summary>
    public Uri BaseUrl => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/v1");

    /// <summary>Every call so far, in order.</summary>
    public IReadOnlyList<FakeCall> Calls => [.. _calls];

    /// <summary>Calls that no script was given for; a test expects none.</summary>
    public ConcurrentQueue<FakeCall> Unexpected { get; } = new();

    public static async Task<FakeResponsesServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new FakeResponsesServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    /// <summary>Scripts the next answer that has no script yet.</summary>
    public FakeResponsesServer Next(Func<FakeReply, Task> script)
    {
        _scripts.Enqueue(script);
        return this;
    }

    /// <summary>The next answer is a whole stream of these events, one JSON object each.</summary>
    public FakeResponsesServer NextEvents(params string[] events) => Next(reply => reply.EventsAsync(events));

    /// <summary>The next answer is this status and body.</summary>
    public FakeResponsesServer NextStatus(int status, string body = "{}", params (string Name, string Value)[] headers) =>
        Next(reply => reply.StatusAsync(status, body, headers));

    /// <summary>Scripts every answer that has no script of its own.</summary>
    public FakeResponsesServer Always(Func<FakeReply, Task> script)
    {
        _default = script;
        return this;
    }

    /// <summary>Scripts every answer to one method and path, such as <c>POST /v1/vector_stores</c>; other calls keep their scripts.</summary>
    public FakeResponsesServer On(string route, Func<FakeReply, Task> script)
    {
        _routes[route] = script;
        return this;
    }

    /// <summary>The calls of one method and path so far, in order.</summary>
    public IReadOnlyList<FakeCall> CallsOf(string route) => [.. _calls.Where(call => $"{call.Method} {call.Target}" == route)];

    /// <summary>Waits for the next call to arrive.</summary>
    public async Task<FakeCall> ArrivalAsync() => await _arrivals.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var call = new FakeCall(
            context.Request.Method,
            context.Request.Path + context.Request.QueryString,
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            await reader.ReadToEndAsync());
        _calls.Enqueue(call);
        await _arrivals.Writer.WriteAsync(call);

        var script = _routes.TryGetValue($"{call.Method} {call.Target}", out var routed) ? routed
            : _scripts.TryDequeue(out var next) ? next
            : _default;
        if (script is null)
        {
            Unexpected.Enqueue(call);
            context.Response.StatusCode = StatusCodes.Status501NotImplemented;
            return;
        }

        try
        {
            await script(new FakeReply(context, call));
        }
        catch (OperationCanceledException)
        {
            // The caller went away while the script was waiting.
        }
    }
}

/// <summary>One call as it arrived.</summary>
internal sealed record FakeCall(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;
}

/// <summary>One answer while it is written.</summary>
internal sealed class FakeReply(HttpContext context, FakeCall call)
{
    /// <summary>What is answered.</summary>
    public FakeCall Call => call;

    /// <summary>Completes when the caller has gone away.</summary>
    public CancellationToken Gone => context.RequestAborted;

    /// <summary>The status of an answer without a body.</summary>
    public int Status
    {
        set => context.Response.StatusCode = value;
    }

    /// <summary>Sends a status and a body: JSON if it looks like it, else HTML.</summary>
    public async Task StatusAsync(int status, string body = "{}", params (string Name, string Value)[] headers)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = body.StartsWith('{') || body.StartsWith('[') ? "application/json" : "text/html";
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        await context.Response.WriteAsync(body);
    }

    /// <summary>Sends the headers of an event stream and nothing else.</summary>
    public async Task BeginAsync()
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.FlushAsync();
    }

    /// <summary>Sends events, each flushed on its own.</summary>
    public async Task EventsAsync(params string[] events)
    {
        foreach (var json in events)
        {
            var type = JsonDocument.Parse(json).RootElement.GetProperty("type").GetString();
            await RawAsync($"event: {type}\ndata: {json}\n\n");
        }
    }

    /// <summary>Sends events, each one when a permit for it is released: a slow model without a clock.</summary>
    public async Task EventsAsync(SemaphoreSlim permits, params string[] events)
    {
        await BeginAsync();
        foreach (var json in events)
        {
            await permits.WaitAsync(Gone);
            await EventsAsync(json);
        }
    }

    /// <summary>Answers with the messages that it was given, one to a line: <c>user: Hello</c>.</summary>
    public Task EchoAsync()
    {
        var lines = call.Json.GetProperty("input").EnumerateArray()
            .Where(item => item.GetProperty("type").GetString() == "message")
            .Select(item => $"{item.GetProperty("role").GetString()}: {TextOf(item.GetProperty("content"))}");
        return EventsAsync(Upstream.Created, Upstream.Done(Upstream.Message(string.Join('\n', lines))), Upstream.Completed());
    }

    /// <summary>Sends a text as it is and flushes it.</summary>
    public Task RawAsync(string text) => RawAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends bytes as they are and flushes them.</summary>
    public async Task RawAsync(byte[] bytes)
    {
        context.Response.ContentType ??= "text/event-stream";
        await context.Response.Body.WriteAsync(bytes);
        await context.Response.Body.FlushAsync();
    }

    /// <summary>Sends a file.</summary>
    public async Task BytesAsync(byte[] content)
    {
        context.Response.ContentType = "application/octet-stream";
        await context.Response.Body.WriteAsync(content);
    }

    /// <summary>Breaks the connection off.</summary>
    public void Reset() => context.Abort();

    /// <summary>Ends the sending side of the connection in the middle of the answer, and goes on listening.</summary>
    public void HalfClose() => context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Sends nothing more until the caller goes away.</summary>
    public Task HangAsync() => Task.Delay(Timeout.Infinite, Gone);

    private static string TextOf(JsonElement content) => content.ValueKind == JsonValueKind.String
        ? content.GetString()!
        : string.Concat(content.EnumerateArray().Select(part => part.TryGetProperty("text", out var text) ? text.GetString() : "[image]"));
}
