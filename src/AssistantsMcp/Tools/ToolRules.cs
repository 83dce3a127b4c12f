using ModelContextProtocol.Protocol;

namespace AssistantsMcp.Tools;

/// <summary>One wish for fewer tools.</summary>
/// <param name="Parameter">The setting, parameter or header that holds it.</param>
/// <param name="Source">Whose wish it is, as <see cref="ToolSelection.WhyHidden(Tool)"/> tells it.</param>
/// <param name="Shows">Which tools stay.</param>
internal sealed record ToolRule(string Parameter, string Source, Predicate<Tool> Shows);

/// <summary>What the four wishes are called in one place where they can be expressed.</summary>
internal sealed record ToolParameters(string Toolsets, string ReadOnly, string Include, string Exclude, string Source)
{
    private static readonly string[] _words = ["TOOLSET", "READONLY", "INCLUDETOOL", "EXCLUDE"];

    public static ToolParameters OfSettings { get; } = new(
        "Tools:Toolsets", "Tools:ReadOnly", "Tools:Include", "Tools:Exclude", "by the operator of this server, with the setting");

    public static ToolParameters OfAddress { get; } = new(
        "toolsets", "readonly", "tools", "exclude", "by the address that this client calls, with the parameter");

    public static ToolParameters OfHeaders { get; } = new(
        "X-MCP-Toolsets", "X-MCP-Readonly", "X-MCP-Tools", "X-MCP-Exclude-Tools", "by what this client sends in the header");

    public IReadOnlyList<string> All => [Toolsets, ReadOnly, Include, Exclude];

    /// <summary>Whether somebody who gives this name believes that tools are hidden now: <c>read_only</c>, <c>toolset</c>.</summary>
    public static bool Resemble(string name)
    {
        var letters = string.Concat(name.Where(char.IsAsciiLetter)).ToUpperInvariant();
        return letters is "TOOL" or "TOOLS" or "XMCPTOOL" || Array.Exists(_words, word => letters.Contains(word, StringComparison.Ordinal));
    }
}

/// <summary>Reads the wishes. A word that means nothing is a problem and never passed over: it was meant to hide something.</summary>
internal static class ToolRules
{
    public static IReadOnlyList<ToolRule> Of(ToolsetOptions options, ICollection<string> problems)
    {
        var names = ToolParameters.OfSettings;
        return Read(names, problems, parameter =>
            parameter == names.Toolsets ? Joined(options.Toolsets)
            : parameter == names.Include ? Joined(options.Include)
            : parameter == names.Exclude ? Joined(options.Exclude)
            : options.ReadOnly ? bool.TrueString : null);
    }

    /// <param name="names">What the wishes are called here.</param>
    /// <param name="problems">Where a text goes for each value that cannot be right.</param>
    /// <param name="valueOf">The value of a parameter; null for one that is not given.</param>
    public static IReadOnlyList<ToolRule> Read(ToolParameters names, ICollection<string> problems, Func<string, string?> valueOf)
    {
        var rules = new List<ToolRule>();
        AddList(names.Toolsets, "toolset", Toolsets.Names, listed => tool => listed.Contains(Toolsets.Of(tool.Name)));
        AddList(names.Include, "tool", ToolCatalog.Names, listed => tool => listed.Contains(tool.Name));
        AddList(names.Exclude, "tool", ToolCatalog.Names, listed => tool => !listed.Contains(tool.Name));
        if (valueOf(names.ReadOnly) is { } text && IsTrue(text))
        {
            Add(names.ReadOnly, tool => tool.Annotations?.ReadOnlyHint is true);
        }

        return rules;

        void Add(string parameter, Predicate<Tool> shows) => rules.Add(new ToolRule(parameter, names.Source, shows));

        void AddList(string parameter, string kind, IReadOnlyList<string> known, Func<HashSet<string>, Predicate<Tool>> rule)
        {
            if (valueOf(parameter) is not { } list)
            {
                return;
            }

            var words = list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet(StringComparer.OrdinalIgnoreCase);
            var unknown = words.FirstOrDefault(word => !known.Contains(word, StringComparer.OrdinalIgnoreCase));
            if (words.Count > 0 && unknown is null)
            {
                Add(parameter, rule(words));
                return;
            }

            var problem = unknown is null ? $"names no {kind}" : $"there is no {kind} {Quote(unknown)}";
            problems.Add($"{parameter}: {problem}. The {kind}s are: {string.Join(", ", known)}.");
        }

        bool IsTrue(string value)
        {
            if (!bool.TryParse(value, out var isTrue))
            {
                problems.Add($"{names.ReadOnly} must be true or false.");
            }

            return isTrue;
        }
    }

    private static string? Joined(string[] list) => list.Length == 0 ? null : string.Join(',', list);

    /// <summary>A misspelt name helps to find it; anything else may be a key that went astray.</summary>
    private static string Quote(string word) =>
        word.Length <= 30 && word.All(character => char.IsAsciiLetter(character) || character is '-' or '_') ? $"'{word}'" : "of that name";
}
