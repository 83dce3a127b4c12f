using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Engine;

/// <summary>
/// The Assistants API v2 under <c>/v1</c>, as one request delegate. The host sends it the requests that arrive from
/// the network; the MCP door sends it requests of its own, without a network in between.
/// </summary>
public sealed class AssistantsApi
{
    private readonly int _notFound = StatusCodes.Status404NotFound;

    /// <summary>Answers one request whose path begins with <c>/v1</c>.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        context.Response.StatusCode = _notFound;
        return Task.CompletedTask;
    }
}
