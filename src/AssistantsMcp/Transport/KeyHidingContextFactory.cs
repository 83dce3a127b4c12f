using Microsoft.AspNetCore.Http.Features;

namespace AssistantsMcp.Transport;

/// <summary>
/// Takes the key out of <c>/mcp/KEY</c>. Hosting logs, log scopes and traces begin before the first middleware and
/// would all show it; this is called before them.
/// </summary>
internal sealed class KeyHidingContextFactory(IServiceProvider services) : IHttpContextFactory
{
    private readonly DefaultHttpContextFactory _inner = new(services);

    public HttpContext Create(IFeatureCollection featureCollection)
    {
        var request = featureCollection.Get<IHttpRequestFeature>()!;
        var pathHolds = McpPaths.Split(request.Path);
        var queryHolds = McpPaths.MayCarryKey(request.QueryString);
        if (pathHolds is { Head: var head, Tail: var tail })
        {
            featureCollection.Set(Take(head, tail, out var path));
            request.Path = path;
        }

        if (queryHolds)
        {
            request.QueryString = "";
        }

        if (queryHolds || pathHolds is not null)
        {
            request.RawTarget = request.Path + request.QueryString;
        }

        return _inner.Create(featureCollection);
    }

    public void Dispose(HttpContext httpContext) => _inner.Dispose(httpContext);

    /// <summary>Only one segment right behind <c>/mcp/</c> is a key; whatever else stands there leads nowhere.</summary>
    private static PathKeyFeature? Take(string head, string tail, out string path)
    {
        var isKey = head.Equals(McpPaths.Root, StringComparison.OrdinalIgnoreCase) && !tail.TrimEnd('/').Contains('/', StringComparison.Ordinal);
        path = isKey ? McpPaths.Root : head + McpPaths.Removed;
        return isKey && tail.TrimEnd('/') is { Length: > 0 } text ? new(text) : null;
    }
}

/// <summary>What stood in the path where a key belongs, unchecked.</summary>
internal sealed class PathKeyFeature(string text)
{
    public string Text { get; } = text;
}
