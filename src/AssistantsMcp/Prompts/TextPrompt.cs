using System.Text.Json;
using System.Text.RegularExpressions;
using AssistantsMcp.Resources;
using AssistantsMcp.Tools;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Prompts;

/// <summary>A prompt whose text is a file in which arguments stand as <c>{{name}}</c>.</summary>
internal sealed partial class TextPrompt : McpServerPrompt
{
    private readonly string _text;

    /// <param name="name">Its name, and that of its file.</param>
    public TextPrompt(string name)
    {
        _text = EmbeddedText.Read($"Prompts/{name}.md");
        ProtocolPrompt = new() { Name = name };
        Tools = [.. ToolCatalog.All.Select(tool => tool.ProtocolTool).Where(tool => _text.Contains($"`{tool.Name}`", StringComparison.Ordinal))];
    }

    /// <summary>The tools that its text names.</summary>
    public IReadOnlyList<Tool> Tools { get; }

    public required string Title { init => ProtocolPrompt.Title = value; }

    public required string Description { init => ProtocolPrompt.Description = value; }

    public required Icon Icon { init => ProtocolPrompt.Icons = [value]; }

    public required IReadOnlyList<PromptParameter> Arguments
    {
        get;
        init
        {
            field = value;
            ProtocolPrompt.Arguments = [.. value.Select(argument => new PromptArgument
            {
                Name = argument.Name,
                Description = argument.Description,
                Required = argument.Otherwise is null,
            })];
        }
    }

    /// <summary>The document that goes with the text; null for none.</summary>
    public Func<IReadOnlyDictionary<string, string>, DocumentResource?> Attached { get; init; } = _ => null;

    public override Prompt ProtocolPrompt { get; }

    public override IReadOnlyList<object> Metadata => [];

    /// <exception cref="McpProtocolException">The arguments do not fit.</exception>
    public override ValueTask<GetPromptResult> GetAsync(
        RequestContext<GetPromptRequestParams> request, CancellationToken cancellationToken = default)
    {
        var given = Read(request.Params!);
        var result = new GetPromptResult
        {
            Description = ProtocolPrompt.Description,
            Messages = [Message(new TextContentBlock { Text = Placeholder().Replace(_text, match => given[match.Groups[1].Value]) })],
        };
        if (Attached(given) is { } document)
        {
            result.Messages.Add(Message(new EmbeddedResourceBlock { Resource = document.Contents }));
        }

        return ValueTask.FromResult(result);
    }

    private Dictionary<string, string> Read(GetPromptRequestParams parameters)
    {
        var given = (parameters.Arguments ?? new Dictionary<string, JsonElement>())
            .ToDictionary(argument => argument.Key, argument => argument.Value.ToString());
        if (given.Keys.FirstOrDefault(unknown => Arguments.All(argument => argument.Name != unknown)) is { } misspelt)
        {
            throw Invalid($"Unknown argument: '{misspelt}'. The prompt's arguments are: {string.Join(", ", Arguments.Select(argument => argument.Name))}.");
        }

        return Arguments.ToDictionary(argument => argument.Name, argument => Value(argument, given.GetValueOrDefault(argument.Name)));
    }

    private static string Value(PromptParameter argument, string? given)
    {
        if (string.IsNullOrWhiteSpace(given))
        {
            return argument.Otherwise ?? throw Invalid($"Missing argument: '{argument.Name}'. {argument.Description}");
        }

        return argument.Values.Count > 0 && !argument.Values.Contains(given) ? throw Invalid($"Invalid '{argument.Name}': '{given}'. It must be one of {string.Join(", ", argument.Values)}.")
            : argument.IsId && ObjectResource.CheckId(argument.Name, given) is { } problem ? throw Invalid(problem)
            : given;
    }

    private static PromptMessage Message(ContentBlock content) => new() { Role = Role.User, Content = content };

    private static McpProtocolException Invalid(string problem) => new(problem, McpErrorCode.InvalidParams);

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Placeholder();
}
