using System.Collections.ObjectModel;
using System.Diagnostics;
using System.Text.Json;
using AssistantsMcp.Clients;
using AssistantsMcp.Engine.Schemas;
using AssistantsMcp.Transport;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Tools;

/// <summary>Checks the arguments of every call, and turns every failure into a text that says cause and remedy.</summary>
internal sealed partial class ToolCallFilter(AssistantClientProvider clients, ApiKeyFeature caller, ILogger<ToolCallFilter> logger)
{
    private static readonly ReadOnlyDictionary<string, JsonElement> NoArguments = ReadOnlyDictionary<string, JsonElement>.Empty;

    /// <exception cref="McpProtocolException">No tool has this name.</exception>
    /// <exception cref="InputRequiredException">The tool asks the caller something; to the SDK that is an answer.</exception>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    public async ValueTask<CallToolResult> InvokeAsync(
        McpRequestHandler<CallToolRequestParams, CallToolResult> next,
        RequestContext<CallToolRequestParams> call,
        CancellationToken cancellationToken)
    {
        if (ToolContract.Of(call) is { Arguments: var schema } && (FindKey(schema, call.Params?.Arguments) ?? FindProblem(schema, call.Params?.Arguments)) is { } problem)
        {
            return ToolResults.Error(caller.Redact(problem));
        }

        try
        {
            return await next(call, cancellationToken);
        }
        catch (Exception exception) when (exception is not (McpProtocolException or InputRequiredException) && !cancellationToken.IsCancellationRequested)
        {
            var text = UpstreamFailure.Describe(exception, clients.ServerName) ?? ReportOwnFault(exception, call.Params?.Name);
            return ToolResults.Error(caller.Redact(text));
        }
    }

    /// <summary>Ids become addresses, which are logged and traced, so no piece of the key may be in one.</summary>
    private string? FindKey(ObjectSchema schema, IDictionary<string, JsonElement>? arguments) =>
        (arguments ?? NoArguments).FirstOrDefault(argument => argument.Value.ValueKind == JsonValueKind.String && argument.Value.GetString() is { } text
            && (schema.Properties.GetValueOrDefault(argument.Key) is TextSchema { Pattern: { } pattern } && pattern == RequestSchemas.IdPattern ? caller.StandsInPartIn(text) : caller.IsSecret(text))) is { Key: { } name }
            ? ApiKeyFeature.Misplaced(name)
            : null;

    private static string? FindProblem(ObjectSchema schema, IDictionary<string, JsonElement>? arguments) =>
        schema.Check(arguments ?? NoArguments) switch
        {
            null => null,
            { Code: "unknown_parameter", Param: var param } unknown when !param.Contains('.', StringComparison.Ordinal) =>
                $"{unknown.Message} The tool's arguments are: {string.Join(", ", schema.Properties.Keys)}.",
            // The API's text for a word that is not on the list does not say which field it stands in.
            { Code: "invalid_value" } violation when !violation.Message.Contains(violation.Param, StringComparison.Ordinal) =>
                $"'{violation.Param}': {violation.Message}",
            var violation => violation.Message,
        };

    private string ReportOwnFault(Exception exception, string? tool)
    {
        var trace = (Activity.Current?.TraceId ?? ActivityTraceId.CreateRandom()).ToString();
        Log.Failed(logger, tool, trace, exception);
        return $"This server failed; nothing was wrong with the call. Its operator finds the reason in the log under trace id {trace}.";
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Tool {Tool} failed, trace id {TraceId}.")]
        public static partial void Failed(ILogger logger, string? tool, string traceId, Exception exception);
    }
}
