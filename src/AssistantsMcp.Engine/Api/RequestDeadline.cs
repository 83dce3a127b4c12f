using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Api;

/// <summary>Gives up requests whose answer has not begun within <c>Limits:RequestTimeout</c>.</summary>
internal sealed class RequestDeadline(IOptions<EngineOptions> options, TimeProvider time)
{
    private readonly TimeSpan _limit = options.Value.Limits.RequestTimeout;

    /// <exception cref="ApiException">The time is over. What was stored by then stays stored.</exception>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var hungUp = context.RequestAborted;
        using var timer = new CancellationTokenSource(_limit, time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(hungUp, timer.Token);
        context.Features.Set(new Timer(timer));
        context.Response.OnStarting(() =>
        {
            Lift(context);
            return Task.CompletedTask;
        });
        context.RequestAborted = ends.Token;
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !hungUp.IsCancellationRequested && !context.Response.HasStarted)
        {
            throw ApiException.RequestTimedOut(
                _limit, mayRepeat: HttpMethods.IsGet(context.Request.Method) || context.Request.Headers.ContainsKey(Idempotency.Header));
        }
        finally
        {
            context.Features.Set<Timer>(null);
            context.RequestAborted = hungUp;
        }
    }

    /// <summary>Lets a request take as long as it takes: its answer has begun, or somebody else watches over it.</summary>
    public static void Lift(HttpContext context) => context.Features.Get<Timer>()?.Stop();

    private sealed class Timer(CancellationTokenSource source)
    {
        public void Stop() => source.CancelAfter(Timeout.InfiniteTimeSpan);
    }
}
