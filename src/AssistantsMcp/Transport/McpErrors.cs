using System.Diagnostics;
using System.Text.Json;

namespace AssistantsMcp.Transport;

/// <summary>Gives every failure of the MCP door a JSON-RPC error body; the SDK and the server leave most of them empty.</summary>
internal sealed partial class McpErrors(RequestDelegate next, ILogger<McpErrors> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException refused) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = refused.StatusCode;
        }
        catch (JsonException) when (!context.Response.HasStarted)
        {
            // The SDK reads the params of initialize before any filter of it could answer.
            await JsonRpcError.WriteAsync(context, StatusCodes.Status400BadRequest, JsonRpcError.InvalidParams, "The message's params do not fit its method.");
            return;
        }
        catch (Exception fault) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            var trace = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;
            Log.Failed(logger, trace, fault);
            await JsonRpcError.WriteAsync(context, StatusCodes.Status500InternalServerError, JsonRpcError.InternalError, $"Internal error. Its trace id is {trace}.");
            return;
        }

        var response = context.Response;
        if (response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null or 0 })
        {
            await JsonRpcError.WriteAsync(context, response.StatusCode, JsonRpcError.InvalidRequest, Explain(response.StatusCode));
        }
    }

    private static string Explain(int status) => status switch
    {
        StatusCodes.Status404NotFound => "Nothing is here. The MCP endpoint is /mcp with the header 'Authorization: Bearer <key>', or /mcp/<key>.",
        StatusCodes.Status405MethodNotAllowed => "Only POST is served here: the server keeps no sessions and sends nothing unasked.",
        StatusCodes.Status408RequestTimeout => "The request body arrived too slowly.",
        StatusCodes.Status413PayloadTooLarge => "The request body is too large.",
        StatusCodes.Status415UnsupportedMediaType => "The request body must be JSON: send 'Content-Type: application/json'.",
        _ => "The request cannot be served as it is.",
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A request of the MCP door failed, trace id {TraceId}.")]
        public static partial void Failed(ILogger logger, string traceId, Exception fault);
    }
}
