using Microsoft.Extensions.Options;

namespace AssistantsMcp.Tools;

/// <summary>Which tools the operator lets callers see, section <c>Tools</c>. A caller can hide more, and show none of the others.</summary>
internal sealed class ToolsetOptions
{
    public const string Section = "Tools";

    /// <summary>Only tools of these groups. Default: all.</summary>
    public string[] Toolsets { get; set; } = [];

    /// <summary>Only tools that change nothing.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>Only these tools. Default: all.</summary>
    public string[] Include { get; set; } = [];

    /// <summary>None of these tools.</summary>
    public string[] Exclude { get; set; } = [];

    /// <summary>Lists may also be written in one line, with commas, which the binder passes over.</summary>
    public static void AddLines(ToolsetOptions options, IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        options.Toolsets = [.. options.Toolsets, .. LineOf(nameof(Toolsets))];
        options.Include = [.. options.Include, .. LineOf(nameof(Include))];
        options.Exclude = [.. options.Exclude, .. LineOf(nameof(Exclude))];

        IEnumerable<string> LineOf(string setting) => section[setting] is { Length: > 0 } line ? [line] : [];
    }
}

/// <summary>Refuses what would hide less, or more, than its operator believes.</summary>
internal sealed class ToolsetOptionsValidator(IConfiguration configuration) : IValidateOptions<ToolsetOptions>
{
    private static readonly string[] _settings =
        [nameof(ToolsetOptions.Toolsets), nameof(ToolsetOptions.ReadOnly), nameof(ToolsetOptions.Include), nameof(ToolsetOptions.Exclude)];

    public ValidateOptionsResult Validate(string? name, ToolsetOptions options)
    {
        var section = configuration.GetSection(ToolsetOptions.Section);
        var failures = section.GetChildren()
            .Where(setting => !_settings.Contains(setting.Key, StringComparer.OrdinalIgnoreCase))
            .Select(setting => $"There is no setting {setting.Path}. The settings are: {string.Join(", ", _settings.Select(known => $"{section.Path}:{known}"))}.")
            .ToList();
        var rules = ToolRules.Of(options, failures);
        if (failures.Count == 0 && !new ToolSelection(rules).Names.Any())
        {
            failures.Add($"Together, {string.Join(", ", rules.Select(rule => rule.Parameter))} leave no tool. Hide fewer.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}

/// <summary>The tools as the operator's settings leave them.</summary>
internal sealed class OperatorTools(IOptions<ToolsetOptions> options)
{
    public ToolSelection Selection { get; } = new(ToolRules.Of(options.Value, []));
}
