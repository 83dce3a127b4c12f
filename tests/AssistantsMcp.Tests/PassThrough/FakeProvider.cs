using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AssistantsMcp.Tests.PassThrough;

/// <summary>A model provider on a free port whose every answer is the test's own; it keeps what arrives, but no bodies.</summary>
internal sealed class FakeProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ProviderCall> _calls = new();

    private FakeProvider(WebApplication app) => _app = app;

    /// <summary>The base URL to configure as <c>Model:BaseUrl</c>.</summary>
    public Uri BaseUrl => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/base/v1");

    /// <summary>Every call so far, in order.</summary>
    public IReadOnlyList<ProviderCall> Calls => [.. _calls];

    public static async Task<FakeProvider> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var app = builder.Build();
        var provider = new FakeProvider(app);
        app.Run(async context =>
        {
            provider._calls.Enqueue(new ProviderCall(
                context.Request.Method,
                context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
                context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            try
            {
                await answer(context);
            }
            catch (OperationCanceledException)
            {
                // The caller went away while the test was waiting.
            }
        });
        await app.StartAsync();
        return provider;
    }

    /// <summary>A provider that answers everything with this.</summary>
    public static Task<FakeProvider> StartAsync(int status, string body, params (string Name, string Value)[] headers) => StartAsync(async context =>
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
    });

    /// <summary>The application in front of it. Any key is let in, and the sandbox is on.</summary>
    public Task<TestApp> StartAppAsync(params string[] settings) =>
        TestApp.StartAsync([$"Model:BaseUrl={BaseUrl}", "Access:Mode=open", "Sandbox:Enabled=true", .. settings]);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

/// <summary>One call as it arrived.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Target">Its path and query, as they were on the wire.</param>
/// <param name="Headers">Its headers.</param>
internal sealed record ProviderCall(string Method, string Target, IReadOnlyDictionary<string, string> Headers);
