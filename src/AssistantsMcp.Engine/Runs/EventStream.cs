using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using AssistantsMcp.Engine.Execution;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AssistantsMcp.Engine.Runs;

/// <summary>Server-sent events as bytes of an answer.</summary>
internal static class EventStream
{
    /// <summary>Proxies close connections on which nothing moves; a comment moves, and every reader skips it.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    /// <summary>Makes an answer a stream.</summary>
    public static PipeWriter Begin(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return response.BodyWriter;
    }

    /// <summary>Writes an event, which is sent with the next flush.</summary>
    public static void Write(PipeWriter body, RunEvent happened)
    {
        body.Write("event: "u8);
        Encoding.ASCII.GetBytes(happened.Name, body);
        body.Write("\ndata: "u8);
        body.Write(happened.Data.Span);
        body.Write("\n\n"u8);
    }

    public static ValueTask<FlushResult> WriteKeepAliveAsync(PipeWriter body, CancellationToken aborted) =>
        body.WriteAsync(": keep-alive\n\n"u8.ToArray(), aborted);

    public static ValueTask<FlushResult> WriteDoneAsync(PipeWriter body, CancellationToken aborted) =>
        body.WriteAsync("event: done\ndata: [DONE]\n\n"u8.ToArray(), aborted);
}
