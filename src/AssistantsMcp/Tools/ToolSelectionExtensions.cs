using ModelContextProtocol.Server;

namespace AssistantsMcp.Tools;

/// <summary>Hides tools from those who may not see them: from their lists and from their calls.</summary>
internal static class ToolSelectionExtensions
{
    public static IMcpServerBuilder WithToolSelection(this IMcpServerBuilder mcp) => mcp.WithRequestFilters(filters => filters
        .AddListToolsFilter(next => async (request, cancellationToken) =>
        {
            var list = await next(request, cancellationToken);
            Selection(request.Services).Narrow(list);
            return list;
        })
        .AddCallToolFilter(next => (call, cancellationToken) =>
            call.MatchedPrimitive is McpServerTool tool && Selection(call.Services).WhyHidden(tool.ProtocolTool) is { } reason
                ? ValueTask.FromResult(ToolResults.Error(reason))
                : next(call, cancellationToken)));

    private static ToolSelection Selection(IServiceProvider? services) => services!.GetRequiredService<ToolSelection>();
}
