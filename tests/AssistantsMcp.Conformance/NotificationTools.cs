using System.ComponentModel;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Conformance;

/// <summary>Tools that tell something while they work.</summary>
[McpServerToolType]
internal sealed class NotificationTools
{
    /// <summary>The suite wants to see one notification after the other.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    [McpServerTool(Name = "test_tool_with_progress", ReadOnly = true), Description("Reports its progress.")]
    public static async Task<string> ReportAsync(IProgress<ProgressNotificationValue> progress, CancellationToken cancellationToken)
    {
        foreach (var percent in new[] { 0, 50, 100 })
        {
            progress.Report(new ProgressNotificationValue { Progress = percent, Total = 100 });
            await Task.Delay(_pause, cancellationToken);
        }

        return "All of it is done.";
    }

    [McpServerTool(Name = "test_tool_with_logging", ReadOnly = true), Description("Logs to its client.")]
    public static async Task<string> LogAsync(McpServer server, CancellationToken cancellationToken)
    {
        foreach (var line in new[] { "Tool execution started", "Tool processing data", "Tool execution completed" })
        {
            await SendAsync(server, line, cancellationToken);
            await Task.Delay(_pause, cancellationToken);
        }

        return "It is logged.";
    }

    [McpServerTool(Name = "test_logging_tool", ReadOnly = true), Description("Logs one line to clients that asked for a level.")]
    public static string LogIfAsked(McpServer server)
    {
        using var provider = server.AsClientLoggerProvider();
        Log.Line(provider.CreateLogger("conformance"));
        return "It is logged where a level was asked for.";
    }

    private static Task SendAsync(McpServer server, string line, CancellationToken cancellationToken) => server.SendNotificationAsync(
        NotificationMethods.LoggingMessageNotification,
        new LoggingMessageNotificationParams { Level = LoggingLevel.Info, Logger = "conformance", Data = System.Text.Json.JsonSerializer.SerializeToElement(line) },
        cancellationToken: cancellationToken);
}

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "One line.")]
    public static partial void Line(ILogger logger);
}
