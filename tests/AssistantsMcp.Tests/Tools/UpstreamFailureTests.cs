using System.Net;
using System.Net.Sockets;

namespace AssistantsMcp.Tests.Tools;

/// <summary>What a caller is told when the server behind the tools fails, and how often that server is asked.</summary>
public sealed class UpstreamFailureTests
{
    private const string Get = """{"assistant_id":"asst_1"}""";

    private static string ErrorBody(string message) => $$$"""{"error":{"message":"{{{message}}}","type":"t","param":null,"code":null}}""";

    [Theory]
    [InlineData(400, "No such model.", "No such model.")]
    [InlineData(404, "No assistant found with id 'asst_1'.", "No assistant found with id 'asst_1'. assistant-list shows the assistants there are.")]
    [InlineData(401, "Incorrect API key provided.", "Incorrect API key provided. Call this server with a key that is valid for ")]
    [InlineData(401, "Incorrect API key provided: sk-***. Use another.", "Incorrect API key provided: sk-***. Use another.", true)]
    [InlineData(404, "Invalid URL (GET /v1/assistants/asst_1)", "There is no such route at ")]
    public async Task RefusalOfTheServer_IsPassedOnWithTheRemedy(int status, string message, string text, bool isWhole = false)
    {
        using var server = new StubServer(status, ErrorBody(message));
        await using var app = await TestApp.StartAsync(server.Endpoint);

        var answer = await app.CallAsync("assistant-get", Get);

        Assert.True(answer.IsError);
        Assert.StartsWith(text, answer.Text, StringComparison.Ordinal);
        Assert.True(!isWhole || text == answer.Text, answer.Text);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(200, "<html>hello</html>", "is not a JSON object")]
    [InlineData(200, "", "is not a JSON object")]
    [InlineData(200, "[]", "is not a JSON object")]
    [InlineData(404, "<html>not here</html>", "There is no such route")]
    [InlineData(403, "go away", "(HTTP 403) without a reason")]
    public async Task AnswerOfAServerThatIsNoAssistantsApi_IsCalledThat(int status, string body, string text)
    {
        using var server = new StubServer(status, body);
        await using var app = await TestApp.StartAsync(server.Endpoint);

        var answer = await app.CallAsync("assistant-get", Get);

        Assert.True(answer.IsError);
        Assert.Contains(text, answer.Text, StringComparison.Ordinal);
        Assert.Contains(server.Authority, answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(307)]
    public async Task RedirectOfTheServer_IsToldAndNotFollowed(int status)
    {
        using var elsewhere = new StubServer();
        using var server = new StubServer(status, "", location: elsewhere.Endpoint);
        await using var app = await TestApp.StartAsync(server.Endpoint);

        var answer = await app.CallAsync("assistant-create");

        Assert.True(answer.IsError);
        Assert.Equal($"A redirect from the Assistants server {server.Authority} (HTTP {status}) is not followed. The operator should set Assistants:Endpoint to the final address.", answer.Text);
        Assert.Single(server.Requests);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task CookieOfTheServer_IsNotCarriedToTheNextCaller()
    {
        using var server = new StubServer(cookie: "caller=one; Path=/");
        await using var app = await TestApp.StartAsync(server.Endpoint);

        await app.CallAsync("assistant-get", Get, "sk-one");
        await app.CallAsync("assistant-get", Get, "sk-two");

        Assert.Equal(2, server.Requests.Count);
        Assert.All(server.Requests, request => Assert.False(request.Headers.ContainsKey("Cookie")));
    }

    [Theory]
    [InlineData("assistant-get", Get, 3)]
    [InlineData("assistant-delete", Get, 3)]
    [InlineData("assistant-update", Get, 1)]
    [InlineData("run-create", """{"thread_id":"thread_1","assistant_id":"asst_1"}""", 1)]
    public async Task ServerError_IsToldAndOnlySafeRequestsAreRepeated(string tool, string arguments, int tries)
    {
        using var server = new StubServer(500, ErrorBody("Database is down."));
        await using var app = await TestApp.StartAsync(server.Endpoint);

        var answer = await app.CallAsync(tool, arguments);

        Assert.True(answer.IsError);
        Assert.Contains("(HTTP 500): Database is down. The fault is not in the call", answer.Text, StringComparison.Ordinal);
        Assert.Equal(tries, server.Requests.Count);
    }

    [Theory]
    [InlineData("assistant-get", Get)]
    [InlineData("thread-create", "{}")]
    public async Task RateLimitWithAShortWait_IsTriedThreeTimes(string tool, string arguments)
    {
        using var server = new StubServer(429, ErrorBody("Slow down."), retryAfter: TimeSpan.Zero);
        await using var app = await TestApp.StartAsync(server.Endpoint);

        var answer = await app.CallAsync(tool, arguments);

        Assert.True(answer.IsError);
        Assert.StartsWith("Slow down. Try again in 1 second.", answer.Text, StringComparison.Ordinal);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task RateLimitWithALongWait_IsToldAtOnce()
    {
        using var server = new StubServer(429, ErrorBody("Slow down."), retryAfter: TimeSpan.FromSeconds(61));
        await using var app = await TestApp.StartAsync(server.Endpoint);

        var answer = await app.CallAsync("assistant-get", Get);

        Assert.StartsWith("Slow down. Try again in 61 seconds.", answer.Text, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("assistant-get", Get, "AttemptTimeout", 3)]
    [InlineData("thread-create", "{}", "AttemptTimeout", 1)]
    [InlineData("thread-create", "{}", "TotalTimeout", 1)]
    public async Task SilentServer_IsGivenUp(string tool, string arguments, string timeout, int tries)
    {
        using var server = StubServer.Silent();
        await using var app = await TestApp.StartAsync(server.Endpoint, $"Assistants:{timeout}=00:00:00.3");

        var answer = await app.CallAsync(tool, arguments);

        Assert.True(answer.IsError);
        Assert.StartsWith($"No answer from the Assistants server {server.Authority} in time.", answer.Text, StringComparison.Ordinal);
        Assert.Equal(tries, server.Unanswered);
    }

    [Fact]
    public async Task UnreachableServer_IsNamed()
    {
        var port = LoopbackPort.Free();
        await using var app = await TestApp.StartAsync(new Uri($"http://127.0.0.1:{port}/v1"));

        var answer = await app.CallAsync("thread-create");

        Assert.True(answer.IsError);
        Assert.StartsWith($"No connection to the Assistants server 127.0.0.1:{port}: nobody answers there.", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnswerThatBreaksOff_IsCalledThat()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var app = await TestApp.StartAsync(new Uri($"http://{listener.LocalEndpoint}/v1"));

        var call = app.CallAsync("thread-create");
        using (var connection = await listener.AcceptTcpClientAsync())
        {
            var stream = connection.GetStream();
            Assert.NotEqual(0, await stream.ReadAsync(new byte[64 * 1024]));
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"id\":"u8.ToArray());
        }

        var answer = await call;
        Assert.True(answer.IsError);
        Assert.StartsWith($"The answer of the Assistants server {listener.LocalEndpoint} broke off.", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeyInAnErrorOfTheServer_IsTakenOut()
    {
        using var server = new StubServer(401, ErrorBody("Incorrect API key provided: sk-canary-0123456789."));
        await using var app = await TestApp.StartAsync(server.Endpoint);

        var answer = await app.CallAsync("assistant-get", Get, key: "sk-canary-0123456789");

        Assert.StartsWith("Incorrect API key provided: ***.", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallerWhoseCallsFail_OpensNobodyElsesCircuit()
    {
        using var server = new StubServer(500, ErrorBody("Down."));
        await using var app = await TestApp.StartAsync(server.Endpoint);
        for (var call = 0; call < 12; call++)
        {
            await app.CallAsync("thread-create", key: "sk-failing");
        }

        var failing = await app.CallAsync("thread-create", key: "sk-failing");
        var other = await app.CallAsync("thread-create", key: "sk-other");

        Assert.Contains("held back for a while", failing.Text, StringComparison.Ordinal);
        Assert.Contains("(HTTP 500): Down.", other.Text, StringComparison.Ordinal);
    }
}
