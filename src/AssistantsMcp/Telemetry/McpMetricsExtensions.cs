namespace AssistantsMcp.Telemetry;

/// <summary>Has the requests of the MCP door measured, over HTTP and over stdio.</summary>
internal static class McpMetricsExtensions
{
    /// <summary>To be called before anything else that filters: what comes first is outermost.</summary>
    public static IMcpServerBuilder WithMetrics(this IMcpServerBuilder mcp)
    {
        mcp.Services.AddSingleton<McpMetrics>();
        return mcp
            .WithMessageFilters(filters => filters.AddIncomingFilter(next => (message, cancellationToken) =>
                message.Services!.GetRequiredService<McpMetrics>().MeasureAsync(next, message, cancellationToken)))
            .WithRequestFilters(filters => filters.AddCallToolFilter(next => (call, cancellationToken) =>
                call.Services!.GetRequiredService<McpMetrics>().NoteErrorAsync(next, call, cancellationToken)));
    }
}
