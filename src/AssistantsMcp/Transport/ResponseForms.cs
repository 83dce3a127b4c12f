using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;

namespace AssistantsMcp.Transport;

/// <summary>
/// Answers with an event stream whoever asked for one, and with one plain JSON object everybody else, such as curl piped
/// into jq. The SDK insists on both media types in <c>Accept</c> and always answers with events.
/// </summary>
internal sealed class ResponseForms(RequestDelegate next)
{
    private const string Events = MediaTypeNames.Text.EventStream;
    private const string Both = $"{MediaTypeNames.Application.Json}, {Events}";

    public async Task InvokeAsync(HttpContext context)
    {
        var connection = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        await using OneWayStream body = WantsEvents(context.Request) ? new EventsBody(context.Response, connection) : new AnswerBody(context.Response, connection);
        context.Request.Headers.Accept = Both;
        context.Response.Body = body;
        try
        {
            await next(context);
        }
        finally
        {
            context.Features.Set(connection);
        }
    }

    private static bool WantsEvents(HttpRequest request) =>
        request.Headers.Accept == Both
        || request.GetTypedHeaders().Accept.Any(accepted => accepted.Quality != 0 && accepted.MediaType.Equals(Events, StringComparison.OrdinalIgnoreCase));
}
