using AssistantsMcp.Tools;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Prompts;

/// <summary>The prompts as the MCP SDK takes them, the same over HTTP and over stdio. One that names a hidden tool is hidden with it.</summary>
internal static class PromptExtensions
{
    public static IMcpServerBuilder WithAssistantPrompts(this IMcpServerBuilder mcp) => mcp
        .WithPrompts(PromptCatalog.All)
        .WithRequestFilters(filters => filters
            .AddListPromptsFilter(next => async (request, cancellationToken) =>
            {
                var list = await next(request, cancellationToken);
                list.Prompts = [.. list.Prompts.IntersectBy(NamesFor(request.Services), prompt => prompt.Name)];
                return list;
            })
            .AddGetPromptFilter(next => (get, cancellationToken) =>
                FindProblem(get) is { } problem ? throw new McpProtocolException(problem, McpErrorCode.InvalidParams) : next(get, cancellationToken)));

    private static string? FindProblem(RequestContext<GetPromptRequestParams> get) =>
        get.MatchedPrimitive is not TextPrompt prompt
            ? $"Unknown prompt: '{get.Params?.Name}'. The prompts are: {string.Join(", ", NamesFor(get.Services))}."
            : Selection(get.Services).WhyHidden(prompt.Tools) is { } reason ? $"The prompt '{prompt.ProtocolPrompt.Name}' needs a hidden tool. {reason}"
            : null;

    private static IEnumerable<string> NamesFor(IServiceProvider? services)
    {
        var selection = Selection(services);
        return PromptCatalog.All.Where(prompt => selection.WhyHidden(prompt.Tools) is null).Select(prompt => prompt.ProtocolPrompt.Name);
    }

    private static ToolSelection Selection(IServiceProvider? services) => services!.GetRequiredService<ToolSelection>();
}
