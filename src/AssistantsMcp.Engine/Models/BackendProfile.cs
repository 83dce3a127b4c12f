namespace AssistantsMcp.Engine.Models;

/// <summary>
/// What a model server can do beyond, or short of, the Responses API that all of them share. Which server it is, the
/// setting <c>Model:Profile</c> says, or else the base URL; it is settled once, at start.
/// </summary>
internal sealed record BackendProfile
{
    /// <summary>The profiles by name, as <c>Model:Profile</c> takes them.</summary>
    private static readonly Dictionary<string, BackendProfile> Presets = new[]
    {
        new BackendProfile { Name = "openai", HostsTools = true, TakesVendorFields = true, EncryptsReasoning = true },
        new BackendProfile { Name = "azure", HostsTools = true, EncryptsReasoning = true, TakesApiKeyHeader = true },
        new BackendProfile { Name = "ollama" },
        new BackendProfile { Name = "vllm" },
        new BackendProfile { Name = "llamacpp" },
        new BackendProfile { Name = "openrouter" },
        new BackendProfile { Name = "generic" },
    }.ToDictionary(preset => preset.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>What <c>Model:Profile</c> can be, for people.</summary>
    public static string Names => string.Join(", ", Presets.Keys);

    public required string Name { get; init; }

    /// <summary>Runs <c>code_interpreter</c> and <c>file_search</c> itself. Others skip such tools, or make nameless functions of them.</summary>
    public bool HostsTools { get; init; }

    /// <summary>Knows <c>prompt_cache_key</c> and <c>stream_options</c>.</summary>
    public bool TakesVendorFields { get; init; }

    /// <summary>Gives reasoning back sealed when asked for, and refusals keep their part.</summary>
    public bool EncryptsReasoning { get; init; }

    /// <summary>Takes the key in the header <c>api-key</c> instead of <c>Authorization</c>.</summary>
    public bool TakesApiKeyHeader { get; init; }

    /// <summary>The profile in force: the one that is named, else the one that the base URL tells.</summary>
    public static BackendProfile Of(ModelOptions options)
    {
        var preset = Presets[options.Profile ?? NameOf(options.BaseUrl)];
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
