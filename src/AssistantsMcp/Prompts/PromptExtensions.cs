using ModelContextProtocol;

namespace AssistantsMcp.Prompts;

/// <summary>The prompts as the MCP SDK takes them, the same over HTTP and over stdio.</summary>
internal static class PromptExtensions
{
    public static IMcpServerBuilder WithAssistantPrompts(this IMcpServerBuilder mcp) => mcp
        .WithPrompts(PromptCatalog.All)
        .WithRequestFilters(filters => filters.AddGetPromptFilter(next => (get, cancellationToken) => get.MatchedPrimitive is null
            ? throw new McpProtocolException(
                $"Unknown prompt: '{get.Params?.Name}'. The prompts are: {string.Join(", ", PromptCatalog.All.Select(prompt => prompt.ProtocolPrompt.Name))}.",
                McpErrorCode.InvalidParams)
            : next(get, cancellationToken)));
}
