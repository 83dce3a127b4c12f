using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AssistantsMcp.Connecting;
using AssistantsMcp.Tests.Security;

namespace AssistantsMcp.Tests.Connecting;

public sealed partial class StartPageTests
{
    [Fact]
    public async Task Page_StandsAloneAndHoldsNoKey()
    {
        await using var app = await TestApp.StartAsync();

        using var response = await app.Http.GetAsync(new Uri("/", UriKind.Relative));

        var page = await response.Content.ReadAsStringAsync();
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.StartsWith("default-src 'none'; script-src 'sha256-", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("assistants.example", null, "http://assistants.example/mcp")]
    [InlineData("assistants.example:8443", "https", "https://assistants.example:8443/mcp")]
    [InlineData("assistants.example", "javascript", "http://assistants.example/mcp")]
    [InlineData("[::1]:8080", null, "http://[::1]:8080/mcp")]
    public async Task Address_IsThatUnderWhichThePageWasReached(string host, string? forwarded, string address)
    {
        var page = await ReadAsync(host, forwarded);

        Assert.Equal(address, Snippets(page).First());
        Assert.Contains($"curl -X POST \"{address}\"", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.Contains($"baseURL: \"{address[..^4]}/v1\"", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a&b")]
    [InlineData("'onload='x")]
    [InlineData("$(id)")]
    [InlineData("a;b")]
    public async Task HostThatIsNoName_IsNotTakenUp(string host)
    {
        var page = await ReadAsync(host);

        Assert.DoesNotContain(host, page, StringComparison.OrdinalIgnoreCase);
        Assert.All(Snippets(page), snippet => Assert.DoesNotContain(host, snippet, StringComparison.OrdinalIgnoreCase));
    }

    [BrowserFact]
    public async Task Browser_ShowsAndCopiesEverySnippet()
    {
        await using var app = await TestApp.StartAsync();
        await using var tab = await BrowserTab.OpenAsync();
        await tab.SendAsync("Browser.grantPermissions", new() { ["permissions"] = new JsonArray("clipboardReadWrite", "clipboardSanitizedWrite") });

        await tab.VisitAsync(app.Http.BaseAddress!);

        var server = ServerAddress.TryParse($"{app.Http.BaseAddress}", out _)!;
        foreach (var client in ClientTemplates.All)
        {
            var copied = await tab.EvaluateAsync($$"""
                (async () => {
                    const [details, button] = ['', ' button'].map(part => document.querySelector('#{{client.Id}}' + part));
                    details.open = true;
                    button.click();
                    while (button.textContent === 'Copy') await new Promise(requestAnimationFrame);
                    return button.textContent + ' ' + await navigator.clipboard.readText();
                })()
                """);
            Assert.Equal($"Copied {client.Remote(server)}", (string?)copied);
        }

        Assert.Equal(ClientTemplates.All.Count + 3, (int?)await tab.EvaluateAsync("document.querySelectorAll('.snippet > button').length"));
        Assert.Equal(1, (int?)await tab.EvaluateAsync("document.querySelectorAll('details[open]').length"));
        Assert.Empty(tab.Complaints);
        Assert.All(tab.Requests, request => Assert.True(request.Scheme == "data" || request == app.Http.BaseAddress, $"{request}"));
    }

    [BrowserFact]
    public async Task BrowserWithoutScripts_ShowsTheSnippets()
    {
        await using var app = await TestApp.StartAsync();
        await using var tab = await BrowserTab.OpenAsync();
        await tab.SendAsync("Emulation.setScriptExecutionDisabled", new() { ["value"] = true });

        await tab.VisitAsync(app.Http.BaseAddress!);

        Assert.Equal(0, (int?)await tab.EvaluateAsync("document.querySelectorAll('button').length"));
        await tab.EvaluateAsync("document.querySelector('#zed summary').click()");
        Assert.Contains("context_servers", (string?)await tab.EvaluateAsync("document.querySelector('main').innerText"), StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task Page_IsReadableInLightAndDarkAndOnAPhone()
    {
        await using var app = await TestApp.StartAsync();
        await using var tab = await BrowserTab.OpenAsync();
        await tab.SendAsync("Emulation.setDeviceMetricsOverride", new() { ["width"] = 320, ["height"] = 640, ["deviceScaleFactor"] = 2, ["mobile"] = true });

        foreach (var scheme in new[] { "light", "dark" })
        {
            await tab.SendAsync("Emulation.setEmulatedMedia", new()
            {
                ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }),
            });
            await tab.VisitAsync(app.Http.BaseAddress!);

            Assert.Equal(scheme == "dark", (bool?)await tab.EvaluateAsync("parseInt(getComputedStyle(document.body).backgroundColor.slice(4)) < 128"));
            Assert.Equal(320, (int?)await tab.EvaluateAsync("document.querySelectorAll('details').forEach(client => client.open = true), document.documentElement.scrollWidth"));
            // WCAG 2, 1.4.3: text has at least 4.5 times the luminance of its ground, or the other way round.
            var contrast = (double?)await tab.EvaluateAsync("""
                (() => {
                    const luminance = color => color.map(part => part / 255).map(part => part <= .03928 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
                        .reduce((sum, part, index) => sum + part * [.2126, .7152, .0722][index], 0);
                    const parts = text => text.match(/[\d.]+/g).map(Number);
                    const ground = element => {
                        const color = parts(getComputedStyle(element).backgroundColor);
                        return color[3] === 0 ? ground(element.parentElement) : color.slice(0, 3);
                    };
                    const ratios = [...document.querySelectorAll('main, main *:not(script)')].map(element => {
                        const [a, b] = [luminance(parts(getComputedStyle(element).color).slice(0, 3)), luminance(ground(element))];
                        return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
                    });
                    return Math.min(...ratios);
                })()
                """);
            Assert.True(contrast >= 4.5, $"{scheme}: {contrast}");
        }
    }

    private static async Task<string> ReadAsync(string host, string? forwarded = null)
    {
        await using var app = await TestApp.StartAsync(["Access:Hosts:0=*"]);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("Host", host);
        request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", forwarded);
        using var response = await app.Http.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    private static IEnumerable<string> Snippets(string page) => Snippet().Matches(page).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value));

    [GeneratedRegex("<pre>(.*?)</pre>", RegexOptions.Singleline)]
    private static partial Regex Snippet();
}
