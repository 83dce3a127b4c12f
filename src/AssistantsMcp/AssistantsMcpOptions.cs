using Microsoft.Extensions.Options;

namespace AssistantsMcp;

/// <summary>Settings of the tools, section <c>Assistants</c>.</summary>
internal sealed class AssistantsMcpOptions
{
    public const string Section = "Assistants";

    /// <summary>
    /// An Assistants-compatible server for the tools, up to and with <c>/v1</c>. Default: unset, the built-in engine.
    /// </summary>
    public Uri? Endpoint { get; set; }

    /// <summary>A page about this server for its users; MCP clients link to it. Default: none.</summary>
    public Uri? WebsiteUrl { get; set; }

    /// <summary>The model of an assistant that <c>assistant-create</c> makes without naming one.</summary>
    public string DefaultModel { get; set; } = "gpt-6-luna";

    /// <summary>How long a tool call may take, repeats included. Default: 3 minutes; 0.1 seconds to 10 minutes.</summary>
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>How long one try at <see cref="Endpoint"/> may take. Default: 30 seconds; 0.1 seconds to 10 minutes.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>Checks the settings before the first request; every failure names its key.</summary>
internal sealed class AssistantsMcpOptionsValidator : IValidateOptions<AssistantsMcpOptions>
{
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);

    public ValidateOptionsResult Validate(string? name, AssistantsMcpOptions options)
    {
        var failures = new List<string>();
        if (options.Endpoint is { } endpoint && !(endpoint.IsAbsoluteUri && endpoint.Scheme is "http" or "https"))
        {
            failures.Add("Assistants:Endpoint must be an absolute http or https URL, such as https://example.com/v1.");
        }

        if (options.WebsiteUrl is { } website && !(website.IsAbsoluteUri && website.Scheme is "http" or "https"))
        {
            failures.Add("Assistants:WebsiteUrl must be an absolute http or https URL, such as https://example.com/assistants.");
        }

        if (string.IsNullOrWhiteSpace(options.DefaultModel))
        {
            failures.Add("Assistants:DefaultModel must not be empty.");
        }

        CheckTimeout(nameof(options.TotalTimeout), options.TotalTimeout);
        CheckTimeout(nameof(options.AttemptTimeout), options.AttemptTimeout);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void CheckTimeout(string key, TimeSpan value)
        {
            if (value < ShortestTimeout || value > LongestTimeout)
            {
                failures.Add($"Assistants:{key} must lie between {ShortestTimeout:c} and {LongestTimeout:c}.");
            }
        }
    }
}
