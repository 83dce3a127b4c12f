using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Resources;

/// <summary>The resources as the MCP SDK takes them, the same over HTTP and over stdio.</summary>
internal static class ResourceExtensions
{
    public static IMcpServerBuilder WithAssistantResources(this IMcpServerBuilder mcp)
    {
        mcp.Services.AddScoped<RequestFailures>();
        return mcp
            .WithResources(ResourceCatalog.All)
            .WithRequestFilters(filters => filters.AddReadResourceFilter(next => (read, cancellationToken) => read.MatchedPrimitive is null
                ? throw Unknown(read)
                : read.Services!.GetRequiredService<RequestFailures>().ExplainAsync(next, read, cancellationToken)));
    }

    private static McpProtocolException Unknown(RequestContext<ReadResourceRequestParams> read) => new(
        $"Unknown resource: '{read.Params?.Uri}'. resources/list and resources/templates/list show what there is.",
        RequestFailures.NotFoundCode(read.Server));
}
