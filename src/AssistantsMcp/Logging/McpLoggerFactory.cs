using System.Collections.Concurrent;

namespace AssistantsMcp.Logging;

/// <summary>Makes loggers, and for the MCP SDK such as leave out what callers write.</summary>
internal sealed class McpLoggerFactory(ILoggerFactory inner) : ILoggerFactory
{
    private const string Sdk = "ModelContextProtocol.";

    /// <summary>Without sessions, the SDK asks for its loggers with every request.</summary>
    private readonly ConcurrentDictionary<string, ILogger> _ofSdk = new(StringComparer.Ordinal);

    public ILogger CreateLogger(string categoryName) => categoryName.StartsWith(Sdk, StringComparison.Ordinal)
        ? _ofSdk.GetOrAdd(categoryName, static (name, loggers) => new McpLogger(loggers.CreateLogger(name)), inner)
        : inner.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose() => inner.Dispose();
}
