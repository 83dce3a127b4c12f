using System.Net;
using System.Net.Mime;
using AssistantsMcp.Engine;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Transport;

/// <summary>
/// Keeps web pages that their user never meant to let in away from both doors: by the page's <c>Origin</c>, and by the
/// <c>Host</c>, which is the page's own name when its name server points to this machine (DNS rebinding).
/// </summary>
/// <remarks>Source: MCP, Transports, Security Warning. The SDK checks neither.</remarks>
internal sealed class AddressCheck(RequestDelegate next, AllowedAddresses allowed, AssistantsApi api)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (HealthPaths.Contain(context.Request.Path))
        {
            return next(context);
        }

        if (allowed.RefusalOfHost(context) is { } host)
        {
            return RefuseAsync(context, host, "host_not_allowed");
        }

        return allowed.RefusalOfOrigin(context.Request) is { } origin ? RefuseAsync(context, origin, "origin_not_allowed") : next(context);
    }

    private Task RefuseAsync(HttpContext context, string message, string code)
    {
        var path = context.Request.Path;
        if (path.StartsWithSegments("/v1"))
        {
            return api.ForbidAsync(context, message, code);
        }

        if (path.StartsWithSegments(McpPaths.Root))
        {
            return JsonRpcError.WriteAsync(context, StatusCodes.Status403Forbidden, JsonRpcError.InvalidRequest, message);
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.ContentType = MediaTypeNames.Text.Plain;
        return context.Response.WriteAsync(message, context.RequestAborted);
    }
}

/// <summary>Under which names the server may be addressed, and which web pages may call it.</summary>
internal sealed class AllowedAddresses(IOptions<EngineOptions> options)
{
    private readonly HashSet<string> _hosts = new(options.Value.Access.Hosts, StringComparer.OrdinalIgnoreCase);
    private readonly WebOrigin[] _origins = [.. options.Value.Access.Origins.Select(origin => WebOrigin.TryParse(origin)!)];

    /// <returns>Why the name is not one of this server's; null when it is.</returns>
    public string? RefusalOfHost(HttpContext context)
    {
        var host = context.Request.Host.Host;
        if (_hosts.Contains(HostForm.Any) || _hosts.Contains(host))
        {
            return null;
        }

        // Without a local address it came through a socket in the file system, where no browser gets.
        var isLoopback = context.Connection.LocalIpAddress is { } local && IPAddress.IsLoopback(local.IsIPv4MappedToIPv6 ? local.MapToIPv4() : local);
        if (isLoopback ? HostForm.IsLoopback(host) : _hosts.Count == 0)
        {
            return null;
        }

        var reason = isLoopback ? "and came over this machine's own loopback address, where only loopback names are answered" : "which is none of this server's names";
        return $"The request is addressed to '{host}', {reason}. If it is meant to be one, such as that of a reverse proxy on this machine, add it to Access:Hosts.";
    }

    /// <returns>Why the page that sent the request may not; null when it may, or when no page sent it.</returns>
    public string? RefusalOfOrigin(HttpRequest request)
    {
        if (request.Headers.Origin.Count == 0 || Contain(request.Headers.Origin.ToString()))
        {
            return null;
        }

        var page = WebOrigin.TryParse(request.Headers.Origin.ToString()) is { } origin ? $"from '{origin}'" : "without an address of their own";
        return $"Web pages {page} may not call this server. If they are meant to, add their origin to Access:Origins.";
    }

    public bool Contain(string text) =>
        WebOrigin.TryParse(text) is { } origin
        && (_origins.Length == 0 ? origin.IsLoopback : Array.Exists(_origins, listed => listed.Covers(origin)));
}
