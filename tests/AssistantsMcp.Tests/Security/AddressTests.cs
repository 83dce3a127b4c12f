using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace AssistantsMcp.Tests.Security;

/// <summary>Which names the server answers to, and which web pages may call it: a page must not reach it by DNS rebinding.</summary>
public sealed class AddressTests(AddressTests.Servers servers) : IClassFixture<AddressTests.Servers>
{
    private const string List = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";

    [Theory]
    [InlineData("plain", "localhost", true)]
    [InlineData("plain", "localhost:8080", true)]
    [InlineData("plain", "LocalHost:1", true)]
    [InlineData("plain", "127.0.0.1:8080", true)]
    [InlineData("plain", "127.8.8.8", true)]
    [InlineData("plain", "[::1]:8080", true)]
    [InlineData("plain", "evil.example", false)]
    [InlineData("plain", "evil.example:8080", false)]
    [InlineData("plain", "localhost.evil.example", false)]
    [InlineData("plain", "127.0.0.1.evil.example", false)]
    [InlineData("plain", "evil-localhost", false)]
    [InlineData("plain", "localhost.", false)]
    [InlineData("plain", "2130706433", false)]
    [InlineData("plain", "127.1", false)]
    [InlineData("plain", "0.0.0.0", false)]
    [InlineData("plain", "192.168.1.5", false)]
    [InlineData("plain", "[::ffff:192.168.1.5]", false)]
    [InlineData("plain", "[fd00::5]", false)]
    [InlineData("plain", "assistants.example.com", false)]
    [InlineData("configured", "localhost:8080", true)]
    [InlineData("configured", "assistants.example.com", true)]
    [InlineData("configured", "Assistants.Example.com:8443", true)]
    [InlineData("configured", "[fd00::5]:8080", true)]
    [InlineData("configured", "x.assistants.example.com", false)]
    [InlineData("configured", "assistants.example.com.evil.example", false)]
    [InlineData("mapped", "localhost:8080", true)]
    [InlineData("mapped", "evil.example", false)]
    [InlineData("container", "10.244.1.7:8080", true)]
    [InlineData("container", "assistants.example.com", true)]
    [InlineData("container", "localhost:8080", true)]
    public async Task Host_IsAnsweredWhereItIsOneOfTheServersNames(string server, string host, bool isAnswered)
    {
        foreach (var (method, path, ok) in new[] { ("POST", "/mcp/sandbox", 200), ("GET", "/v1/assistants", 200), ("GET", "/", 200), ("GET", "/nowhere", 404), ("GET", "/healthz", 200), ("GET", "/readyz", 200) })
        {
            var answer = await SendAsync(servers.Of(server), method, path, host);

            var isProbe = path is "/healthz" or "/readyz";
            Assert.Equal(isAnswered || isProbe ? ok : 403, (int)answer.Status);
            if (!isAnswered && !isProbe)
            {
                AssertSays(answer, path, "host_not_allowed", "Access:Hosts");
            }
        }
    }

