using System.Net;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Telemetry;

/// <summary>What Prometheus reads.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task Conversation_IsCounted()
    {
        await using var server = await TalkativeServer.StartAsync("Metrics:Enabled=true");
        server.Model
            .NextEvents(Created, Added(EmptyMessage()), TextDelta("Hi."), Done(Message("Hi.")), Completed())
            .NextStatus(429, """{"error":{"message":"Slow down."}}""", ("Retry-After", "0"))
            .NextEvents(Created, Done(Message("Hi again.")), Completed())
            .NextStatus(400, """{"error":{"message":"No.","code":"invalid_prompt"}}""");

        var runs = new[] { await server.ConverseAsync(), await server.ConverseAsync(), await server.ConverseAsync() };
        await server.CallAsync("assistant-get", """{"assistant_id":"asst_none"}""");
        await server.SendAsync("tools/list", "{}");
        var scrape = await Scrape.UntilAsync(server.Http, found => found.Sum("assistants_run_duration_seconds_count") == 3);

        Assert.Equal(["completed", "completed", "failed"], runs.Select(run => run.GetProperty("status").GetString()));
        var used = runs.Where(run => run.GetProperty("status").GetString() == "completed").Select(run => run.GetProperty("usage")).ToList();
        Assert.Equal(used.Sum(usage => usage.GetProperty("prompt_tokens").GetInt64()), scrape.Sum("gen_ai_client_token_usage_sum", "gen_ai_request_model=\"gpt-6-luna\"", "gen_ai_token_type=\"input\""));
        Assert.Equal(used.Sum(usage => usage.GetProperty("completion_tokens").GetInt64()), scrape.Sum("gen_ai_client_token_usage_sum", "gen_ai_token_type=\"output\""));
        Assert.Equal(2, scrape.Sum("assistants_run_duration_seconds_count", "assistants_run_status=\"completed\""));
        Assert.Equal(1, scrape.Sum("assistants_run_duration_seconds_count", "assistants_run_status=\"failed\"", "error_type=\"invalid_prompt\""));
        Assert.Equal(3, scrape.Sum("assistants_run_queue_duration_seconds_count"));
        Assert.Equal(3, scrape.Sum("gen_ai_client_operation_duration_seconds_count"));
        Assert.Equal(1, scrape.Sum("gen_ai_client_operation_duration_seconds_count", "error_type=\"400\""));
        Assert.Equal(2, scrape.Sum("gen_ai_client_operation_time_to_first_chunk_seconds_count"));
        Assert.Equal(1, scrape.Sum("assistants_model_retries_total", "error_type=\"429\""));
        Assert.Equal(3, scrape.Sum("mcp_server_operation_duration_seconds_count", "gen_ai_tool_name=\"run-create\""));
        Assert.Equal(1, scrape.Sum("mcp_server_operation_duration_seconds_count", "gen_ai_tool_name=\"assistant-get\"", "error_type=\"tool_error\""));
        Assert.Equal(1, scrape.Sum("mcp_server_operation_duration_seconds_count", "mcp_method_name=\"tools/list\""));
        Assert.Equal(1, scrape.Sum("assistants_request_errors_total", "http_response_status_code=\"404\""));
        Assert.True(scrape.Sum("assistants_storage_commit_duration_seconds_count") > 9);
        Assert.Equal(0, scrape.Sum("assistants_run_active"));
        Assert.Equal(0, scrape.Sum("assistants_stream_open"));
    }

    /// <summary>Neither what callers name nor whose it is makes a series, so that there is an end to them.</summary>
    [Fact]
    public async Task Callers_MakeNoSeriesOfTheirOwn()
    {
        await using var server = await TalkativeServer.StartAsync("Metrics:Enabled=true");
        server.Model.Always(reply => reply.Call.Body.Contains("gpt-6-luna", StringComparison.Ordinal)
            ? reply.EventsAsync(Created, Done(Message("Hi.")), Completed())
            : reply.StatusAsync(404, """{"error":{"message":"No such model.","code":"model_not_found"}}"""));
        await AskAsync(0);
        var before = Names(await Scrape.UntilAsync(server.Http, found => found.Sum("assistants_run_duration_seconds_count") == 2));

        for (var round = 1; round <= 3; round++)
        {
            await AskAsync(round);
        }

        var after = await Scrape.UntilAsync(server.Http, found => found.Sum("assistants_run_duration_seconds_count") == 8);
        Assert.Equal(before, Names(after));
        Assert.DoesNotContain("canary", after.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("asst_", after.Text, StringComparison.Ordinal);
        Assert.Contains("_OTHER", after.Text, StringComparison.Ordinal);

        async Task AskAsync(int round)
        {
            await server.ConverseAsync();
            await server.ConverseAsync($"{TalkativeServer.Key}-{round}");
            await server.SendAsync($"{TalkativeServer.Key}/{round}", "{}");
            await server.SendAsync("tools/call", $$"""{"name":"{{TalkativeServer.Key}}-{{round}}"}""");
            await server.SendAsync("prompts/get", $$"""{"name":"{{TalkativeServer.Key}}-{{round}}"}""");
            await server.SendAsync("resources/read", $$"""{"uri":"assistants://asst_{{round}}"}""");
            var other = new RestClient(server.Http, $"{TalkativeServer.Key}{round}");
            await other.SendAsync(HttpMethod.Get, $"/v1/assistants/asst_{round}");
            using var nowhere = await server.Http.GetAsync(new Uri($"/v1/{TalkativeServer.Key}/{round}", UriKind.Relative));
        }

        // How many connections there were, and what the runtime did, is not up to callers.
        static IEnumerable<string> Names(Scrape scrape) => scrape.Series
            .Where(series => !series.Name.StartsWith("dotnet_", StringComparison.Ordinal) && !series.Name.StartsWith("kestrel_", StringComparison.Ordinal)
                && !series.Name.StartsWith("http_client_", StringComparison.Ordinal)
                && !series.Name.StartsWith("db_client_", StringComparison.Ordinal))
            .Select(series => $"{series.Name} {series.Labels}").Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task AddressOfItsOwn_IsTheOnlyOne()
    {
        var port = LoopbackPort.Free();
        await using var server = await TalkativeServer.StartAsync("Metrics:Enabled=true", $"Metrics:Url=http://127.0.0.1:{port}");
        using var alone = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        using var named = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { Host = "metrics.example" } };

        Assert.NotEmpty((await Scrape.TakeAsync(alone)).Series);
        Assert.Equal(HttpStatusCode.OK, (await alone.SendAsync(named)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(alone, "/readyz"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(alone, "/"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(alone, "/v1/assistants"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(server.Http, "/metrics"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server.Http, "/"));
    }

    /// <summary>A web page must not read what happens on its reader's machine.</summary>
    [Fact]
    public async Task SharedAddress_IsForItsOwnNames()
    {
        await using var server = await TalkativeServer.StartAsync("Metrics:Enabled=true");
        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { Host = "evil.example" } };

        Assert.Equal(HttpStatusCode.Forbidden, (await server.Http.SendAsync(rebound)).StatusCode);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string path)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative));
        return response.StatusCode;
    }
}
