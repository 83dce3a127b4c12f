using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// One model turn as the body of <c>POST /responses</c>: always streamed, never stored, with its whole input.
/// A field is written only where the assistant or the run named it.
/// </summary>
/// <remarks>
/// Messages are <see cref="InputTranslation"/>'s, earlier items <see cref="ItemTranslation"/>'s, tools <see cref="ToolTranslation"/>'s, the
/// format <see cref="FormatTranslation"/>'s.
/// </remarks>
internal static class ResponsesRequest
{
    public static ReadOnlyMemory<byte> Write(ModelRequest request, ModelOptions options, BackendProfile backend)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var body = new Utf8JsonWriter(buffer))
        {
            body.WriteStartObject();

            body.WriteString("model", options.NameSent(request.Model));
            WriteInstructions(body, request);
            InputTranslation.WriteInput(body, request, backend);
            ToolTranslation.WriteTools(body, request, backend);
            FormatTranslation.WriteFormat(body, request.ResponseFormat, backend);
            body.WriteIfAny("temperature", request.Temperature);
            body.WriteIfAny("top_p", request.TopP);
            WriteReasoning(body, request, backend);
            WriteMaxOutputTokens(body, request);
            body.WriteBoolean("stream", true);
            body.WriteBoolean("store", false);
            WriteBackendExtras(body, request, backend);

            body.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteInstructions(Utf8JsonWriter body, ModelRequest request)
    {
        if (!string.IsNullOrEmpty(request.Instructions))
        {
            body.WriteString("instructions", request.Instructions);
        }
    }

    private static void WriteReasoning(Utf8JsonWriter body, ModelRequest request, BackendProfile backend)
    {
        if (request.ReasoningEffort is { } effort)
        {
            body.WriteStartObject("reasoning");
            body.WriteString("effort", backend.TakesAnyEffort ? effort : NearestOfFour(effort));
            body.WriteEndObject();
        }
    }

    private static string NearestOfFour(string effort) => effort switch
    {
        "minimal" => "low",
        "xhigh" or "max" => "high",
        _ => effort,
    };

    private static void WriteMaxOutputTokens(Utf8JsonWriter body, ModelRequest request)
    {
        if (request.MaxOutputTokens is { } tokens)
        {
            body.WriteNumber("max_output_tokens", tokens);
        }
    }

    private static void WriteBackendExtras(Utf8JsonWriter body, ModelRequest request, BackendProfile backend)
    {
        // With store:false a reasoning item can be replayed only with its ciphertext.
        string[] included = [.. backend.EncryptsReasoning ? ["reasoning.encrypted_content"] : Array.Empty<string>(), .. ToolTranslation.Included(request, backend)];
        if (included.Length > 0)
        {
            body.WriteStartArray("include");
            foreach (var part in included)
            {
                body.WriteStringValue(part);
            }

            body.WriteEndArray();
        }

        if (backend.TakesVendorFields)
        {
            body.WriteString("prompt_cache_key", CacheKey(request.ThreadId));
            body.WriteStartObject("stream_options");
            body.WriteBoolean("include_obfuscation", false);
            body.WriteEndObject();
        }
    }

    /// <summary>Keeps a thread's prefix warm in the prompt cache, without telling the thread's id.</summary>
    private static string CacheKey(string threadId) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(threadId)).AsSpan(0, 16));
}
