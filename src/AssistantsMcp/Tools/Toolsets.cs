namespace AssistantsMcp.Tools;

/// <summary>The groups of tools, named after the objects that the tools' names begin with: <c>runs</c> has the run steps too.</summary>
internal static class Toolsets
{
    public static IReadOnlyList<string> Names { get; } = [.. ToolCatalog.Names.Select(Of).Distinct()];

    public static string Of(string tool) => $"{tool.Split('-')[0]}s";
}
