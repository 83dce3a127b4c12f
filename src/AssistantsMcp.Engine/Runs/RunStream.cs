using System.IO.Pipelines;
using AssistantsMcp.Engine.Execution;
using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Engine.Runs;

/// <summary>
/// A run as server-sent events, each sent as it happens and <c>done</c> last. A reader that goes away does not stop
/// the run.
/// </summary>
internal sealed class RunStream(RunFeed feed, TimeProvider time) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using (feed)
        {
            using var cutOff = feed.FallenBehind.UnsafeRegister(static context => ((HttpContext)context!).Abort(), httpContext);
            var body = EventStream.Begin(httpContext);
            var ended = false;
            while (!ended)
            {
                ended = !await WaitAsync(body, httpContext.RequestAborted);
                while (feed.TryRead(out var happened))
                {
                    EventStream.Write(body, happened);
                }

                await body.FlushAsync(httpContext.RequestAborted);
            }

            await EventStream.WriteDoneAsync(body, httpContext.RequestAborted);
        }
    }

    /// <summary>Waits for the next event, with a sign of life now and then; false when there will be none.</summary>
    private async ValueTask<bool> WaitAsync(PipeWriter body, CancellationToken aborted)
    {
        var ready = feed.WaitToReadAsync(aborted);
        if (ready.IsCompleted)
        {
            return await ready;
        }

        var next = ready.AsTask();
        while (true)
        {
            await ((Task)next).WaitAsync(EventStream.KeepAlive, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (next.IsCompleted)
            {
                return await next;
            }

            await EventStream.WriteKeepAliveAsync(body, aborted);
        }
    }
}
