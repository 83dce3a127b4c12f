using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using AssistantsMcp.Engine.Execution;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AssistantsMcp.Engine.Runs;

/// <summary>
/// A run as server-sent events, each sent as it happens and <c>done</c> last. A reader that goes away does not stop
/// the run.
/// </summary>
internal sealed class RunStream(RunFeed feed, TimeProvider time) : IResult
{
    /// <summary>Proxies close connections on which nothing moves; a comment moves, and every reader skips it.</summary>
    private static readonly TimeSpan _keepAlive = TimeSpan.FromSeconds(15);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using (feed)
        {
            using var cutOff = feed.FallenBehind.UnsafeRegister(static context => ((HttpContext)context!).Abort(), httpContext);
            var response = httpContext.Response;
            response.ContentType = "text/event-stream; charset=utf-8";
            response.Headers.CacheControl = "no-cache";
            response.Headers["X-Accel-Buffering"] = "no";
            httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();

            var ended = false;
            while (!ended)
            {
                ended = !await WaitAsync(response.BodyWriter, httpContext.RequestAborted);
                while (feed.TryRead(out var happened))
                {
                    Write(response.BodyWriter, happened);
                }

                await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
            }

            await response.BodyWriter.WriteAsync("event: done\ndata: [DONE]\n\n"u8.ToArray(), httpContext.RequestAborted);
        }
    }

    /// <summary>Waits for the next event, with a sign of life now and then; false when there will be none.</summary>
    private async Task<bool> WaitAsync(PipeWriter body, CancellationToken aborted)
    {
        var next = feed.WaitToReadAsync(aborted).AsTask();
        while (!next.IsCompleted)
        {
            using var idle = CancellationTokenSource.CreateLinkedTokenSource(aborted);
            if (await Task.WhenAny(next, Task.Delay(_keepAlive, time, idle.Token)) != next)
            {
                await body.WriteAsync(": keep-alive\n\n"u8.ToArray(), aborted);
            }

            await idle.CancelAsync();
        }

        return await next;
    }

    private static void Write(PipeWriter body, RunEvent happened)
    {
        body.Write("event: "u8);
        body.Write(Encoding.ASCII.GetBytes(happened.Name));
        body.Write("\ndata: "u8);
        body.Write(happened.Data.Span);
        body.Write("\n\n"u8);
    }
}
