using System.ClientModel;
using System.Diagnostics;
using AssistantsMcp.Clients;
using AssistantsMcp.Tools;
using AssistantsMcp.Transport;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Resources;

/// <summary>
/// Turns what a resource or a completion fails with into a protocol error that says cause and remedy. These requests
/// have no result for failures, as tools have.
/// </summary>
internal sealed partial class RequestFailures(AssistantClientProvider clients, ApiKeyFeature caller, ILogger<RequestFailures> logger)
{
    /// <summary>From this version on, what is not found is an invalid parameter.</summary>
    private const string FirstWithoutOwnCode = "2026-07-28";

    /// <exception cref="McpProtocolException">The request failed.</exception>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    public async ValueTask<TResult> ExplainAsync<TParams, TResult>(
        McpRequestHandler<TParams, TResult> next, RequestContext<TParams> request, CancellationToken cancellationToken)
    {
        try
        {
            return await next(request, cancellationToken);
        }
        catch (ClientResultException refused) when (refused.Status == StatusCodes.Status404NotFound)
        {
            throw new McpProtocolException(Describe(refused, request.JsonRpcRequest.Method), NotFoundCode(request.Server));
        }
        catch (Exception exception) when (exception is not McpProtocolException && !cancellationToken.IsCancellationRequested)
        {
            throw new McpProtocolException(Describe(exception, request.JsonRpcRequest.Method), McpErrorCode.InternalError);
        }
    }

    public static McpErrorCode NotFoundCode(McpServer server) =>
        string.CompareOrdinal(server.NegotiatedProtocolVersion, FirstWithoutOwnCode) >= 0 ? McpErrorCode.InvalidParams : McpErrorCode.ResourceNotFound;

    private string Describe(Exception exception, string method) =>
        caller.Redact(UpstreamFailure.Describe(exception, clients.ServerName) ?? ReportOwnFault(exception, method));

    private string ReportOwnFault(Exception exception, string method)
    {
        var trace = (Activity.Current?.TraceId ?? ActivityTraceId.CreateRandom()).ToString();
        Log.Failed(logger, method, trace, exception);
        return $"This server failed; nothing was wrong with the request. Its operator finds the reason in the log under trace id {trace}.";
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Method} failed, trace id {TraceId}.")]
        public static partial void Failed(ILogger logger, string method, string traceId, Exception exception);
    }
}
