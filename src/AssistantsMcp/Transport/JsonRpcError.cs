using System.Buffers;
using System.Net.Mime;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AssistantsMcp.Transport;

/// <summary>Writes a JSON-RPC error for a request that never became a JSON-RPC call, hence mostly without an id.</summary>
internal static class JsonRpcError
{
    public const int ParseError = -32700;
    public const int InvalidRequest = -32600;
    public const int InvalidParams = -32602;
    public const int InternalError = -32603;

    // The default encoder turns every quotation mark of a text into an escape sequence.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task WriteAsync(HttpContext context, int status, int code, string message) => WriteAsync(context, status, new(code, message));

    public static async Task WriteAsync(HttpContext context, int status, JsonRpcProblem problem)
    {
        var body = ToJson(problem);
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaTypeNames.Application.Json;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    public static ReadOnlyMemory<byte> ToJson(JsonRpcProblem problem)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, Readable))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WriteStartObject("error");
            json.WriteNumber("code", problem.Code);
            json.WriteString("message", problem.Message);
            json.WriteEndObject();
            json.WritePropertyName("id");
            json.WriteRawValue(problem.Id ?? "null");
            json.WriteEndObject();
        }

        return body.WrittenMemory;
    }
}
