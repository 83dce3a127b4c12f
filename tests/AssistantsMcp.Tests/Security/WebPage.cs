using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AssistantsMcp.Tests.Security;

/// <summary>
/// A web server of somebody else, whose page tries every way that a browser offers to use a server of ours, and reports
/// what became of each. What else is asked of the page's own name reaches our server as the browser sent it, as it does
/// when the name leads there by then (DNS rebinding).
/// </summary>
internal sealed class WebPage : IAsyncDisposable
{
    private const string Page = """
        <!doctype html>
        <link rel="icon" href="data:,">
        <iframe name="frame"></iframe>
        <form method="post" enctype="text/plain" target="frame"><input type="hidden"></form>
        <script>
            const server = '@';
            const call = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"assistant-create","arguments":{"model":"sandbox","name":"of a page"}}}';
            const [frame, form] = [document.querySelector('iframe'), document.querySelector('form')];
            const ways = {
                list: () => fetch(`${server}/v1/assistants`, { headers: { authorization: 'Bearer sandbox', 'openai-beta': 'assistants=v2' } }),
                welcome: () => fetch(`${server}/`),
                json: () => fetch(`${server}/mcp/sandbox`, { method: 'POST', body: call, headers: { 'content-type': 'application/json' } }),
                text: () => fetch(`${server}/mcp/sandbox`, { method: 'POST', body: call }),
                blind: () => fetch(`${server}/mcp/sandbox`, { method: 'POST', body: call, mode: 'no-cors' }),
                form: () => new Promise(resolve => {
                    frame.onload = () => resolve(new Response(frame.contentDocument?.body.textContent ?? 'unreadable'));
                    form.action = `${server}/mcp/sandbox`;
                    [form[0].name, form[0].value] = [call.slice(0, -1) + ',"_":"', '"}'];
                    form.submit();
                }),
            };
            const report = {};
            const tryAll = async () => {
                for (const [way, send] of Object.entries(ways)) {
                    report[way] = await send().then(async answer => `${answer.type} ${answer.status} ${await answer.text()}`, error => `${error}`);
                }
                await fetch('/report', { method: 'POST', body: JSON.stringify(report) });
            };
            tryAll();
        </script>
        """;

    private readonly WebApplication _site;
    private readonly TaskCompletionSource<Dictionary<string, string>> _report = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WebPage(WebApplication site) => _site = site;

    /// <summary>What the page got, by the way it tried.</summary>
    public Task<Dictionary<string, string>> Report => _report.Task.WaitAsync(TimeSpan.FromSeconds(60));

    /// <param name="server">Our server.</param>
    /// <param name="named">How the page names it; empty for the page's own name.</param>
    public static async Task<WebPage> StartAsync(HttpClient server, string named)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var site = builder.Build();
        var page = new WebPage(site);
        site.MapGet("/page", () => Results.Content(Page.Replace("@", named, StringComparison.Ordinal), MediaTypeNames.Text.Html));
        site.MapPost("/report", async (HttpRequest request) =>
            page._report.SetResult((await JsonSerializer.DeserializeAsync<Dictionary<string, string>>(request.Body))!));
        site.MapFallback(context => PassOnAsync(context, server));
        await site.StartAsync();
        return page;
    }

    /// <summary>The page's address, under a name of its own.</summary>
    public Uri AddressAs(string name) => new($"http://{name}:{new Uri(_site.Urls.First()).Port}/page");

    public async ValueTask DisposeAsync()
    {
        await _site.StopAsync();
        await _site.DisposeAsync();
    }

    private static async Task PassOnAsync(HttpContext context, HttpClient server)
    {
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), $"{context.Request.Path}{context.Request.QueryString}")
        {
            Content = new StreamContent(context.Request.Body),
        };
        foreach (var (name, values) in context.Request.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, [.. values]))
            {
                request.Content.Headers.TryAddWithoutValidation(name, [.. values]);
            }
        }

        using var answer = await server.SendAsync(request);
        context.Response.StatusCode = (int)answer.StatusCode;
        await context.Response.WriteAsync(await answer.Content.ReadAsStringAsync());
    }
}
