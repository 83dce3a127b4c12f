using System.Globalization;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AssistantsMcp.Engine.Api;

/// <summary>
/// Gives every answer of <c>/v1</c> the headers that the service sent, and turns exceptions, unknown routes and
/// wrong methods into the API's error body. It is the only place that does.
/// </summary>
internal sealed partial class ApiErrorHandler(RequestMetrics metrics, TimeProvider time, ILogger<ApiErrorHandler> logger)
{
    private const string RequestIdHeader = "x-request-id";
    private const string Organization = "assistants-mcp";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var started = time.GetTimestamp();
        var requestId = ObjectId.NewRequest();
        context.Response.Headers[RequestIdHeader] = requestId;
        context.Response.Headers["openai-version"] = "2020-10-01";
        context.Response.OnStarting(() =>
        {
            context.Response.Headers["openai-processing-ms"] =
                ((long)time.GetElapsedTime(started).TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
            if (IsOwnRoute(context) && context.Features.Get<Caller>() is { } caller)
            {
                context.Response.Headers["openai-organization"] = Organization;
                context.Response.Headers["openai-project"] = ObjectId.ProjectOf(caller.Tenant);
            }

            return Task.CompletedTask;
        });

        try
        {
            await next(context);
        }
        catch (ApiException exception) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, exception);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there any more to be answered.
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, ApiException.UnreadableBody(exception.Message));
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            Log.Crashed(logger, exception, requestId);
            await WriteAsync(context, ApiException.ServerError(requestId));
        }
    }

    /// <summary>Other routes are the model server's, and so are the organization and project that their answers name.</summary>
    private static bool IsOwnRoute(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<NeedsBetaHeader>() is not null;

    private async Task WriteAsync(HttpContext context, ApiException exception)
    {
        metrics.Refused(exception);
        var response = context.Response;
        response.StatusCode = exception.Status;
        response.ContentType = "application/json";
        if (exception.RetryAfter is { } delay)
        {
            response.Headers.RetryAfter = ((long)Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (exception.ShouldRetry is { } shouldRetry)
        {
            response.Headers["x-should-retry"] = shouldRetry ? "true" : "false";
        }

        await response.BodyWriter.WriteAsync(
            EngineJson.WriteError(exception.Message, exception.Type, exception.Param, exception.Code), context.RequestAborted);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Request {RequestId} failed through a fault of this server.")]
        public static partial void Crashed(ILogger logger, Exception exception, string requestId);
    }
}
