using ModelContextProtocol.Protocol;

namespace AssistantsMcp.Tools;

/// <summary>The tools that one caller gets to see and to call: those that every rule shows.</summary>
internal sealed class ToolSelection(params IReadOnlyList<ToolRule> rules)
{
    public IEnumerable<string> Names => ToolCatalog.All.Select(tool => tool.ProtocolTool).Where(Shows).Select(tool => tool.Name);

    public ToolSelection With(IEnumerable<ToolRule> more) => new([.. rules, .. more]);

    /// <summary>Takes the hidden tools out of a list, and leaves the others in their order.</summary>
    public void Narrow(ListToolsResult list)
    {
        if (rules.Count > 0)
        {
            list.Tools = [.. list.Tools.Where(Shows)];
        }
    }

    /// <returns>Who hides the tool, and how; null when nobody does.</returns>
    public string? WhyHidden(Tool tool) =>
        rules.FirstOrDefault(rule => !rule.Shows(tool)) is { } rule
            ? $"The tool '{tool.Name}' is hidden {rule.Source} {rule.Parameter}, and cannot be called. The tools are: {string.Join(", ", Names)}."
            : null;

    /// <returns>Why the first hidden one of several tools is hidden; null when all are shown.</returns>
    public string? WhyHidden(IEnumerable<Tool> tools) => tools.Select(WhyHidden).FirstOrDefault(reason => reason is not null);

    private bool Shows(Tool tool) => rules.All(rule => rule.Shows(tool));
}
