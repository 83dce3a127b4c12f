using AssistantsMcp.Resources;
using ModelContextProtocol;

namespace AssistantsMcp.Completions;

/// <summary>Completions as the MCP SDK takes them, the same over HTTP and over stdio.</summary>
internal static class CompletionExtensions
{
    public static IMcpServerBuilder WithArgumentCompletions(this IMcpServerBuilder mcp)
    {
        mcp.Services.AddScoped<ArgumentCompletions>();
        return mcp
            .WithCompleteHandler((request, cancellationToken) =>
                request.Services!.GetRequiredService<ArgumentCompletions>().CompleteAsync(
                    request.Params ?? throw new McpProtocolException("completion/complete needs params.ref and params.argument.", McpErrorCode.InvalidParams),
                    cancellationToken))
            .WithRequestFilters(filters => filters.AddCompleteFilter(next => (request, cancellationToken) =>
                request.Services!.GetRequiredService<RequestFailures>().ExplainAsync(next, request, cancellationToken)));
    }
}