    [Theory]
    [InlineData("plain", null, true)]
    [InlineData("plain", "http://localhost", true)]
    [InlineData("plain", "http://localhost:6274", true)]
    [InlineData("plain", "https://127.0.0.1:5173", true)]
    [InlineData("plain", "http://[::1]:3000", true)]
    [InlineData("plain", "HTTP://LOCALHOST:3000", true)]
    [InlineData("plain", "null", false)]
    [InlineData("plain", "", false)]
    [InlineData("plain", "*", false)]
    [InlineData("plain", "https://evil.example", false)]
    [InlineData("plain", "http://evil.example:8080", false)]
    [InlineData("plain", "http://localhost.evil.example", false)]
    [InlineData("plain", "http://localhost@evil.example", false)]
    [InlineData("plain", "http://localhost:3000/", false)]
    [InlineData("plain", "http://localhost:3000, https://evil.example", false)]
    [InlineData("plain", "http://localhost:*", false)]
    [InlineData("plain", "file://", false)]
    [InlineData("plain", "chrome-extension://abcdef", false)]
    [InlineData("plain", "localhost", false)]
    [InlineData("plain", "http://2130706433", false)]
    [InlineData("plain", "http://[::ffff:192.168.1.5]", false)]
    [InlineData("container", "https://evil.example", false)]
    [InlineData("container", "http://localhost:6274", true)]
    [InlineData("configured", "https://app.example.com", true)]
    [InlineData("configured", "https://app.example.com:443", true)]
    [InlineData("configured", "https://App.Example.com", true)]
    [InlineData("configured", "http://app.example.com", false)]
    [InlineData("configured", "https://app.example.com:8443", false)]
    [InlineData("configured", "https://xapp.example.com", false)]
    [InlineData("configured", "https://app.example.com.evil.example", false)]
    [InlineData("configured", "http://dev.example.com:5173", true)]
    [InlineData("configured", "http://dev.example.com", true)]
    [InlineData("configured", "http://dev.example.com:*", false)]
    [InlineData("configured", "https://dev.example.com", false)]
    [InlineData("configured", "vscode-webview://one", true)]
    [InlineData("configured", "vscode-webview://two", false)]
    [InlineData("configured", "http://localhost:6274", false)]
    public async Task Origin_MayCallWhereItIsAllowed(string server, string? origin, bool isAllowed)
    {
        foreach (var (method, path) in new[] { ("POST", "/mcp/sandbox"), ("GET", "/v1/assistants"), ("GET", "/") })
        {
            var answer = await SendAsync(servers.Of(server), method, path, "localhost", ("Origin", origin));

            Assert.Equal(isAllowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answer.Status);
            Assert.Equal(isAllowed ? origin : null, answer.Header("Access-Control-Allow-Origin"));
            Assert.DoesNotContain(answer.Headers, header => header.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase) && header.Contains('*', StringComparison.Ordinal));
            if (!isAllowed)
            {
                AssertSays(answer, path, "origin_not_allowed", "Access:Origins");
            }
        }
    }

    [Fact]
    public async Task NamesThatAProxyReports_AreNotBelieved()
    {
        var answer = await SendAsync(servers.Of("plain"), "GET", "/v1/assistants", "evil.example", ("X-Forwarded-Host", "localhost"), ("Forwarded", "host=localhost"));

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
    }

    [Fact]
    public async Task AnyHost_IsAnsweredWhereTheOperatorSaysSo()
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true", "Access:Hosts:0=*"]);

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(app, "GET", "/v1/assistants", "anything.example")).Status);
    }

    [Theory]
    [InlineData("/mcp")]
    [InlineData("/mcp/sk-abc.def")]
    [InlineData("/v1/threads/thread_1/runs")]
    public async Task Preflight_LetsTheHeadersOfBothClientsPass(string path)
    {
        const string Headers = "authorization,content-type,mcp-protocol-version,mcp-session-id,last-event-id,openai-beta,openai-organization,x-stainless-arch,x-stainless-lang,x-stainless-retry-count,x-stainless-timeout,idempotency-key";
        const string Page = "https://app.example.com";

        var preflight = await SendAsync(servers.Of("configured"), "OPTIONS", path, "localhost", ("Origin", Page), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", Headers));
        var foreign = await SendAsync(servers.Of("configured"), "OPTIONS", path, "localhost", ("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST"));

        Assert.Equal(HttpStatusCode.NoContent, preflight.Status);
        Assert.Equal(Page, preflight.Header("Access-Control-Allow-Origin"));
        Assert.Equal("POST", preflight.Header("Access-Control-Allow-Methods"));
        Assert.Equal(Headers.Split(','), preflight.Header("Access-Control-Allow-Headers")!.Split(',', StringSplitOptions.TrimEntries));
        Assert.Null(preflight.Header("Access-Control-Allow-Credentials"));
        Assert.Equal("Origin", preflight.Header("Vary"));
        Assert.Equal(HttpStatusCode.Forbidden, foreign.Status);
        Assert.DoesNotContain(foreign.Headers, header => header.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task AllowedPage_MayReadWhatTheClientsNeed()
    {
        var answer = await SendAsync(servers.Of("configured"), "GET", "/v1/assistants", "localhost", ("Origin", "https://app.example.com"));

        var readable = answer.Header("Access-Control-Expose-Headers")!.Split(',');
        Assert.Contains("x-request-id", readable);
        Assert.Contains("Retry-After", readable);
        Assert.Contains("Mcp-Session-Id", readable);
        Assert.Contains("Idempotent-Replayed", readable);
        Assert.Contains("x-ratelimit-remaining-requests", readable);
    }

    private static async Task<Answer> SendAsync(TestApp app, string method, string path, string host, params (string Name, string? Value)[] headers)
    {
        var given = string.Concat(headers.Where(header => header.Value is not null).Select(header => $"{header.Name}: {header.Value}\r\n"));
        var body = method == "POST" ? List : "";
        var text = await RawHttp.SendAsync(
            app,
            $"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{given}Authorization: Bearer {(path.StartsWith("/mcp/", StringComparison.Ordinal) ? path[5..] : "sandbox")}\r\nOpenAI-Beta: assistants=v2\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
        var parts = text.Split("\r\n\r\n", 2);
        var lines = parts[0].Split("\r\n");
        return new Answer((HttpStatusCode)int.Parse(lines[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), lines[1..], parts[1].Trim("0123456789abcdef\r\n".ToCharArray()));
    }

    /// <summary>The refusal has the shape of its door, and names the setting.</summary>
    private static void AssertSays(Answer answer, string path, string code, string setting)
    {
        Assert.Contains(setting, answer.Body, StringComparison.Ordinal);
        if (path.StartsWith("/v1", StringComparison.Ordinal))
        {
            var error = JsonElement.Parse(answer.Body).GetProperty("error");
            Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(property => property.Name));
            Assert.Equal(code, error.GetProperty("code").GetString());
        }
        else if (path.StartsWith("/mcp", StringComparison.Ordinal))
        {
            Assert.Equal(-32600, JsonElement.Parse(answer.Body).GetProperty("error").GetProperty("code").GetInt32());
        }
    }

    private sealed record Answer(HttpStatusCode Status, string[] Headers, string Body)
    {
        public string? Header(string name) =>
            Headers.FirstOrDefault(header => header.StartsWith($"{name}: ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..];
    }

    /// <summary>The same server in several places.</summary>
    public sealed class Servers : IAsyncLifetime
    {
        private readonly Dictionary<string, TestApp> _apps = [];

        public async Task InitializeAsync()
        {
            _apps["plain"] = await TestApp.StartAsync(["Sandbox:Enabled=true"]);
            _apps["configured"] = await TestApp.StartAsync(
                ["Sandbox:Enabled=true", "Access:Hosts:0=assistants.example.com", "Access:Hosts:1=[fd00::5]", "Access:Origins:0=https://app.example.com", "Access:Origins:1=http://dev.example.com:*", "Access:Origins:2=vscode-webview://one"]);
            // What listens on all addresses at once sees those of IPv4 in the form of IPv6.
            _apps["mapped"] = await TestApp.StartAsync(
                ["Sandbox:Enabled=true"], builder => builder.Services.AddSingleton<IStartupFilter>(new OnAddress("::ffff:127.0.0.2")));
            // In a container requests arrive on the address of its network.
            _apps["container"] = await TestApp.StartAsync(
                ["Sandbox:Enabled=true"], builder => builder.Services.AddSingleton<IStartupFilter>(new OnAddress("10.244.1.7")));
        }

        internal TestApp Of(string server) => _apps[server];

        public async Task DisposeAsync()
        {
            foreach (var app in _apps.Values)
            {
                await app.DisposeAsync();
            }
        }
    }

    /// <summary>Lets requests arrive on another address than the loopback one that tests have.</summary>
    private sealed class OnAddress(string address) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                context.Connection.LocalIpAddress = IPAddress.Parse(address);
                return following();
            });
            next(app);
        };
    }
}
