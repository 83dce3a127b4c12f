using System.Net.Http.Headers;
using AssistantsMcp.Engine;

namespace AssistantsMcp.Transport;

/// <summary>
/// Settles the caller's key, from the path or from the <c>Authorization</c> header, before anything else happens.
/// A bad key is 400 and never 401: on 401 MCP clients begin an OAuth dance and hide the reason.
/// </summary>
internal sealed class ApiKeyRequired(RequestDelegate next)
{
    private const string Missing =
        "No API key. Send it in the header 'Authorization: Bearer <key>', or as the last part of the address: /mcp/<key>.";

    private const string Malformed = $"This is not an API key. A key has {KeyForm.Rule}.";

    private const string Several = "There are several Authorization headers. Send one.";

    private const string Different = "The key in the address and the key in the Authorization header differ. Send one of them.";

    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Features.Get<PathKeyFeature>()?.Text;
        var header = BearerOf(context.Request);
        var key = path ?? header;
        var problem = context.Request.Headers.Authorization.Count > 1 ? Several
            : key is null ? Missing
            : !KeyForm.Fits(key) ? Malformed
            : header is not null && header != key ? Different
            : null;
        if (problem is not null)
        {
            return JsonRpcError.WriteAsync(context, StatusCodes.Status400BadRequest, JsonRpcError.InvalidRequest, problem);
        }

        context.Features.Set(new ApiKeyFeature(key!));
        return next(context);
    }

    private static string? BearerOf(HttpRequest request) =>
        AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header)
        && header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
            ? header.Parameter ?? ""
            : null;
}
