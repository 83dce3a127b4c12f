using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace AssistantsMcp.Tests.Transport;

public sealed class KeyTests : IAsyncLifetime
{
    private const string List = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";

    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("/mcp/sk-a.B_9", null)]
    [InlineData("/mcp/sk-a.B_9/", null)]
    [InlineData("/MCP/sk-a.B_9", null)]
    [InlineData("/mcp", "sk-a.B_9")]
    [InlineData("/mcp/", "sk-a.B_9")]
    [InlineData("/mcp/sk-a.B_9", "sk-a.B_9")]
    public async Task WellFormedKey_IsServed(string path, string? bearer)
    {
        using var response = await _app.PostAsync(List, path, bearer: bearer);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("no-store", response.Headers.GetValues("Cache-Control").Single(), StringComparison.Ordinal);
        Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
    }

    [Theory]
    [InlineData("/mcp/sk%0AX-Evil:%201", null, "not an API key")]
    [InlineData("/mcp/sk%0A", null, "not an API key")]
    [InlineData("/mcp/a%20b", null, "not an API key")]
    [InlineData("/mcp/a%2Fb", null, "not an API key")]
    [InlineData("/mcp/schl%C3%BCssel", null, "not an API key")]
    [InlineData("/mcp", null, "No API key")]
    [InlineData("/mcp/", null, "No API key")]
    [InlineData("/mcp", "a b", "not an API key")]
    [InlineData("/mcp", "", "not an API key")]
    [InlineData("/mcp/sk-one", "sk-two", "differ")]
    public async Task UnusableKey_IsABadRequestThatSaysWhy(string path, string? bearer, string reason)
    {
        using var response = await _app.PostAsync(List, path, bearer: bearer);

        await AssertRefusedAsync(response, reason);
    }

    [Fact]
    public async Task SeveralAuthorizationHeaders_AreABadRequestThatSaysSo()
    {
        // HttpClient would join them into one.
        using var tcp = new TcpClient(_app.Http.BaseAddress!.Host, _app.Http.BaseAddress.Port);
        using var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer sk-one\r\nAuthorization: Bearer sk-one\r\nContent-Length: {List.Length}\r\n\r\n{List}"));

        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("There are several Authorization headers. Send one.", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeyOf257Characters_IsRefusedAnd256Served()
    {
        using var longest = await _app.PostAsync(List, $"/mcp/{new string('k', 256)}");
        using var tooLong = await _app.PostAsync(List, $"/mcp/{new string('k', 257)}");

        Assert.Equal(HttpStatusCode.OK, longest.StatusCode);
        await AssertRefusedAsync(tooLong, "not an API key");
    }

    [Fact]
    public async Task KeyOfAnEarlierRequestOnTheConnection_IsForgotten()
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 1 };
        using var http = new HttpClient(handler) { BaseAddress = _app.Http.BaseAddress };

        using var first = await http.PostAsync(new Uri("/mcp/sk-test", UriKind.Relative), JsonContent(List));
        using var second = await http.PostAsync(new Uri("/mcp", UriKind.Relative), JsonContent(List));

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        await AssertRefusedAsync(second, "No API key");
    }

    [Theory]
    [InlineData("/.well-known/oauth-protected-resource/mcp/sk-probe-probe")]
    [InlineData("/.well-known/oauth-authorization-server/mcp/sk-probe-probe")]
    [InlineData("/.well-known/openid-configuration/mcp/sk-probe-probe")]
    [InlineData("/mcp/sk-probe-probe/.well-known/openid-configuration")]
    [InlineData("/proxy/mcp%2Fsk-probe-probe")]
    [InlineData("//mcp/sk-probe-probe")]
    [InlineData("/elsewhere?resource=http%3A%2F%2Flocalhost%2Fmcp%2Fsk-probe-probe")]
    [InlineData("/sk-probe-probe")]
    [InlineData("/sk-probe-probe/mcp")]
    [InlineData("/mcp;a/sk-probe-probe")]
    [InlineData("/mcp%5Csk-probe-probe")]
    [InlineData("/mpc/sk-probe-probe?key=sk-probe-probe")]
    public async Task ProbeWithAKeyInIt_IsNotFoundAndNotLogged(string path)
    {
        using var response = await _app.Http.GetAsync(new Uri($"{_app.Http.BaseAddress!.GetLeftPart(UriPartial.Authority)}{path}"));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.NotEmpty(_app.Log.Lines);
        Assert.DoesNotContain(_app.Log.Lines, line => line.Contains("probe-probe", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/mcp?key=sk-probe-probe", HttpStatusCode.BadRequest)]
    [InlineData("/mcp/sk-probe-probe?x=sk-probe-probe", HttpStatusCode.MethodNotAllowed)]
    [InlineData("/?key=sk-probe-probe", HttpStatusCode.OK)]
    [InlineData("/healthz?key=sk-probe-probe", HttpStatusCode.OK)]
    public async Task KeyInAQueryThatNobodyReads_IsNotLogged(string path, HttpStatusCode status)
    {
        using var response = await _app.Http.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(status, response.StatusCode);
        Assert.DoesNotContain(_app.Log.Lines, line => line.Contains("probe-probe", StringComparison.Ordinal));
    }

    private static StringContent JsonContent(string json) => new(json, Encoding.UTF8, "application/json");

    private static async Task AssertRefusedAsync(HttpResponseMessage response, string reason)
    {
        var error = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(-32600, error.GetProperty("code").GetInt32());
        Assert.Contains(reason, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }
}
