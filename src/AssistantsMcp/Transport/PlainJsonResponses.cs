using System.Net.Mime;

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

        var connection = context.Response.Body;
        context.Response.Body = new AnswerBody(context.Response, connection);
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = connection;
        }
    }

    private static bool WantsEvents(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(accepted => accepted.Quality != 0 && accepted.MediaType.Equals(Events, StringComparison.OrdinalIgnoreCase));
}
