using AssistantsMcp.Prompts;
using AssistantsMcp.Resources;
using AssistantsMcp.Tools;
using ModelContextProtocol.Protocol;

namespace AssistantsMcp.Telemetry;

/// <summary>
/// What callers of the MCP door name, as telemetry and logs may show it: they can write anything, their key among it, and a
/// metric keeps every name for ever.
/// </summary>
internal static class McpNames
{
    private const string Other = "_OTHER";

    private static readonly HashSet<string> _methods = new(StringComparer.Ordinal)
    {
        RequestMethods.Initialize, RequestMethods.Ping, "server/discover",
        RequestMethods.ToolsList, RequestMethods.ToolsCall,
        RequestMethods.ResourcesList, RequestMethods.ResourcesTemplatesList, RequestMethods.ResourcesRead,
        RequestMethods.PromptsList, RequestMethods.PromptsGet, RequestMethods.CompletionComplete,
        NotificationMethods.InitializedNotification, NotificationMethods.CancelledNotification,
    };

    private static readonly HashSet<string> _tools = new(ToolCatalog.Names, StringComparer.Ordinal);
    private static readonly HashSet<string> _prompts = new(PromptCatalog.All.Select(prompt => prompt.ProtocolPrompt.Name), StringComparer.Ordinal);

    private static readonly HashSet<string> _documents = new(ResourceCatalog.All.OfType<DocumentResource>().Select(document => document.ProtocolResource.Uri), StringComparer.Ordinal);

    /// <summary>Whether a text is a name of any kind.</summary>
    public static bool IsKnown(string text) => _methods.Contains(text) || _tools.Contains(text) || _prompts.Contains(text) || _documents.Contains(text);

    public static string Method(object? name) => Known(_methods, name);

    public static string Tool(object? name) => Known(_tools, name);

    public static string Prompt(object? name) => Known(_prompts, name);

    /// <summary>The template behind an address.</summary>
    public static string Resource(object? uri) =>
        uri is string text && ResourceCatalog.All.FirstOrDefault(resource => resource.IsMatch(text)) is { } resource ? resource.ProtocolResourceTemplate.UriTemplate : Other;

    private static string Known(HashSet<string> names, object? name) => name is string text && names.Contains(text) ? text : Other;
}
