using System.Net.Mime;
using System.Net.ServerSentEvents;

namespace AssistantsMcp.Transport;

/// <summary>
/// Answers with one plain JSON object whoever did not ask for an event stream, such as curl piped into jq. The SDK
/// insists on both media types in <c>Accept</c> and always answers with events.
/// </summary>
internal sealed class PlainJsonResponses(RequestDelegate next)
{
    private const string Events = MediaTypeNames.Text.EventStream;

    public async Task InvokeAsync(HttpContext context)
    {
        var wantsEvents = WantsEvents(context.Request);
        context.Request.Headers.Accept = $"{MediaTypeNames.Application.Json}, {Events}";
        if (wantsEvents)
        {
            await next(context);
            return;
        }

        var response = context.Response;
        var connection = response.Body;
        using var held = new MemoryStream();
        response.Body = held;
        try
        {
            await next(context);
        }
        finally
        {
            response.Body = connection;
        }

        held.Position = 0;
        if (response.ContentType?.StartsWith(Events, StringComparison.OrdinalIgnoreCase) is true)
        {
            await WriteAsync(context, LastEvent(held));
        }
        else
        {
            await held.CopyToAsync(connection, context.RequestAborted);
        }
    }

    private static bool WantsEvents(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(accepted => accepted.Quality != 0 && accepted.MediaType.Equals(Events, StringComparison.OrdinalIgnoreCase));

    /// <summary>A call ends with its response; what came before were notifications, which plain JSON has no room for.</summary>
    private static byte[] LastEvent(Stream events) =>
        SseParser.Create(events, (_, data) => data.ToArray()).Enumerate().LastOrDefault().Data ?? [];

    private static async Task WriteAsync(HttpContext context, byte[] json)
    {
        context.Response.ContentType = MediaTypeNames.Application.Json;
        context.Response.ContentLength = json.Length;
        context.Response.Headers.ContentEncoding = default;
        context.Response.Headers.Remove("X-Accel-Buffering");
        await context.Response.Body.WriteAsync(json, context.RequestAborted);
    }
}
