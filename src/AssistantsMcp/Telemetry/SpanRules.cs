using System.Diagnostics;
using OpenTelemetry;

namespace AssistantsMcp.Telemetry;

/// <summary>What of other libraries' spans is sent.</summary>
internal sealed class SpanRules : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        switch (data.Source.Name)
        {
            case TelemetryExtensions.McpSdk:
                ShowKnownNames(data);
                break;
            case "Npgsql" when data.ParentSpanId == default:
                // The queue is looked at every second; that is nobody's request.
                data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
                break;
        }
    }

    /// <summary>Like its metric, the span shows whatever the caller names; the text of a refusal quotes it once more.</summary>
    private static void ShowKnownNames(Activity span)
    {
        var name = McpNames.Method(span.GetTagItem("mcp.method.name"));
        span.SetTag("mcp.method.name", name);
        span.SetTag("mcp.resource.uri", null);
        span.SetTag("mcp.session.id", null);
        span.SetTag("jsonrpc.request.id", null);
        if (span.GetTagItem("gen_ai.tool.name") is { } tool)
        {
            span.SetTag("gen_ai.tool.name", McpNames.Tool(tool));
            name = $"{name} {McpNames.Tool(tool)}";
        }

        if (span.GetTagItem("gen_ai.prompt.name") is { } prompt)
        {
            span.SetTag("gen_ai.prompt.name", McpNames.Prompt(prompt));
            name = $"{name} {McpNames.Prompt(prompt)}";
        }

        span.DisplayName = name;
        span.SetStatus(span.Status);
    }
}
