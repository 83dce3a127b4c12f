using System.Diagnostics;
using AssistantsMcp.Telemetry;
using AssistantsMcp.Transport;

namespace AssistantsMcp.Logging;

/// <summary>One line for each request, without its key, query or headers.</summary>
internal sealed partial class RequestLog(RequestDelegate next, ILogger<RequestLog> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            var level = HealthPaths.Contain(context.Request.Path) || context.Request.Path == MetricsEndpoint.Path ? LogLevel.Debug : LogLevel.Information;
            if (logger.IsEnabled(level))
            {
                // Escaped, so that a line break in a path stays one line.
                var path = context.Request.Path.ToUriComponent();
                var elapsedMs = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                Log.Answered(logger, level, context.Request.Method, path, context.Response.StatusCode, elapsedMs);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Message = "{Method} {Path} was answered {Status} after {ElapsedMs:0.0} ms.")]
        public static partial void Answered(ILogger logger, LogLevel level, string method, string path, int status, double elapsedMs);
    }
}
