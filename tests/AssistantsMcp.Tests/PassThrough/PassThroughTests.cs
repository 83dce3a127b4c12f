using System.Net;
using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Tests.PassThrough;

/// <summary>What is passed on to the model server, and how it arrives.</summary>
public sealed class PassThroughTests
{
    private const string Key = "sk-pass";

    public static TheoryData<string, string> Routes => new()
    {
        { "POST", "/files" },
        { "GET", "/files" },
        { "GET", "/files?purpose=assistants&limit=2" },
        { "GET", "/files/file-1" },
        { "GET", "/files/file-1/content" },
        { "DELETE", "/files/file-1" },
        { "POST", "/files/file-1" },
        { "POST", "/uploads" },
        { "GET", "/uploads/upload_1" },
        { "POST", "/uploads/upload_1/parts" },
        { "GET", "/vector_stores?after=vs_1" },
        { "POST", "/vector_stores" },
        { "PATCH", "/vector_stores/vs_1" },
        { "POST", "/vector_stores/vs_1/search" },
        { "DELETE", "/vector_stores/vs_1/files/file-1" },
        { "GET", "/vector_stores/vs_1/file_batches/vsfb_1/files" },
        { "GET", "/models/gpt-6-luna" },
        { "GET", "/models/ft:gpt-6-luna:org::id" },
        { "GET", "/models/meta-llama/Llama-3.3" },
        { "GET", "/models/meta-llama%2FLlama-3.3" },
        { "POST", "/responses" },
        { "GET", "/responses/resp_1?include[]=a&include[]=b" },
        { "POST", "/responses/resp_1/cancel" },
        { "POST", "/chat/completions" },
        { "POST", "/completions" },
        { "POST", "/embeddings" },
        { "POST", "/moderations" },
        { "POST", "/images/generations" },
        { "POST", "/audio/transcriptions" },
        { "POST", "/batches" },
        { "PATCH", "/conversations/conv_1" },
        { "PUT", "/conversations/conv_1" },
        { "GET", "/containers/cntr_1/files/cfile_1/content" },
    };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task OtherRoutes_AreTheModelServersOwn(string method, string path)
    {
        await using var provider = await FakeProvider.StartAsync(200, """{"id":"theirs"}""");
        await using var app = await provider.StartAppAsync();

        var answer = await new WireCaller(app, Key).SendAsync(new HttpMethod(method), path, beta: null);

        Assert.Equal("""{"id":"theirs"}""", answer.Ok().Text);
        var call = Assert.Single(provider.Calls);
        Assert.Equal((method, $"/base/v1{path}", $"Bearer {Key}"), (call.Method, call.Target, call.Headers["Authorization"]));
    }

    [Theory]
    [InlineData("/fine_tuning/jobs")]
    [InlineData("/organization/admin_api_keys")]
    [InlineData("/filesystem")]
    [InlineData("/chat")]
    [InlineData("/realtime")]
    public async Task WhatIsNotListed_IsNotPassedOn(string path)
    {
        await using var provider = await FakeProvider.StartAsync(200, "{}");
        await using var app = await provider.StartAppAsync();

        (await new WireCaller(app, Key).GetAsync(path)).AssertError(404, $"Invalid URL (GET /v1{path})");
        Assert.Empty(provider.Calls);
    }

