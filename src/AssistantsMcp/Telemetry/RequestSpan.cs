using System.Diagnostics;
using AssistantsMcp.Engine.Telemetry;
using AssistantsMcp.Transport;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace AssistantsMcp.Telemetry;

/// <summary>
/// Says in the span of each request what was asked and how it was answered: the framework leaves that open. A path is
/// shown where it led somewhere, since a key may stand in it where an id belongs; a query never.
/// </summary>
/// <remarks>Source: OpenTelemetry, semantic conventions for HTTP spans.</remarks>
internal sealed class RequestSpan(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var span = context.Features.Get<IHttpActivityFeature>()?.Activity;
        if (span is { IsAllDataRequested: true } && IsProbe(context.Request.Path))
        {
            span.IsAllDataRequested = false;
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }

        try
        {
            await next(context);
        }
        finally
        {
            End(span, context);
        }
    }

    /// <summary>The span of a request that never leaves the process.</summary>
    public static Activity? Start() => EngineTelemetry.Source.StartActivity("/v1");

    /// <summary>Describes a request that was answered.</summary>
    public static void End(Activity? span, HttpContext context)
    {
        if (span is not { IsAllDataRequested: true })
        {
            return;
        }

        span.DisplayName = MethodOf(context.Request);
        if (context.GetEndpoint()?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route is { } route)
        {
            span.DisplayName = $"{span.DisplayName} {route}";
            span.SetTag("http.route", route);
        }

        var status = context.Response.StatusCode;
        if (status < StatusCodes.Status400BadRequest)
        {
            span.SetTag("url.path", context.Request.Path.ToUriComponent());
        }

        span.SetTag("http.request.method", MethodOf(context.Request)).SetTag("http.response.status_code", status);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            span.SetTag("error.type", $"{status}").SetStatus(ActivityStatusCode.Error);
        }
    }

    private static bool IsProbe(PathString path) => HealthPaths.Contain(path) || path == MetricsEndpoint.Path;

    private static string MethodOf(HttpRequest request) =>
        request.Method is "GET" or "POST" or "DELETE" or "OPTIONS" or "HEAD" or "PUT" or "PATCH" ? request.Method : "_OTHER";
}
