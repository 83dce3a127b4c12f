using Microsoft.AspNetCore.Http.Features;

namespace AssistantsMcp.Transport;

/// <summary>
/// Takes the key out of <c>/mcp/KEY</c>. Hosting logs, log scopes and traces begin before the first middleware and
/// would all show it; this is called before them. Paths that lead nowhere go too: somebody may have forgotten <c>/mcp</c>.
/// </summary>
internal sealed class KeyHidingContextFactory(IServiceProvider services) : IHttpContextFactory
{
    private readonly DefaultHttpContextFactory _inner = new(services);

    public HttpContext Create(IFeatureCollection featureCollection)
    {
        var request = featureCollection.Get<IHttpRequestFeature>()!;
        var (path, query) = (request.Path, request.QueryString);
        if (McpPaths.Split(path) is { Head: var head, Tail: var tail })
        {
            var taken = Take(head, tail, out path);
            featureCollection.Set(taken);
            ForgetIn(request.Headers, taken?.Text);
        }
        else if (!McpPaths.IsKnown(path))
        {
            path = McpPaths.Removed;
        }

        if (query.Length > 0 && new PathString(path) == McpPaths.Root)
        {
            featureCollection.Set(new HiddenQueryFeature(query));
        }

        if (McpPaths.MayCarryKey(query) || !McpPaths.ReadsQuery(path))
        {
            query = "";
        }

        if (ApiKeyFeature.SecretOf(request.Headers.Authorization) is { } key)
        {
            (path, query) = (Forget(key, path), Forget(key, query));
            ForgetIn(request.Headers, key);
        }

        if (path != request.Path || query != request.QueryString)
        {
            (request.Path, request.QueryString, request.RawTarget) = (path, query, path + query);
        }

        return _inner.Create(featureCollection);
    }

    public void Dispose(HttpContext httpContext) => _inner.Dispose(httpContext);

    /// <summary>Somebody took the key for an id.</summary>
    private static string Forget(string key, string text) => text.Replace(key, McpPaths.Removed[1..], StringComparison.Ordinal);

    /// <summary>What goes with a trace goes into every span of it.</summary>
    private static void ForgetIn(IHeaderDictionary headers, string? key)
    {
        if (key is not null && (headers.TraceState.Count | headers.Baggage.Count) > 0)
        {
            var caller = new ApiKeyFeature(key);
            headers.TraceState = caller.StandsInPartIn(headers.TraceState.ToString()) ? default : headers.TraceState;
            headers.Baggage = caller.StandsInPartIn(headers.Baggage.ToString()) ? default : headers.Baggage;
        }
    }

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
