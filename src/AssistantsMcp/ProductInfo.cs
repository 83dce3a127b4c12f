using System.Reflection;
using ModelContextProtocol.Protocol;

namespace AssistantsMcp;

/// <summary>What this server calls itself.</summary>
internal static class ProductInfo
{
    /// <summary>The assembly's version without the commit behind it.</summary>
    public static string Version { get; } = typeof(ProductInfo).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static Implementation Server { get; } = new()
    {
        Name = "assistants-mcp",
        Title = "AssistantsMcp",
        Version = Version,
    };

    /// <summary>What a model is told before it sees the first tool.</summary>
    public const string Instructions = """
        A conversation takes four steps: assistant-create, thread-create, message-create, run-create.
        Then call run-get until the status is completed, and read the answer with message-list.
        When the status is requires_action, answer the calls in required_action with run-submit-tool-outputs.
        """;
}
