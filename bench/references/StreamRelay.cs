namespace AssistantsMcp.References;

/// <summary>POST of a response: the upstream's events, handed on as they arrive.</summary>
internal static class StreamRelay
{
    /// <param name="app">Setting: <c>--upstream URL</c>.</param>
    public static void MapStreamRelay(this WebApplication app)
    {
        var http = new HttpClient { BaseAddress = new Uri(app.Configuration["upstream"]!) };
        app.MapPost("/v1/responses", async context =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/responses") { Content = new StreamContent(context.Request.Body) };
            request.Content.Headers.ContentType = new("application/json");
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            context.Response.ContentType = "text/event-stream";
            await using var events = await response.Content.ReadAsStreamAsync(context.RequestAborted);
            var buffer = new byte[16 * 1024];
            while (await events.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        });
    }
}
