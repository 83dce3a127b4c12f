using ModelContextProtocol.Protocol;

namespace AssistantsMcp.Tools;

/// <summary>
/// Tells clients how long they may keep a list: what is listed does not change while the process runs, and a new
/// version of it is not urgent. Not for others: callers may hide tools from themselves by headers.
/// </summary>
/// <remarks>Source: MCP 2026-07-28, Caching.</remarks>
internal static class CacheHints
{
    private static readonly TimeSpan _freshness = TimeSpan.FromHours(1);

    public static IMcpServerBuilder WithCacheHints(this IMcpServerBuilder mcp) => mcp.WithRequestFilters(filters => filters
        .AddListToolsFilter(next => async (request, cancellationToken) => Hint(await next(request, cancellationToken)))
        .AddListPromptsFilter(next => async (request, cancellationToken) => Hint(await next(request, cancellationToken)))
        .AddListResourcesFilter(next => async (request, cancellationToken) => Hint(await next(request, cancellationToken)))
        .AddListResourceTemplatesFilter(next => async (request, cancellationToken) => Hint(await next(request, cancellationToken))));

    private static TResult Hint<TResult>(TResult list)
        where TResult : ICacheableResult
    {
        list.TimeToLive ??= _freshness;
        list.CacheScope ??= CacheScope.Private;
        return list;
    }
}
