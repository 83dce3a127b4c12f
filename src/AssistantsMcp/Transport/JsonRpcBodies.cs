using System.Buffers;
using System.Net.Mime;
using AssistantsMcp.Engine;
using AssistantsMcp.Telemetry;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Transport;

/// <summary>Reads the whole message, within the limit, and sends back what is not one JSON object, or names the key.</summary>
internal sealed class JsonRpcBodies(RequestDelegate next, IOptions<EngineOptions> options)
{
    /// <summary>How much of a body that is too large is read and thrown away, so that its sender gets to see the answer.</summary>
    private const long DrainBytes = 64 * 1024 * 1024;

    private static readonly string[] _quotedHeaders = ["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"];

    private readonly int _limit = options.Value.Limits.ToolCallBytes;

    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (string.IsNullOrEmpty(request.ContentType))
        {
            request.ContentType = MediaTypeNames.Application.Json;
        }

        if (!HttpMethods.IsPost(request.Method) || !request.HasJsonContentType())
        {
            await next(context);
            return;
        }

        using var body = new MemoryStream(capacity: (int)Math.Clamp(request.ContentLength ?? 0, 0, _limit));
        if (!await TryReadAsync(context, body))
        {
            await JsonRpcError.WriteAsync(
                context, StatusCodes.Status413PayloadTooLarge, JsonRpcError.InvalidRequest, TooLarge(_limit));
            return;
        }

        var caller = context.Features.GetRequiredFeature<ApiKeyFeature>();
        if ((JsonRpcSyntax.FindProblem(body.GetBuffer().AsSpan(0, (int)body.Length), caller) ?? FindKey(request.Headers, caller)) is { } problem)
        {
            await JsonRpcError.WriteAsync(context, StatusCodes.Status400BadRequest, problem);
            return;
        }

        request.Body = WithoutEmptyParams(body);
        await next(context);
    }

    /// <summary>What is said of a message of more than so many bytes.</summary>
    public static string TooLarge(int limit) =>
        $"The message is larger than {limit} bytes (Limits:ToolCallBytes). Send what is that long over the REST API, /v1, or in several calls.";

    /// <summary>An empty <c>params</c> object is as good as none; the SDK refuses it where params have required fields.</summary>
    private static MemoryStream WithoutEmptyParams(MemoryStream body)
    {
        var json = body.GetBuffer().AsSpan(0, (int)body.Length);
        body.Position = 0;
        return JsonRpcSyntax.FindEmptyParams(json) is { } range
            ? new MemoryStream([.. json[..range.Start], .. "null"u8, .. json[range.End..]])
            : body;
    }

    /// <summary>The SDK quotes these headers where it refuses them.</summary>
    private static JsonRpcProblem? FindKey(IHeaderDictionary headers, ApiKeyFeature caller) =>
        Array.Find(_quotedHeaders, name => headers[name] is { Count: > 0 } value && caller.StandsInPartIn(value.ToString()) && !McpNames.IsKnown(value.ToString())) is { } found
            ? new(JsonRpcError.InvalidParams, ApiKeyFeature.Misplaced(found))
            : null;

    private async Task<bool> TryReadAsync(HttpContext context, MemoryStream body)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } serverLimit)
        {
            serverLimit.MaxRequestBodySize = null;
        }

        var total = 0L;
        var chunk = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            int read;
            while (total <= DrainBytes && (read = await context.Request.Body.ReadAsync(chunk, context.RequestAborted)) > 0)
            {
                total += read;
                if (total <= _limit)
                {
                    body.Write(chunk, 0, read);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }

        return total <= _limit;
    }
}
