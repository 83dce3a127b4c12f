using System.Security.Cryptography;
using System.Text;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace AssistantsMcp.Tests.Access;

public sealed class AccessTests : IDisposable
{
    private readonly WireMockServer _model = WireMockServer.Start();

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer   ")]
    [InlineData("Basic c2stdGVzdA==")]
    [InlineData("sk-test")]
    public async Task NoKey_IsUnauthorized(string authorization)
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open"]);

        var answer = await new WireCaller(app).SendAsync(HttpMethod.Get, "/assistants", authorization: authorization);

        answer.AssertError(
            401,
            "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).");
    }

    [Theory]
    [InlineData("Bearer sk test")]
    [InlineData("Bearer sk/test")]
    [InlineData("Bearer sk-test, Bearer sk-other")]
    [InlineData("Bearer 'sk-test'")]
    public async Task MalformedKey_IsABadRequestThatDoesNotRepeatIt(string authorization)
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open"]);

        var answer = await new WireCaller(app).SendAsync(HttpMethod.Get, "/assistants", authorization: authorization);

        answer.AssertError(400, "Malformed API key: expected 1 to 256 letters, digits, '.', '_' and '-' after 'Authorization: Bearer '.");
    }

    [Fact]
    public async Task OpenMode_LetsInAnyWellFormedKey()
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open", ModelAtStub]);

        (await new WireCaller(app, "x").GetAsync("/assistants")).Ok();
        (await new WireCaller(app, new string('k', 256)).GetAsync("/assistants")).Ok();
        (await new WireCaller(app).SendAsync(HttpMethod.Get, "/assistants", authorization: "bearer x")).Ok();
        Assert.Empty(_model.LogEntries);
    }

    [Fact]
    public async Task VerifyMode_AsksTheModelServerOnceForEachKey()
    {
        Answer("sk-good", 200);
        await using var app = await TestApp.StartAsync([ModelAtStub]);
        var caller = new WireCaller(app, "sk-good");

        (await caller.GetAsync("/assistants")).Ok();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => (await caller.PostAsync("/threads")).Ok()));

        var request = Assert.Single(_model.LogEntries).RequestMessage!;
        Assert.Equal(("/v1/models", "Bearer sk-good"), (request.Path, request.Headers!["Authorization"].Single()));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task KeyThatTheModelServerRefuses_IsUnauthorized(int status)
    {
        Answer("sk-abcdefgh-canary", status);
        await using var app = await TestApp.StartAsync([ModelAtStub]);

        var answer = await new WireCaller(app, "sk-abcdefgh-canary").PostAsync("/assistants", "{");

        answer.AssertError(401, "Incorrect API key provided: sk-***. Use a key that this server's model server accepts.", code: "invalid_api_key");
        Assert.DoesNotContain(app.Log.Lines, line => line.Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task KeyThatCannotBeVerified_IsToldToTryAgain()
    {
        Answer("sk-test", 500);
        await using var app = await TestApp.StartAsync([ModelAtStub]);

        var answer = await new WireCaller(app, "sk-test").GetAsync("/assistants");

        answer.AssertError(
            503, "The API key could not be verified because the model server did not answer. Please try again in a few seconds.", type: "server_error");
        Assert.Equal("5", Assert.Single(answer.Headers.GetValues("Retry-After")));
    }

    [Fact]
    public async Task ListMode_LetsInTheListedKeysOnly()
    {
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes("sk-listed")));
        await using var app = await TestApp.StartAsync(["Access:Mode=list", $"Access:Keys:0={hash}", ModelAtStub]);

        (await new WireCaller(app, "sk-listed").GetAsync("/assistants")).Ok();
        (await new WireCaller(app, "sk-Listed").GetAsync("/assistants")).AssertError(
            401, "Incorrect API key provided: sk***. Use a key that this server's model server accepts.", code: "invalid_api_key");
        Assert.Empty(_model.LogEntries);
    }

    [Theory]
    [InlineData("open")]
    [InlineData("verify")]
    public async Task SandboxOff_IsUnauthorizedInEveryMode(string mode)
    {
        await using var app = await TestApp.StartAsync([$"Access:Mode={mode}", "Sandbox:Enabled=false", ModelAtStub]);

        var answer = await new WireCaller(app, "sandbox").GetAsync("/assistants");

        answer.AssertError(
            401, "The sandbox is switched off on this server. Use a real API key, or start the server with Sandbox:Enabled=true.", code: "invalid_api_key");
        Assert.Empty(_model.LogEntries);
    }

    [Fact]
    public async Task SandboxOn_NeedsNoModelServer()
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true", ModelAtStub]);

        (await new WireCaller(app, "sandbox").GetAsync("/assistants")).Ok();
        Assert.Empty(_model.LogEntries);
    }

    private string ModelAtStub => $"Model:BaseUrl={_model.Url}/v1";

    private void Answer(string key, int status) => _model
        .Given(Request.Create().WithPath("/v1/models").WithHeader("Authorization", $"Bearer {key}").UsingGet())
        .RespondWith(Response.Create().WithStatusCode(status).WithBody("""{"object":"list","data":[]}"""));
}
