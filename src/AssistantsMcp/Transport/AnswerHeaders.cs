namespace AssistantsMcp.Transport;

/// <summary>
/// Says of every answer that it is for its caller alone: kept by no cache, and its address, which may hold a key, told
/// to no other site. Nor is what it holds to be taken for anything else than it is said to be.
/// </summary>
internal sealed class AnswerHeaders(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        // Last, because what is passed on brings along what the model server says of it.
        context.Response.OnStarting(
            static state =>
            {
                var headers = ((HttpResponse)state).Headers;
                headers.CacheControl = "no-store, no-cache";
                headers["Referrer-Policy"] = "no-referrer";
                headers.XContentTypeOptions = "nosniff";
                return Task.CompletedTask;
            },
            context.Response);
        return next(context);
    }
}
