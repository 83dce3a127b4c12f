using System.Net;
using AssistantsMcp.Tests.PassThrough;

namespace AssistantsMcp.Tests.Security;

/// <summary>No answer stays in a cache, and no address, which may hold a key, is told to another site.</summary>
public sealed class AnswerHeaderTests : IAsyncLifetime
{
    private const string List = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";

    private FakeProvider _provider = null!;
    private TestApp _app = null!;

    public async Task InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync(200, "{}", ("Cache-Control", "public, max-age=600"), ("Referrer-Policy", "unsafe-url"), ("Access-Control-Allow-Origin", "*"));
        _app = await _provider.StartAppAsync();
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "/", 200)]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("GET", "/healthz", 200)]
    [InlineData("GET", "/readyz", 200)]
    [InlineData("POST", "/mcp/sandbox", 200)]
    [InlineData("POST", "/mcp/not%20a%20key", 400)]
    [InlineData("POST", "/mcp/sandbox/more", 404)]
    [InlineData("GET", "/mcp/sandbox", 405)]
    [InlineData("GET", "/.well-known/oauth-protected-resource/mcp/sandbox", 404)]
    [InlineData("GET", "/v1/assistants", 200)]
    [InlineData("GET", "/v1/assistants/asst_none", 404)]
    [InlineData("PUT", "/v1/assistants", 405)]
    [InlineData("POST", "/v1/assistants", 400)]
    [InlineData("GET", "/v1/nothing", 404)]
    [InlineData("GET", "/v1/models", 200)]
    [InlineData("GET", "/v1/models", 200, "sk-test")]
    [InlineData("GET", "/v1/responses/resp_1", 200, "sk-test")]
    [InlineData("GET", "/v1/assistants", 401, "")]
    [InlineData("GET", "/v1/assistants", 403, "sandbox", "https://evil.example")]
    [InlineData("POST", "/mcp/sandbox", 403, "sandbox", "https://evil.example")]
    [InlineData("GET", "/", 403, "sandbox", "https://evil.example")]
    [InlineData("GET", "/v1/responses/resp_1", 200, "sk-test", "http://localhost:3000")]
    public async Task Answer_IsForItsCallerAlone(string method, string path, int status, string key = "sandbox", string? origin = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_app.Http.BaseAddress!, path));
        request.Headers.TryAddWithoutValidation("Authorization", key.Length == 0 ? null : $"Bearer {key}");
        request.Headers.TryAddWithoutValidation("OpenAI-Beta", "assistants=v2");
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }

        request.Content = method == "POST" ? WireCaller.Json(path.StartsWith("/mcp", StringComparison.Ordinal) ? List : "{}") : null;

        using var response = await _app.Http.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        AssertPrivate(response);
        Assert.Equal(
            origin is "http://localhost:3000" ? [origin] : [],
            response.Headers.TryGetValues("Access-Control-Allow-Origin", out var pages) ? pages : []);
    }

    [Fact]
    public async Task Stream_IsForItsCallerAlone()
    {
        var api = new RestClient(_app.Http, "sandbox");
        var (assistant, thread) = (await api.NewAssistantAsync(), await api.NewThreadAsync("Hello"));

        await using var stream = await api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");

        Assert.Equal(HttpStatusCode.OK, stream.Response.StatusCode);
        AssertPrivate(stream.Response);
    }

    private static void AssertPrivate(HttpResponseMessage response)
    {
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.False(response.Headers.CacheControl.Public);
        Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
    }
}
