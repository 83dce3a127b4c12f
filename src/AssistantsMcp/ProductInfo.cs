using System.Reflection;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp;

/// <summary>What this server calls itself.</summary>
internal static class ProductInfo
{
    public const string Name = "assistants-mcp";

    /// <summary>The assembly's version without the commit behind it.</summary>
    public static string Version { get; } = typeof(ProductInfo).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>What a model is told before it sees the first tool.</summary>
    public const string Instructions = """
        Assistants answer threads of messages in runs. A conversation takes four steps:
        1. assistant-create makes an assistant; assistant-list finds one made before.
        2. thread-create opens a conversation. Keep its id: no tool lists threads.
        3. message-create adds the user's message.
        4. run-create with wait_seconds 50 lets the assistant answer and returns the answer in messages.
        When the status is requires_action, answer all calls in required_action with run-submit-tool-outputs, with wait_seconds again.
        When it is still queued or in_progress, go on waiting with run-get and wait_seconds.
        When it is failed, last_error says why. When a tool reports an error, its text says what to do.
        The resource docs://getting-started leads on.
        """;

    /// <summary>Fills in who is speaking, in answers to <c>initialize</c> and <c>server/discover</c> alike.</summary>
    /// <param name="server">The SDK's settings.</param>
    /// <param name="website">A page about this server; null for none.</param>
    public static void Introduce(McpServerOptions server, Uri? website)
    {
        server.ServerInstructions = Instructions;
        server.ServerInfo = new Implementation
        {
            Name = Name,
            Title = "AssistantsMcp",
            Version = Version,
            Description = "Assistants, threads, messages and runs: the Assistants API v2 as tools.",
            WebsiteUrl = website?.AbsoluteUri,
            Icons = [ProductIcons.Server],
        };
    }
}
