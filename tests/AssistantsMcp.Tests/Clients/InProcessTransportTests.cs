using System.ClientModel;
using System.ClientModel.Primitives;
using AssistantsMcp.Clients;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AssistantsMcp.Tests.Clients;

public sealed class InProcessTransportTests
{
    private static readonly Uri _runs = new("http://localhost/v1/threads/thread_1/runs?limit=5&include[]=a%2Ab");

    [Fact]
    public async Task Request_ArrivesWhole()
    {
        var pipeline = Pipeline(async context =>
        {
            var request = context.Request;
            using var body = new StreamReader(request.Body);
            await context.Response.WriteAsync(
                $"{request.Method} {request.Host} {request.Path} {request.Query["limit"]} {request.Query["include[]"]} {request.Headers.Authorization} {request.ContentType} {request.ContentLength} {await body.ReadToEndAsync()}");
        });
        using var message = pipeline.CreateMessage(_runs, "POST");
        message.Request.Headers.Set("Content-Type", "application/json");
        message.Request.Content = BinaryContent.Create(BinaryData.FromString("{}"));

        await pipeline.SendAsync(message);

        Assert.Equal(
            "POST localhost /v1/threads/thread_1/runs 5 a*b Bearer sk-test application/json 2 {}",
            message.Response!.Content.ToString());
    }

    [Fact]
    public async Task Headers_CanBeReadChangedAndTakenOut()
    {
        var pipeline = Pipeline(context => context.Response.WriteAsync($"{context.Request.Headers["x-kept"]}|{context.Request.Headers["x-gone"]}"));
        using var message = pipeline.CreateMessage(_runs, "GET");
        message.Request.Headers.Set("x-kept", "a");
        message.Request.Headers.Add("x-kept", "b");
        message.Request.Headers.Set("x-gone", "c");

        Assert.True(message.Request.Headers.Remove("x-gone"));
        Assert.False(message.Request.Headers.TryGetValue("x-gone", out _));
        Assert.True(message.Request.Headers.TryGetValues("x-kept", out var values));
        Assert.Equal(["a", "b"], values);
        await pipeline.SendAsync(message);

        Assert.Equal("a,b|", message.Response!.Content.ToString());
    }

    [Fact]
    public async Task Response_KeepsStatusHeadersAndCallbacks()
    {
        var response = await GetAsync(context =>
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

        Assert.True(response.IsError);
        Assert.Equal(429, response.Status);
        Assert.True(response.Headers.TryGetValue("X-Request-Id", out var id));
        Assert.Equal("req_1", id);
        Assert.Contains(new("Retry-After", "7"), response.Headers);
        Assert.Equal("slow down", response.Content.ToString());
    }

    [Fact]
    public async Task ResponseWithoutABody_Ends()
    {
        var response = await GetAsync(context =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        });

        Assert.Equal(404, response.Status);
        Assert.Empty(response.Content.ToArray());
    }

    [Fact]
    public async Task Stream_IsReadWhileItIsWritten()
    {
        var goOn = new TaskCompletionSource();

        using var response = await OpenAsync(async context =>
        {
            await context.Response.WriteAsync("first\n");
            await context.Response.Body.FlushAsync();
            Assert.True(context.Response.HasStarted);
            await goOn.Task;
            await context.Response.WriteAsync("second\n");
        });
        using var lines = new StreamReader(response.ContentStream!);
        var first = await lines.ReadLineAsync();
        goOn.SetResult();
        var second = await lines.ReadLineAsync();

        Assert.Equal(("first", "second"), (first, second));
        Assert.Null(await lines.ReadLineAsync());
    }

    [Fact]
    public async Task StreamThatIsWantedWholeAfterAll_IsReadToItsEnd()
    {
        using var response = await OpenAsync(context => context.Response.WriteAsync("""{"id":"run_1"}"""));

        await response.BufferContentAsync();

        Assert.Equal("""{"id":"run_1"}""", response.Content.ToString());
    }

    [Fact]
    public async Task CallerThatHangsUp_AbortsThePipeline()
    {
        var aborted = new TaskCompletionSource();

        var response = await OpenAsync(async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await aborted.Task;
        });
        response.Dispose();

        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CallerThatCancels_DoesNotWaitForThePipeline(bool isBuffered)
    {
        var entered = new TaskCompletionSource<CancellationToken>();
        var never = new TaskCompletionSource();
        using var cancelled = new CancellationTokenSource();

        var call = SendAsync(
            context =>
            {
                entered.SetResult(context.RequestAborted);
                return never.Task;
            },
            new RequestOptions { BufferResponse = isBuffered, CancellationToken = cancelled.Token });
        var requestAborted = await entered.Task;
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.True(requestAborted.IsCancellationRequested);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FaultBeforeTheHeaders_ReachesTheCaller(bool isBuffered)
    {
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => SendAsync(
            _ => throw new InvalidOperationException("broken"), new RequestOptions { BufferResponse = isBuffered }));

        Assert.Equal("broken", fault.Message);
    }

    [Fact]
    public async Task FaultInTheBody_EndsTheStreamWithAnError()
    {
        using var response = await OpenAsync(async context =>
        {
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            throw new InvalidOperationException("broken");
        });

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await response.BufferContentAsync());
    }

    [Fact]
    public async Task EachRequest_HasServicesOfItsOwnThatAreDisposed()
    {
        var seen = new List<Scoped>();
        var services = new ServiceCollection().AddScoped<Scoped>().BuildServiceProvider();
        var pipeline = Pipeline(
            context =>
            {
                seen.Add(context.RequestServices.GetRequiredService<Scoped>());
                return Task.CompletedTask;
            },
            services);

        using var first = pipeline.CreateMessage(_runs, "GET");
        using var second = pipeline.CreateMessage(_runs, "GET");
        await pipeline.SendAsync(first);
        await pipeline.SendAsync(second);

        Assert.NotSame(seen[0], seen[1]);
        await Task.WhenAll(seen.Select(scoped => scoped.Disposed.Task)).WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static ClientPipeline Pipeline(RequestDelegate api, IServiceProvider? services = null) => ClientPipeline.Create(new ClientPipelineOptions
    {
        Transport = new InProcessTransport(api, (services ?? new ServiceCollection().BuildServiceProvider()).GetRequiredService<IServiceScopeFactory>(), "sk-test"),
        RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
    });

    private static Task<PipelineResponse> GetAsync(RequestDelegate api) => SendAsync(api, new RequestOptions());

    private static Task<PipelineResponse> OpenAsync(RequestDelegate api) => SendAsync(api, new RequestOptions { BufferResponse = false });

    private static async Task<PipelineResponse> SendAsync(RequestDelegate api, RequestOptions options)
    {
        var pipeline = Pipeline(api);
        using var message = pipeline.CreateMessage(_runs, "GET");
        message.Apply(options);
        await pipeline.SendAsync(message);
        return message.ExtractResponse()!;
    }

    private sealed class Scoped : IDisposable
    {
        public TaskCompletionSource Disposed { get; } = new();

        public void Dispose() => Disposed.SetResult();
    }
}
