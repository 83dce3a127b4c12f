namespace AssistantsMcp.Engine.Models;

/// <summary>
/// What a model server can do beyond, or short of, the Responses API that all of them share. Which server it is, the
/// setting <c>Model:Profile</c> says, or else the base URL; it is settled once, at start.
/// </summary>
internal sealed record BackendProfile
{
    private static readonly BackendProfile OpenAI = new()
    {
        Name = "openai",
        HostsTools = true,
        TakesVendorFields = true,
        EncryptsReasoning = true,
        KeepsRefusals = true,
        KeepsPhases = true,
        TakesImageIds = true,
        TakesAnyArguments = true,
        SaysWhenCut = true,
        Reasoning = ReasoningItems.Sealed,
    };

    /// <summary>The profiles by name, as <c>Model:Profile</c> takes them.</summary>
    private static readonly Dictionary<string, BackendProfile> Presets = new[]
    {
        OpenAI,
        OpenAI with { Name = "azure", TakesVendorFields = false, TakesApiKeyHeader = true },
        new BackendProfile
        {
            Name = "ollama",
            ToolChoice = ToolChoices.Ignored,
            Formats = Formats.SchemaOnly,
            Reasoning = ReasoningItems.Plain,
            TakesImageLinks = false,
            TakesAnyEffort = false,
        },
        new BackendProfile { Name = "vllm", Formats = Formats.SchemaOnly, Reasoning = ReasoningItems.Shown, SaysWhenCut = true },
        new BackendProfile { Name = "llamacpp", ToolChoice = ToolChoices.ModesOnly, Formats = Formats.Chat, Reasoning = ReasoningItems.Shown },
        new BackendProfile { Name = "openrouter", SaysWhenCut = true },
        new BackendProfile { Name = "generic" },
    }.ToDictionary(preset => preset.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>What <c>Model:Profile</c> can be, for people.</summary>
    public static string Names => string.Join(", ", Presets.Keys);

    public required string Name { get; init; }

    /// <summary>Runs <c>code_interpreter</c> and <c>file_search</c> itself. Others skip such tools, or make nameless functions of them.</summary>
    public bool HostsTools { get; init; }

    /// <summary>Knows <c>prompt_cache_key</c> and <c>stream_options</c>, and the headers that name a key's account.</summary>
    public bool TakesVendorFields { get; init; }

    /// <summary>Gives reasoning back sealed when asked for.</summary>
    public bool EncryptsReasoning { get; init; }

    /// <summary>Takes the key in the header <c>api-key</c> instead of <c>Authorization</c>.</summary>
    public bool TakesApiKeyHeader { get; init; }

    /// <summary>Takes an earlier refusal as what it was; others get it as text.</summary>
    public bool KeepsRefusals { get; init; }

    /// <summary>Takes back in which phase a message was written; others do not know the field.</summary>
    public bool KeepsPhases { get; init; }

    /// <summary>Takes images by file id; others get the image itself.</summary>
    public bool TakesImageIds { get; init; }

    /// <summary>Takes images by link, and not only as data URLs.</summary>
    public bool TakesImageLinks { get; init; } = true;

    /// <summary>Takes back the arguments of a call even where its model wrote no JSON object.</summary>
    public bool TakesAnyArguments { get; init; }

    /// <summary>Knows each <c>reasoning.effort</c> of the API, and not only none, low, medium and high.</summary>
    public bool TakesAnyEffort { get; init; } = true;

    /// <summary>Ends an answer that was cut short as incomplete; others call it completed.</summary>
    public bool SaysWhenCut { get; init; }

    public ReasoningItems Reasoning { get; init; }

    public ToolChoices ToolChoice { get; init; }

    public Formats Formats { get; init; }

    /// <summary>The profile in force: the one that is named, else the one that the base URL tells.</summary>
    public static BackendProfile Of(ModelOptions options)
    {
        var preset = Presets[string.IsNullOrEmpty(options.Profile) ? NameOf(options.BaseUrl) : options.Profile];
        return options.HostedTools is { } hosts ? preset with { HostsTools = hosts } : preset;
    }

    /// <summary>Whether there is a profile of that name.</summary>
    public static bool Exists(string name) => Presets.ContainsKey(name);

    /// <summary>
    /// Names what can be told with certainty. 11434 is Ollama's port and no other program's, wherever it runs; 8080
    /// and 8000 are everybody's, so llama.cpp and vLLM must be named.
    /// </summary>
    private static string NameOf(Uri baseUrl)
    {
        var host = $".{baseUrl.IdnHost}";
        return host switch
        {
            _ when IsWithin(host, "api.openai.com") => "openai",
            _ when IsWithin(host, "openai.azure.com", "openai.azure.us", "services.ai.azure.com", "cognitiveservices.azure.com") => "azure",
            _ when IsWithin(host, "openrouter.ai") => "openrouter",
            _ when IsWithin(host, "ollama.com") || baseUrl.Port == 11434 => "ollama",
            _ => "generic",
        };
    }

    private static bool IsWithin(string host, params ReadOnlySpan<string> domains)
    {
        foreach (var domain in domains)
        {
            if (host.EndsWith($".{domain}", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>In which form a server takes its own reasoning back. Another form is an error, or nonsense, to it.</summary>
internal enum ReasoningItems
{
    /// <summary>Nothing is known; sealed or shown, whatever it made.</summary>
    Any,

    /// <summary>As ciphertext in <c>encrypted_content</c>.</summary>
    Sealed,

    /// <summary>As plain text in <c>encrypted_content</c>.</summary>
    Plain,

    /// <summary>As text in <c>content</c>, and nothing in <c>encrypted_content</c>.</summary>
    Shown,
}

/// <summary>What a server makes of <c>tool_choice</c>.</summary>
internal enum ToolChoices
{
    Any,

    /// <summary>Knows none, auto and required; a named tool means auto to it.</summary>
    ModesOnly,

    /// <summary>Always auto.</summary>
    Ignored,
}

/// <summary>How a server is told the answer's format.</summary>
internal enum Formats
{
    /// <summary>By <c>text.format</c>.</summary>
    Any,

    /// <summary>By <c>text.format</c>, where it knows <c>json_schema</c> and passes over <c>json_object</c>.</summary>
    SchemaOnly,

    /// <summary>By <c>response_format</c>, as in chat completions.</summary>
    Chat,
}
