using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AssistantsMcp.Tests.Telemetry;

/// <summary>Takes what is sent over OTLP (HTTP with protobuf) on a free port.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, string Headers, byte[] Body)> _received = new();

    private OtlpCollector(WebApplication app) => _app = app;

    /// <summary>What a server needs to send everything here, as settings.</summary>
    public IReadOnlyList<string> Settings => [$"OTEL_EXPORTER_OTLP_ENDPOINT={_app.Urls.Single()}", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"];

    /// <summary>Everything that came, as text.</summary>
    public IReadOnlyList<string> Texts => [.. _received.SelectMany(sent => new[] { sent.Path, sent.Headers, Encoding.UTF8.GetString(sent.Body) })];

    public IReadOnlyList<string> Paths => [.. _received.Select(sent => sent.Path).Distinct().Order(StringComparer.Ordinal)];

    public IReadOnlyList<SentSpan> Spans => [.. _received.Where(sent => sent.Path == "/v1/traces").SelectMany(sent => SentSpan.Read(sent.Body))];

    /// <summary>All metrics, as text: their names are in it.</summary>
    public string Metrics => string.Concat(_received.Where(sent => sent.Path == "/v1/metrics").Select(sent => Encoding.UTF8.GetString(sent.Body)));

    public static async Task<OtlpCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var collector = new OtlpCollector(app);
        app.Run(collector.TakeAsync);
        await app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _received.Enqueue((context.Request.Path, string.Join('\n', context.Request.Headers), body.ToArray()));
        context.Response.ContentType = "application/x-protobuf";
    }
}
