using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace AssistantsMcp.Tests.Security;

/// <summary>Web pages in a real browser, on the machine of somebody who runs a server of ours.</summary>
public sealed class BrowserTests : IAsyncLifetime
{
    private readonly Requests _requests = new();
    private TestApp _app = null!;
    private HttpClient _server = null!;

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync(
            ["Sandbox:Enabled=true", "Access:Origins:0=http://app.example:*"], builder => builder.Services.AddSingleton<IStartupFilter>(_requests));
        _server = new HttpClient { BaseAddress = _app.Http.BaseAddress };
        await _app.CallAsync("assistant-create", """{"model":"sandbox","name":"of the owner"}""", key: "sandbox");
        _requests.Clear();
    }

    public async Task DisposeAsync()
    {
        _server.Dispose();
        await _app.DisposeAsync();
    }

    [BrowserFact]
    public async Task PageOfAForeignOrigin_ReadsNothingAndMakesNothing()
    {
        var report = await VisitAsync("evil.example", named: $"http://127.0.0.1:{_server.BaseAddress!.Port}");

        Assert.All(["list", "welcome", "json", "text"], way => Assert.StartsWith("TypeError", report[way], StringComparison.Ordinal));
        Assert.Equal("opaque 0 ", report["blind"]);
        Assert.EndsWith("unreadable", report["form"], StringComparison.Ordinal);
        // Each of them reached the server, two as the browser's question whether they may; the key in the path is hidden by then.
        Assert.Equal(["GET / 403", "OPTIONS /mcp 403", "OPTIONS /v1/assistants 403", "POST /mcp 403", "POST /mcp 403", "POST /mcp 403"], _requests.Order());
        Assert.Equal(["of the owner"], await NamesAsync());
    }

    [BrowserFact]
    public async Task PageWhoseNameLeadsHereByNow_ReadsNothingAndMakesNothing()
    {
        var report = await VisitAsync("evil.example", named: "");

        Assert.All(report.Values, got => Assert.Contains("The request is addressed to 'evil.example'", got, StringComparison.Ordinal));
        Assert.Equal(6, _requests.Count);
        Assert.All(_requests, request => Assert.EndsWith(" 403", request, StringComparison.Ordinal));
        Assert.Equal(["of the owner"], await NamesAsync());
    }

    [BrowserFact]
    public async Task PageOfAnAllowedOrigin_IsServed()
    {
        var report = await VisitAsync("app.example", named: $"http://127.0.0.1:{_server.BaseAddress!.Port}");

        Assert.StartsWith("cors 200", report["list"], StringComparison.Ordinal);
        Assert.Contains("of the owner", report["list"], StringComparison.Ordinal);
        Assert.StartsWith("cors 200", report["json"], StringComparison.Ordinal);
        Assert.Contains("of a page", report["json"], StringComparison.Ordinal);
        Assert.Contains("of a page", await NamesAsync());
    }

    private async Task<Dictionary<string, string>> VisitAsync(string name, string named)
    {
        await using var page = await WebPage.StartAsync(_server, named);
        await using var browser = Browser.Open(page.AddressAs(name));
        return await page.Report;
    }

    private async Task<List<string?>> NamesAsync()
    {
        var list = await _app.CallAsync("assistant-list", key: "sandbox");
        return [.. list.Result.GetProperty("structuredContent").GetProperty("data").EnumerateArray().Select(assistant => assistant.GetProperty("name").GetString())];
    }

    /// <summary>What the server was asked for, and its answers: <c>GET / 403</c>.</summary>
    private sealed class Requests : ConcurrentQueue<string>, IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                context.Response.OnStarting(() =>
                {
                    Enqueue($"{context.Request.Method} {context.Request.Path} {context.Response.StatusCode}");
                    return Task.CompletedTask;
                });
                return following();
            });
            next(app);
        };
    }
}
