using AssistantsMcp.Telemetry;
using ModelContextProtocol;

namespace AssistantsMcp.Logging;

/// <summary>
/// The log of the MCP SDK without what callers write. It names methods, tools and addresses as they were sent, and
/// quotes them in exceptions; a key may be among them, or half of one, in whatever spelling. What is not known stays out.
/// </summary>
internal sealed class McpLogger(ILogger inner) : ILogger
{
    private const string Template = "{OriginalFormat}";

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    /// <summary>Below Information the SDK writes down whole messages.</summary>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information && inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // What a caller did wrong is told to the caller.
        if (IsEnabled(logLevel) && exception is not McpProtocolException && state is IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            var shown = values.Select(value => KeyValuePair.Create(value.Key, Show(value.Key, value.Value))).ToList();
            inner.Log(logLevel, eventId, shown, exception is null ? null : new WordlessException(exception), static (shown, _) => Render(shown));
        }
    }

    private static object? Show(string name, object? value) => name switch
    {
        Template or "MessageType" or "TransportKind" => value,
        "EndpointName" => ProductInfo.Name,
        "Method" or "method" or "NotificationMethod" => McpNames.Method(value),
        "ToolName" => McpNames.Tool(value),
        "PromptName" => McpNames.Prompt(value),
        "ResourceUri" => McpNames.Resource(value),
        _ => value is bool or int or double or TimeSpan ? value : "***",
    };

    private static string Render(List<KeyValuePair<string, object?>> values) => values.Aggregate(
        values.Find(value => value.Key == Template).Value?.ToString() ?? "",
        (text, value) => text.Replace($"{{{value.Key}}}", $"{value.Value}", StringComparison.Ordinal));
}
