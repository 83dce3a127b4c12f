using System.Net;
using AssistantsMcp.Tests.Models;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Telemetry;

/// <summary>What is sent to a collector, and when.</summary>
public sealed class OtlpTests
{
    [Fact]
    public async Task Conversation_IsOneTraceFromToolToModel()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var server = await TalkativeServer.StartAsync([.. collector.Settings, "OTEL_SERVICE_NAME=my-assistants"]);
        server.Model.NextEvents(Created, Done(Message("Hi.")), Completed());

        var run = await server.ConverseAsync();
        await server.CallAsync("assistant-get", $$"""{"assistant_id":"{{TalkativeServer.Key}}"}""");
        await server.SendAsync("resources/read", $$"""{"uri":"assistants://{{TalkativeServer.Key}}"}""");
        await server.SendAsync("tools/call", $$"""{"name":"{{TalkativeServer.Key}}"}""");
        using var misplaced = await server.Http.GetAsync(new Uri($"/{TalkativeServer.Key}/mcp/{TalkativeServer.Key}?key={TalkativeServer.Key}", UriKind.Relative));
        using var health = await server.Http.GetAsync(new Uri("/readyz", UriKind.Relative));
        await server.Process.StopAsync();

        var spans = collector.Spans;
        var work = Assert.Single(spans, span => span.Name == "invoke_agent");
        var runId = run.GetProperty("id").GetString();
        Assert.Equal((runId, "completed"), (work.Tags["assistants.run.id"], work.Tags["assistants.run.status"]));
        Assert.Equal(run.GetProperty("thread_id").GetString(), work.Tags["gen_ai.conversation.id"]);
        Assert.Equal(
            ["POST /mcp/", "tools/call run-create", "POST /v1/threads/{threadId}/runs/", "invoke_agent"], PathTo(work, spans).Select(span => span.Name));
        var call = Assert.Single(spans, span => span.Name == "chat gpt-6-luna");
        Assert.Equal((work.Id, work.Trace), (call.Parent, call.Trace));
        Assert.Equal(run.GetProperty("usage").GetProperty("prompt_tokens").GetInt64().ToString(), call.Tags["gen_ai.usage.input_tokens"]);
        Assert.Contains(spans, span => span.Parent == call.Id && span.Tags.GetValueOrDefault("url.full") == $"{server.Model.BaseUrl}/responses");
        Assert.Contains(spans, span => span.Trace == work.Trace && span.Name is "sqlite write" or "postgresql");
        Assert.DoesNotContain(spans, span => span.Tags.GetValueOrDefault("http.route") == "/readyz");

        Assert.Equal(["/v1/metrics", "/v1/traces"], collector.Paths);
        Assert.Contains("gen_ai.client.token.usage", collector.Metrics, StringComparison.Ordinal);
        Assert.Contains("assistants.run.duration", collector.Metrics, StringComparison.Ordinal);
        Assert.Contains("my-assistants", collector.Metrics, StringComparison.Ordinal);
        Assert.DoesNotContain(spans, span => span.ToString().Contains("canary", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(collector.Texts, text => text.Contains("canary", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The trace survives what the worker does not.</summary>
    [Fact]
    public async Task RunOfAKilledServer_GoesOnInTheTraceOfItsRequest()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var database = TestDatabase.Create();
        await using var model = await FakeResponsesServer.StartAsync();
        model.Next(reply => reply.HangAsync()).NextEvents(Created, Done(Message("Hi.")), Completed());
        string[] settings = [$"Model:BaseUrl={model.BaseUrl}", "Access:Mode=open", "Limits:RunLease=00:00:03", .. collector.Settings];
        string path;
        await using (var first = await ServerProcess.StartAsync(database, settings))
        {
            first.Http.DefaultRequestHeaders.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
            var api = new RestClient(first.Http, "sk-test");
            path = await api.NewRunAsync(await api.NewThreadAsync("Hello"), await api.NewAssistantAsync());
            await model.ArrivalAsync();
            await first.KillAsync();
        }

        await using var second = await ServerProcess.StartAsync(database, [.. settings, "Metrics:Enabled=true"]);
        await new RestClient(second.Http, "sk-test").SettledAsync(path);
        var scrape = await Scrape.UntilAsync(second.Http, found => found.Sum("assistants_run_duration_seconds_count") == 1);
        await second.StopAsync();

        Assert.Equal(1, scrape.Sum("assistants_run_takeovers_total"));
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", Assert.Single(collector.Spans, span => span.Name == "invoke_agent").Trace);
    }

    [Theory]
    [InlineData("OTEL_TRACES_EXPORTER=none", "/v1/metrics")]
    [InlineData("OTEL_METRICS_EXPORTER=none", "/v1/traces")]
    [InlineData("OTEL_SDK_DISABLED=true", "")]
    [InlineData("OTEL_TRACES_SAMPLER=always_off", "/v1/metrics")]
    public async Task Variables_ChooseWhatIsSent(string variable, string path)
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var server = await TalkativeServer.StartAsync([.. collector.Settings, variable]);

        await server.CallAsync("assistant-create", "{}");
        await server.Process.StopAsync();

        Assert.Equal(path, string.Join(' ', collector.Paths));
    }

    [Fact]
    public async Task Nobody_IsToldUnlessAsked()
    {
        await using var app = await TestApp.StartAsync();
        using var metrics = await app.Http.GetAsync(new Uri("/metrics", UriKind.Relative));

        Assert.Equal(HttpStatusCode.NotFound, metrics.StatusCode);
        Assert.Null(app.App.Services.GetService<MeterProvider>());
        Assert.Null(app.App.Services.GetService<TracerProvider>());
    }

    /// <summary>A span and those above it, the outermost first; what only the test's own client knows is left out.</summary>
    private static List<SentSpan> PathTo(SentSpan span, IReadOnlyList<SentSpan> spans)
    {
        var path = new List<SentSpan> { span };
        while (spans.FirstOrDefault(other => other.Id == path[0].Parent) is { } parent)
        {
            path.Insert(0, parent);
        }

        return path;
    }
}
