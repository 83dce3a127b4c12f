using System.Buffers;
using System.Net.Mime;
using System.Text.Json;
using System.Text.Unicode;
using AssistantsMcp.Engine;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Transport;

/// <summary>Reads the whole message, within the limit, and sends back what is not one JSON object.</summary>
internal sealed class JsonRpcBodies(RequestDelegate next, IOptions<EngineOptions> options)
{
    /// <summary>How much of a body that is too large is read and thrown away, so that its sender gets to see the answer.</summary>
    private const long DrainBytes = 64 * 1024 * 1024;

    private readonly int _limit = options.Value.Limits.BodyBytes;

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

        using var body = new MemoryStream();
        if (!await TryReadAsync(context, body))
        {
            await JsonRpcError.WriteAsync(
                context, StatusCodes.Status413PayloadTooLarge, JsonRpcError.InvalidRequest, $"The request body is larger than {_limit} bytes.");
            return;
        }

        if (FindProblem(body.GetBuffer().AsSpan(0, (int)body.Length)) is var (code, message))
        {
            await JsonRpcError.WriteAsync(context, StatusCodes.Status400BadRequest, code, message);
            return;
        }

        body.Position = 0;
        request.Body = body;
        await next(context);
    }

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

    private static (int Code, string Message)? FindProblem(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return (JsonRpcError.ParseError, "The request body is empty. Send one JSON-RPC message.");
        }

        if (!Utf8.IsValid(json))
        {
            return (JsonRpcError.ParseError, "The request body is not valid UTF-8.");
        }

        var reader = new Utf8JsonReader(json);
        try
        {
            reader.Read();
            var kind = reader.TokenType;
            do
            {
                // Decoding finds what the reader alone lets pass: half of a surrogate pair.
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                {
                    reader.GetString();
                }
            }
            while (reader.Read());

            return kind switch
            {
                JsonTokenType.StartObject => null,
                JsonTokenType.StartArray => (JsonRpcError.InvalidRequest, "JSON-RPC batches are not supported. Send one message per request."),
                _ => (JsonRpcError.InvalidRequest, "A JSON-RPC message is one JSON object."),
            };
        }
        catch (JsonException malformed)
        {
            return (JsonRpcError.ParseError, $"The request body is not valid JSON, at line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1}.");
        }
        catch (InvalidOperationException)
        {
            return (JsonRpcError.ParseError, $"The request body is not valid JSON: the text at byte {reader.TokenStartIndex + 1} holds half of a surrogate pair.");
        }
    }
}
