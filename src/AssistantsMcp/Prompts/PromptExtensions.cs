using AssistantsMcp.Tools;
using AssistantsMcp.Transport;
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
                list.Prompts = [.. list.Prompts.ExceptBy(HiddenNames(request.Services), prompt => prompt.Name)];
                return list;
            })
            .AddGetPromptFilter(next => (get, cancellationToken) =>
                FindProblem(get) is { } problem ? throw new McpProtocolException(problem, McpErrorCode.InvalidParams) : next(get, cancellationToken)));

    private static string? FindProblem(RequestContext<GetPromptRequestParams> get) => get.MatchedPrimitive switch
    {
        null => $"Unknown prompt: '{get.Params?.Name}'. The prompts are: {string.Join(", ", Names(PromptCatalog.All).Except(HiddenNames(get.Services)))}.",
        TextPrompt prompt when Selection(get.Services).WhyHidden(prompt.Tools) is { } reason => $"The prompt '{prompt.ProtocolPrompt.Name}' needs a hidden tool. {reason}",
        _ => FindKey(get),
    };

    private static string? FindKey(RequestContext<GetPromptRequestParams> get)
    {
        var caller = get.Services!.GetRequiredService<ApiKeyFeature>();
        return get.Params?.Arguments?.Any(argument => caller.StandsIn(argument.Key) || caller.StandsIn(argument.Value.ToString())) is true
            ? ApiKeyFeature.Misplaced("arguments")
            : null;
    }

    private static IEnumerable<string> HiddenNames(IServiceProvider? services)
    {
        var selection = Selection(services);
        return Names(PromptCatalog.All.Where(prompt => selection.WhyHidden(prompt.Tools) is not null));
    }

    private static IEnumerable<string> Names(IEnumerable<TextPrompt> prompts) => prompts.Select(prompt => prompt.ProtocolPrompt.Name);

    private static ToolSelection Selection(IServiceProvider? services) => services!.GetRequiredService<ToolSelection>();
}
