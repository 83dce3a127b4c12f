using System.Net;
using AssistantsMcp.Engine.Api;
using Microsoft.Extensions.DependencyInjection;

namespace AssistantsMcp.Tests.Api;

/// <summary>Paths, methods, ids, the beta header, the order of checks, and the headers of every answer.</summary>
public sealed class RouteTests(OpenApp open) : IClassFixture<OpenApp>
{
    private readonly WireCaller _caller = open.NewCaller();

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "/")]
    [InlineData("POST", "/x")]
    [InlineData("DELETE", "/assistants/asst_1/tools")]
    [InlineData("PATCH", "/threads/thread_1/files")]
    [InlineData("GET", "/threads/thread_1/runs/run_1/steps/step_1/x")]
    [InlineData("GET", "/assistants/asst_1/asst_2")]
    public async Task UnknownRoute_IsAnInvalidUrl(string method, string path)
    {
        var answer = await _caller.SendAsync(new HttpMethod(method), path);

        answer.AssertError(404, $"Invalid URL ({method} /v1{path})");
    }

    [Theory]
    [InlineData("PUT", "/assistants/asst_1", "DELETE, GET, POST")]
    [InlineData("PATCH", "/threads/thread_1", "DELETE, GET, POST")]
    [InlineData("DELETE", "/assistants", "GET, POST")]
    [InlineData("DELETE", "/threads/thread_1/runs/run_1", "GET, POST")]
    [InlineData("POST", "/threads/thread_1/runs/run_1/steps", "GET")]
    [InlineData("GET", "/threads/thread_1/runs/run_1/cancel", "POST")]
    [InlineData("DELETE", "/threads", "GET, POST")]
    [InlineData("OPTIONS", "/threads/thread_1/runs/run_1/cancel", "POST")]
    [InlineData("POST", "/models", "GET")]
    public async Task WrongMethod_IsToldWhichAreRight(string method, string path, string allowed)
    {
        var answer = await _caller.SendAsync(new HttpMethod(method), path);

        answer.AssertError(405, $"Invalid method for URL ({method} /v1{path})", code: "method_not_supported");
        Assert.Equal(allowed, string.Join(", ", answer.ContentHeaders.Allow.Order()));
    }

    [Theory]
    [InlineData("/assistants/XYZ", "assistant_id", "XYZ", "asst")]
    [InlineData("/threads/undefined", "thread_id", "undefined", "thread")]
    [InlineData("/threads/runs", "thread_id", "runs", "thread")]
    [InlineData("/threads/asst_1/messages", "thread_id", "asst_1", "thread")]
    [InlineData("/threads/thread_1/messages/1", "message_id", "1", "msg")]
    [InlineData("/threads/Thread_1/messages/1", "thread_id", "Thread_1", "thread")]
    [InlineData("/threads/thread_1/runs/msg_1", "run_id", "msg_1", "run")]
    [InlineData("/threads/thread_1/runs/run_1/steps/run_1", "step_id", "run_1", "step")]
    [InlineData("/assistants/..%2F..", "assistant_id", "..%2F..", "asst")]
    [InlineData("/assistants/%C3%A9", "assistant_id", "é", "asst")]
    public async Task IdOfAnotherKind_IsRefusedByItsPrefix(string path, string param, string id, string prefix)
    {
        var answer = await _caller.GetAsync(path);

        answer.AssertError(400, $"Invalid '{param}': '{id}'. Expected an ID that begins with '{prefix}'.", param, "invalid_value");
    }

    [Theory]
    [InlineData("/assistants/asst_a%2Fb", "assistant_id")]
    [InlineData("/assistants/asst_a%0A", "assistant_id")]
    [InlineData("/assistants/asst_a%20b", "assistant_id")]
    [InlineData("/assistants/asst_%C3%A9", "assistant_id")]
    [InlineData("/assistants/asst_'--", "assistant_id")]
    [InlineData("/threads/thread_..%2Fx/messages", "thread_id")]
    [InlineData("/threads/thread_1/messages/msg_%252F", "message_id")]
    public async Task IdWithOddCharacters_IsRefused(string path, string param)
    {
        var answer = await _caller.GetAsync(path);

        answer.AssertError(400, $"Invalid '{param}': expected an id made of letters, digits, '_' and '-' only.", param, "invalid_value");
    }

    [Theory]
    [InlineData("/assistants/..", "/v1/")]
    [InlineData("/assistants/%2e%2e/x", "/v1/x")]
    [InlineData("/threads/thread_1/../../x", "/v1/x")]
    public async Task DotsInAPath_StayBelowTheDoor(string path, string meant)
    {
        var answer = await _caller.GetAsync(path);

        answer.AssertError(404, $"Invalid URL (GET {meant})");
    }

    [Fact]
    public async Task LongId_IsShortenedInTheAnswer()
    {
        var id = $"asst_{new string('x', 3000)}";

        var answer = await _caller.GetAsync($"/assistants/{id}");

        answer.AssertError(404, $"No assistant found with id '{id[..100]}…'.");
    }

    [Theory]
    [InlineData("/threads/{t}/runs")]
    [InlineData("/threads/runs")]
    public async Task IdInABody_IsCheckedLikeOneInAPath(string path)
    {
        path = path.Replace("{t}", await _caller.CreateThreadAsync(), StringComparison.Ordinal);

        (await _caller.PostAsync(path, """{"assistant_id":"XYZ"}""")).AssertError(
            400, "Invalid 'assistant_id': 'XYZ'. Expected an ID that begins with 'asst'.", "assistant_id", "invalid_value");
        (await _caller.PostAsync(path, """{"assistant_id":"asst_../x"}""")).AssertError(
            400, "Invalid 'assistant_id': expected an id made of letters, digits, '_' and '-' only.", "assistant_id", "invalid_value");
        (await _caller.PostAsync(path, """{"assistant_id":"asst_x"}""")).AssertError(404, "No assistant found with id 'asst_x'.");
    }

    [Fact]
    public async Task PrefixCheckSwitchedOff_LeavesIdsOfAnyKindUnfound()
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open", "Compatibility:CheckIdPrefix=false"]);
        var caller = new WireCaller(app);

        (await caller.GetAsync("/threads/made-up")).AssertError(404, "No thread found with id 'made-up'.");
        (await caller.GetAsync("/threads/made.up")).AssertError(
            400, "Invalid 'thread_id': expected an id made of letters, digits, '_' and '-' only.", "thread_id", "invalid_value");
    }

    [Theory]
    [InlineData("assistants=v2")]
    [InlineData("ASSISTANTS=V2")]
    [InlineData("realtime=v1, assistants=v2")]
    [InlineData("assistants=v1,assistants=v2")]
    public async Task BetaHeader_MayHoldTheTokenAnywhere(string beta)
    {
        (await _caller.SendAsync(HttpMethod.Get, "/assistants", beta: beta)).Ok();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("assistants=v3")]
    [InlineData("assistants")]
    public async Task MissingBetaHeader_IsAskedFor(string? beta)
    {
        const string Message =
            "You must provide the 'OpenAI-Beta' header to access the Assistants API. Please try again by setting the header 'OpenAI-Beta: assistants=v2'.";

        (await _caller.SendAsync(HttpMethod.Get, "/assistants", beta: beta)).AssertError(400, Message, code: "invalid_beta");
        (await _caller.SendAsync(HttpMethod.Post, "/threads/runs", beta: beta)).AssertError(400, Message, code: "invalid_beta");
    }

    [Fact]
    public async Task BetaHeaderOfVersion1_IsToldThatItIsGone()
    {
        var answer = await _caller.SendAsync(HttpMethod.Get, "/assistants", beta: "assistants=v1");

        answer.AssertError(400, "The v1 Assistants API has been deprecated. Please try again by setting the header 'OpenAI-Beta: assistants=v2'.", code: "invalid_beta");
    }

    [Fact]
    public async Task BetaHeaderWaived_IsNotNeeded()
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open", "Compatibility:RequireBetaHeader=false"]);

        (await new WireCaller(app).SendAsync(HttpMethod.Get, "/assistants", beta: null)).Ok();
    }

    [Fact]
    public async Task ModelsRoute_NeedsNoBetaHeader()
    {
        var answer = await new WireCaller(open.App, "sandbox").SendAsync(HttpMethod.Get, "/models", beta: null);

        Assert.Equal("""{"object":"list","data":[{"id":"sandbox","object":"model","created":1790000000,"owned_by":"assistants-mcp"}]}""", answer.Ok().Text);
    }

    // Each request is wrong in every later way too: only the first mistake is told.
    [Theory]
    [InlineData("POST", "/x", "", null, "{", 401, null)]
    [InlineData("POST", "/x", null, null, "{", 404, null)]
    [InlineData("POST", "/threads/1", null, null, "{", 400, "invalid_beta")]
    [InlineData("POST", "/threads/1", null, "assistants=v2", "{", 400, null)]
    [InlineData("POST", "/threads/1", null, "assistants=v2", "{\"x\":1}", 400, "unknown_parameter")]
    [InlineData("POST", "/threads/1", null, "assistants=v2", "{}", 400, "invalid_value")]
    [InlineData("POST", "/threads/thread_1/messages/1", null, "assistants=v2", "{}", 400, "invalid_value")]
    [InlineData("POST", "/threads/thread_1", null, "assistants=v2", "{}", 404, null)]
    [InlineData("POST", "/threads/thread_1/runs", null, "assistants=v2", "{\"assistant_id\":\"x\"}", 400, "invalid_value")]
    [InlineData("POST", "/threads/thread_1/runs", null, "assistants=v2", "{\"assistant_id\":\"x\",\"truncation_strategy\":{\"type\":\"last_messages\"}}", 400, "missing_required_parameter")]
    public async Task Checks_ComeInTheirOrder(string method, string path, string? authorization, string? beta, string body, int status, string? code)
    {
        var answer = await _caller.SendAsync(new HttpMethod(method), path, WireCaller.Json(body), beta, authorization);

        var error = answer.Json.GetProperty("error");
        Assert.Equal((status, code), ((int)answer.Status, error.GetProperty("code").GetString()));
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(field => field.Name));
    }

    [Fact]
    public async Task EveryAnswer_CarriesTheServicesHeaders()
    {
        var id = await _caller.CreateAssistantAsync();
        WireAnswer[] answers =
        [
            await _caller.GetAsync($"/assistants/{id}"),
            await _caller.GetAsync("/assistants"),
            await _caller.DeleteAsync($"/assistants/{id}"),
            await _caller.PostAsync("/assistants", "{"),
            await _caller.GetAsync("/assistants/asst_x"),
            await _caller.GetAsync("/nowhere"),
            await _caller.SendAsync(HttpMethod.Put, "/assistants"),
            await _caller.SendAsync(HttpMethod.Get, "/assistants", authorization: "Bearer a b"),
            await _caller.SendAsync(HttpMethod.Get, "/assistants", authorization: ""),
            await _caller.SendAsync(HttpMethod.Get, "/assistants", beta: null),
        ];

        Assert.All(answers, answer =>
        {
            Assert.Matches("^req_[0-9a-f]{32}$", Assert.Single(answer.Headers.GetValues("x-request-id")));
            Assert.Matches("^[0-9]+$", Assert.Single(answer.Headers.GetValues("openai-processing-ms")));
            Assert.Equal("2020-10-01", Assert.Single(answer.Headers.GetValues("openai-version")));
            Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("x-ratelimit", StringComparison.OrdinalIgnoreCase));
            Assert.False(answer.Headers.Contains("Server"));
        });
        Assert.Equal(answers.Length, answers.Select(answer => answer.Headers.GetValues("x-request-id").Single()).Distinct().Count());
    }

    [Fact]
    public async Task Project_IsThatOfTheKey()
    {
        var mine = await _caller.GetAsync("/assistants");
        var mineAgain = await _caller.PostAsync("/assistants", "{");
        var other = await open.NewCaller().GetAsync("/assistants");
        var nobodys = await _caller.SendAsync(HttpMethod.Get, "/assistants", authorization: "");

        Assert.Matches("^proj_[0-9a-f]{24}$", Project(mine));
        Assert.Equal(Project(mine), Project(mineAgain));
        Assert.NotEqual(Project(mine), Project(other));
        Assert.Equal("assistants-mcp", Assert.Single(mine.Headers.GetValues("openai-organization")));
        Assert.False(nobodys.Headers.Contains("openai-project") || nobodys.Headers.Contains("openai-organization"));

        static string Project(WireAnswer answer) => Assert.Single(answer.Headers.GetValues("openai-project"));
    }

    [Fact]
    public async Task FaultOfTheServer_IsToldByItsRequestIdAlone()
    {
        await using var app = await TestApp.StartAsync(
            ["Access:Mode=open"],
            builder => builder.Services.AddSingleton<RequestLimits>(_ => throw new InvalidOperationException("the inside story")));

        var answer = await new WireCaller(app).PostAsync("/assistants", "{}");

        var requestId = Assert.Single(answer.Headers.GetValues("x-request-id"));
        answer.AssertError(
            500,
            $"The server had an error processing your request. Sorry about that! Please retry, and if the problem persists give the operator this request ID: {requestId}.",
            type: "server_error");
        Assert.Contains(app.Log.Lines, line => line.Contains(requestId, StringComparison.Ordinal) && line.Contains("the inside story", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TrailingSlash_DoesNotMatter()
    {
        var id = await _caller.CreateAssistantAsync();

        Assert.Equal(id, (await _caller.GetAsync($"/assistants/{id}/")).Ok().Id);
        Assert.Equal(HttpStatusCode.OK, (await _caller.PostAsync("/threads/")).Status);
    }
}