    [Theory]
    [InlineData("/files/..%2F..%2Fadmin")]
    [InlineData("/files/..%2fadmin")]
    [InlineData("/files/%252e%252e/admin")]
    [InlineData("/files/%252e%252e%252fadmin")]
    [InlineData("/files/..%5Cadmin")]
    [InlineData("/files/..\\admin")]
    [InlineData("/files/a//b")]
    [InlineData("/files//admin")]
    [InlineData("/files/.../admin")]
    [InlineData("/files/a%2F%2Fb")]
    [InlineData("/files/a%3Fb=c")]
    [InlineData("/files/a%23b")]
    [InlineData("/files/a%0D%0AHost:%20evil")]
    [InlineData("/files/a%00")]
    [InlineData("/files/a;b")]
    [InlineData("/files/%C3%A9")]
    [InlineData("/files/@evil.example/..%2F")]
    [InlineData("/models/..%2F..%2Fadmin")]
    [InlineData("/files/../../admin")]
    [InlineData("/files/%2e%2e/%2e%2e/admin")]
    [InlineData("/models/../../../admin")]
    public async Task PathThatPointsElsewhere_GoesNowhere(string path)
    {
        await using var provider = await FakeProvider.StartAsync(200, "{}");
        await using var app = await provider.StartAppAsync();

        var answer = await new WireCaller(app, Key).GetAsync(path);

        Assert.True(answer.Status is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{answer.Status}");
        Assert.Empty(provider.Calls);
    }

    [Fact]
    public async Task DotsInAPath_StayBelowTheBaseUrl()
    {
        await using var provider = await FakeProvider.StartAsync(200, "{}");
        await using var app = await provider.StartAppAsync();

        await new WireCaller(app, Key).GetAsync("/vector_stores/x/../../files/file-1");

        Assert.Equal("/base/v1/files/file-1", Assert.Single(provider.Calls).Target);
    }

    [Fact]
    public async Task QueryOfTheBaseUrl_StaysAndWins()
    {
        await using var provider = await FakeProvider.StartAsync(200, "{}");
        await using var app = await provider.StartAppAsync("Model:ApiVersion=2026-01-01");

        await new WireCaller(app, Key).GetAsync("/files?limit=2&api-version=1999&API%2DVersion=1998&purpose=a%26b");

        Assert.Equal("/base/v1/files?api-version=2026-01-01&limit=2&purpose=a%26b", Assert.Single(provider.Calls).Target);
    }

    [Fact]
    public async Task HeadersOfARequest_PassByName()
    {
        await using var provider = await FakeProvider.StartAsync(200, "{}");
        await using var app = await provider.StartAppAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/embeddings") { Content = WireCaller.Json("{}") };
        (string Name, string Value)[] sent =
        [
            ("Authorization", $"Bearer {Key}"), ("api-key", "sk-other"), ("Cookie", "session=1"), ("Host", "localhost:1"), ("Origin", "http://localhost:3000"),
            ("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-Host", "evil.example"), ("Forwarded", "for=10.0.0.1"), ("X-Real-IP", "10.0.0.1"),
            ("Via", "1.1 proxy"), ("traceparent", "00-11111111111111111111111111111111-2222222222222222-01"), ("baggage", "user=1"),
            ("Proxy-Authorization", "Basic x"), ("TE", "trailers"), ("X-Custom", "1"), ("Referer", "http://intranet/"),
            ("OpenAI-Beta", "assistants=v2"), ("OpenAI-Organization", "org-1"), ("OpenAI-Project", "proj-1"), ("X-Stainless-Lang", "js"),
            ("Idempotency-Key", "once"), ("User-Agent", "OpenAI/Test"), ("Accept", "application/json"),
        ];
        foreach (var (name, value) in sent)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await app.Http.SendAsync(request);

        var call = Assert.Single(provider.Calls);
        Assert.Equal(
            new SortedDictionary<string, string>
            {
                ["Accept"] = "application/json",
                ["Authorization"] = $"Bearer {Key}",
                ["Content-Length"] = "2",
                ["Content-Type"] = "application/json; charset=utf-8",
                ["Host"] = provider.BaseUrl.Authority,
                ["Idempotency-Key"] = "once",
                ["OpenAI-Beta"] = "assistants=v2",
                ["OpenAI-Organization"] = "org-1",
                ["OpenAI-Project"] = "proj-1",
                ["User-Agent"] = "OpenAI/Test",
                ["X-Stainless-Lang"] = "js",
            },
            new SortedDictionary<string, string>(call.Headers.ToDictionary()));
    }

    [Fact]
    public async Task HeadersOfAnAnswer_PassByName()
    {
        await using var provider = await FakeProvider.StartAsync(
            200, "{}",
            ("Set-Cookie", "a=b"), ("Strict-Transport-Security", "max-age=9"), ("Alt-Svc", "h3=\":443\""), ("Server", "cloud"), ("Via", "1.1 x"),
            ("Access-Control-Allow-Origin", "*"), ("Clear-Site-Data", "*"), ("CF-Ray", "1"), ("Location", "http://evil.example/"),
            ("x-request-id", "req_theirs"), ("openai-organization", "org-1"), ("openai-version", "2026"), ("x-ratelimit-remaining-requests", "9"), ("ETag", "\"1\""));
        await using var app = await provider.StartAppAsync();

        var answer = await new WireCaller(app, Key).GetAsync("/files");

        string[] passed = ["openai-organization", "openai-version", "x-ratelimit-remaining-requests", "ETag", "x-upstream-request-id", "x-request-id", "openai-processing-ms", "X-Content-Type-Options", "Cache-Control", "Referrer-Policy", "Date", "Transfer-Encoding"];
        Assert.Equal(passed.Order(StringComparer.OrdinalIgnoreCase), answer.Headers.Select(header => header.Key).Order(StringComparer.OrdinalIgnoreCase), StringComparer.OrdinalIgnoreCase);
        Assert.Equal("req_theirs", Assert.Single(answer.Headers.GetValues("x-upstream-request-id")));
        Assert.Matches("^req_[0-9a-f]{32}$", Assert.Single(answer.Headers.GetValues("x-request-id")));
        Assert.Equal("2026", Assert.Single(answer.Headers.GetValues("openai-version")));
    }

    [Theory]
    [InlineData(400, """{"error":{"message":"Bad."}}""")]
    [InlineData(401, """{"error":{"message":"Incorrect API key provided."}}""")]
    [InlineData(404, "<html>")]
    [InlineData(429, """{"error":{"message":"Slow down."}}""")]
    [InlineData(500, "")]
    public async Task ErrorOfTheModelServer_IsHandedOn(int status, string body)
    {
        await using var provider = await FakeProvider.StartAsync(status, body, ("Retry-After", "7"));
        await using var app = await provider.StartAppAsync();

        var answer = await new WireCaller(app, Key).PostAsync("/embeddings", "{}");

        Assert.Equal((status, body), ((int)answer.Status, answer.Text));
        Assert.Equal("7", Assert.Single(answer.Headers.GetValues("Retry-After")));
        Assert.Single(provider.Calls);
    }

    [Fact]
    public async Task Redirect_IsNotFollowedOrHandedOn()
    {
        await using var provider = await FakeProvider.StartAsync(302, "{}", ("Location", "http://evil.example/"));
        await using var app = await provider.StartAppAsync();

        var answer = await new WireCaller(app, Key).GetAsync("/files/file-1/content");

        answer.AssertError(
            502,
            $"The model server at {provider.BaseUrl.Authority} answered with a redirect, which is not followed. The operator should set Model:BaseUrl to the final address.",
            type: "server_error");
        Assert.Null(answer.Headers.Location);
    }

    [Fact]
    public async Task UnknownKey_IsNotPassedOn()
    {
        await using var provider = await FakeProvider.StartAsync(401, """{"error":{"message":"No."}}""");
        await using var app = await provider.StartAppAsync("Access:Mode=verify");

        var answer = await new WireCaller(app, Key).PostAsync("/responses", "{}");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
        Assert.Equal("/base/v1/models", Assert.Single(provider.Calls).Target);
    }

    [Theory]
    [InlineData("POST", "/responses")]
    [InlineData("POST", "/chat/completions")]
    [InlineData("POST", "/embeddings")]
    [InlineData("GET", "/containers")]
    public async Task Sandbox_SaysWhatItDoesNotHave(string method, string path)
    {
        await using var provider = await FakeProvider.StartAsync(200, "{}");
        await using var app = await provider.StartAppAsync();

        (await new WireCaller(app, "sandbox").SendAsync(new HttpMethod(method), path)).AssertError(
            400,
            $"The sandbox does not have {method} /v1{path}: it plays the Assistants API, files and vector stores, and calls no model server. Use a real API key.",
            code: "not_in_sandbox");
        Assert.Empty(provider.Calls);
    }

    [Fact]
    public async Task SandboxKey_NeverLeaves()
    {
        await using var provider = await FakeProvider.StartAsync(200, "{}");
        await using var app = await provider.StartAppAsync();

        foreach (var route in Routes)
        {
            await new WireCaller(app, "sandbox").SendAsync(new HttpMethod((string)route[0]), (string)route[1]);
        }

        Assert.Empty(provider.Calls);
    }

    [Fact]
    public async Task FileDeletedAtTheModelServer_LeavesEveryListOfTheCodeInterpreter()
    {
        await using var provider = await FakeProvider.StartAsync(200, """{"id":"file-1","object":"file","deleted":true}""");
        await using var app = await provider.StartAppAsync();
        var (caller, other) = (new WireCaller(app), new WireCaller(app));
        const string Thread = """{"tool_resources":{"code_interpreter":{"file_ids":["file-1","file-2"]}}}""";
        var (mine, theirs) = (await caller.CreateThreadAsync(Thread), await other.CreateThreadAsync(Thread));

        (await caller.DeleteAsync("/files/file-1")).Ok();

        Assert.Equal("""{"code_interpreter":{"file_ids":["file-2"]}}""", (await caller.GetAsync($"/threads/{mine}"))["tool_resources"]);
        Assert.Equal("""{"code_interpreter":{"file_ids":["file-1","file-2"]}}""", (await other.GetAsync($"/threads/{theirs}"))["tool_resources"]);
    }

    [Fact]
    public async Task FileDeletedAtTheModelServerAfterItsCallerHungUp_LeavesEveryListOfTheCodeInterpreter()
    {
        var (asked, hungUp) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var provider = await FakeProvider.StartAsync(async context =>
        {
            asked.SetResult();
            await hungUp.Task;
            await Task.Delay(TimeSpan.FromMilliseconds(200), context.RequestAborted); // were the call dropped with its caller, it would be by then
            await context.Response.WriteAsync("""{"id":"file-1","object":"file","deleted":true}""");
        });
        await using var app = await provider.StartAppAsync();
        var caller = new RestClient(app.Http, Key);
        var thread = (await caller.PostAsync("/v1/threads", """{"tool_resources":{"code_interpreter":{"file_ids":["file-1"]}}}""")).GetProperty("id").GetString();
        using var patience = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Delete, "/v1/files/file-1") { Headers = { Authorization = new("Bearer", Key) } };

        var deletion = app.Http.SendAsync(request, patience.Token);
        await asked.Task;
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => deletion);
        hungUp.SetResult();

        await caller.UntilAsync(
            $"/v1/threads/{thread}", found => found.GetProperty("tool_resources").GetRawText() == """{"code_interpreter":{"file_ids":[]}}""");
    }

    [Fact]
    public async Task FileThatTheModelServerKept_StaysInLists()
    {
        await using var provider = await FakeProvider.StartAsync(403, """{"error":{"message":"No."}}""");
        await using var app = await provider.StartAppAsync();
        var caller = new WireCaller(app);
        var thread = await caller.CreateThreadAsync("""{"tool_resources":{"code_interpreter":{"file_ids":["file-1"]}}}""");

        await caller.DeleteAsync("/files/file-1");

        Assert.Equal("""{"code_interpreter":{"file_ids":["file-1"]}}""", (await caller.GetAsync($"/threads/{thread}"))["tool_resources"]);
    }
}
