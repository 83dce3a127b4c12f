using System.Text;
using AssistantsMcp.Clients;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AssistantsMcp.Tests.Clients;

public sealed class InProcessHandlerTests
{
    private static readonly Uri Runs = new("http://localhost/v1/threads/thread_1/runs?limit=5&include[]=a%2Ab");

    [Fact]
    public async Task Request_ArrivesWhole()
    {
        using var http = Client(async context =>
        {
            var request = context.Request;
            using var body = new StreamReader(request.Body);
            await context.Response.WriteAsync(
                $"{request.Method} {request.Path} {request.Query["limit"]} {request.Query["include[]"]} {request.Headers.Authorization} {request.ContentType} {request.ContentLength} {await body.ReadToEndAsync()}");
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, Runs) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", "sk-test");

        using var response = await http.SendAsync(request);

        Assert.Equal(
            "POST /v1/threads/thread_1/runs 5 a*b Bearer sk-test application/json; charset=utf-8 2 {}",
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Response_KeepsStatusHeadersAndCallbacks()
    {
        using var http = Client(context =>
        {
            context.Response.OnStarting(() =>
            {
                context.Response.Headers["x-request-id"] = "req_1";
                return Task.CompletedTask;
            });
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "7";
            return context.Response.WriteAsync("slow down");
        });

        using var response = await http.GetAsync(Runs);

        Assert.Equal(429, (int)response.StatusCode);
        Assert.Equal("req_1", response.Headers.GetValues("x-request-id").Single());
        Assert.Equal(TimeSpan.FromSeconds(7), response.Headers.RetryAfter!.Delta);
        Assert.Equal("slow down", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task ResponseWithoutABody_Ends()
    {
        using var http = Client(context =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        });

        using var response = await http.GetAsync(Runs);

        Assert.Equal(404, (int)response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Stream_IsReadWhileItIsWritten()
    {
        var goOn = new TaskCompletionSource();
        using var http = Client(async context =>
        {
            await context.Response.WriteAsync("first\n");
            await context.Response.Body.FlushAsync();
            Assert.True(context.Response.HasStarted);
            await goOn.Task;
            await context.Response.WriteAsync("second\n");
        });

        using var response = await http.GetAsync(Runs, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        var first = await lines.ReadLineAsync();
        goOn.SetResult();
        var second = await lines.ReadLineAsync();

        Assert.Equal(("first", "second"), (first, second));
        Assert.Null(await lines.ReadLineAsync());
    }

    [Fact]
    public async Task CallerThatHangsUp_AbortsThePipeline()
    {
        var aborted = new TaskCompletionSource();
        using var http = Client(async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await aborted.Task;
        });

        var response = await http.GetAsync(Runs, HttpCompletionOption.ResponseHeadersRead);
        response.Dispose();

        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task CallerThatCancels_DoesNotWaitForThePipeline()
    {
        var entered = new TaskCompletionSource<CancellationToken>();
        var never = new TaskCompletionSource();
        using var cancelled = new CancellationTokenSource();
        using var http = Client(context =>
        {
            entered.SetResult(context.RequestAborted);
            return never.Task;
        });

        var call = http.GetAsync(Runs, cancelled.Token);
        var requestAborted = await entered.Task;
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.True(requestAborted.IsCancellationRequested);
    }

    [Fact]
    public async Task FaultBeforeTheHeaders_ReachesTheCaller()
    {
        using var http = Client(_ => throw new InvalidOperationException("broken"));

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => http.GetAsync(Runs));

        Assert.Equal("broken", fault.Message);
    }

    [Fact]
    public async Task FaultInTheBody_EndsTheStreamWithAnError()
    {
        using var http = Client(async context =>
        {
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            throw new InvalidOperationException("broken");
        });

        using var response = await http.GetAsync(Runs, HttpCompletionOption.ResponseHeadersRead);

        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task EachRequest_HasServicesOfItsOwnThatAreDisposed()
    {
        var seen = new List<Scoped>();
        var services = new ServiceCollection().AddScoped<Scoped>().BuildServiceProvider();
        using var http = Client(
            context =>
            {
                seen.Add(context.RequestServices.GetRequiredService<Scoped>());
                return Task.CompletedTask;
            },
            services);

        using var first = await http.GetAsync(Runs);
        using var second = await http.GetAsync(Runs);

        Assert.NotSame(seen[0], seen[1]);
        await Task.WhenAll(seen.Select(scoped => scoped.Disposed.Task)).WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static HttpClient Client(RequestDelegate api, IServiceProvider? services = null) => new(new InProcessHandler(
        api, (services ?? new ServiceCollection().BuildServiceProvider()).GetRequiredService<IServiceScopeFactory>()));

    private sealed class Scoped : IDisposable
    {
        public TaskCompletionSource Disposed { get; } = new();

        public void Dispose() => Disposed.SetResult();
    }
}
