using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json.Nodes;
using AssistantsMcp.Engine.Telemetry;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Telemetry;

/// <summary>
/// How long requests of the MCP door take. The SDK has a metric of the same name, but it shows whatever callers name
/// and the addresses of resources, and no tool unless there is a span.
/// </summary>
/// <remarks>Source: OpenTelemetry, semantic conventions for MCP.</remarks>
internal sealed class McpMetrics(IMeterFactory meters)
{
    private const string Failure = "assistants.tool_error";

    private static readonly InstrumentAdvice<double> _buckets = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
    };

    private readonly Histogram<double> _duration = meters.Create(EngineTelemetry.Name).CreateHistogram(
        "mcp.server.operation.duration", "s", "MCP request duration as observed on the receiver.", null, _buckets);

    /// <summary>Passes a message on, and measures how long it takes if it is a request and anybody wants to know.</summary>
    public Task MeasureAsync(McpMessageHandler next, MessageContext message, CancellationToken cancellationToken) =>
        _duration.Enabled && message.JsonRpcMessage is JsonRpcRequest request
            ? MeasureAsync(next, message, request, cancellationToken)
            : next(message, cancellationToken);

    /// <summary>Passes a call on, and notes it if its tool reports an error: to the protocol that is an answer like any other.</summary>
    public ValueTask<CallToolResult> NoteErrorAsync(
        McpRequestHandler<CallToolRequestParams, CallToolResult> next, RequestContext<CallToolRequestParams> call, CancellationToken cancellationToken)
    {
        return _duration.Enabled ? NoteAsync() : next(call, cancellationToken);

        async ValueTask<CallToolResult> NoteAsync()
        {
            var result = await next(call, cancellationToken);
            if (result.IsError is true)
            {
                call.Items[Failure] = true;
            }

            return result;
        }
    }

    private async Task MeasureAsync(McpMessageHandler next, MessageContext message, JsonRpcRequest request, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        string? error = null;
        try
        {
            await next(message, cancellationToken);
            error = message.Items.ContainsKey(Failure) ? "tool_error" : null;
        }
        catch (Exception exception)
        {
            error = exception switch
            {
                McpProtocolException refusal => ((int)refusal.ErrorCode).ToString(CultureInfo.InvariantCulture),
                OperationCanceledException => "cancelled",
                _ => exception.GetType().Name,
            };
            throw;
        }
        finally
        {
            _duration.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds, Describe(request, error));
        }
    }

    private static TagList Describe(JsonRpcRequest request, string? error)
    {
        var tags = new TagList { { "mcp.method.name", McpNames.Method(request.Method) } };
        var named = (request.Params as JsonObject)?["name"] is JsonValue value && value.TryGetValue<string>(out var name) ? name : null;
        switch (request.Method)
        {
            case RequestMethods.ToolsCall:
                tags.Add("gen_ai.tool.name", McpNames.Tool(named));
                break;
            case RequestMethods.PromptsGet:
                tags.Add("gen_ai.prompt.name", McpNames.Prompt(named));
                break;
        }

        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        return tags;
    }
}
