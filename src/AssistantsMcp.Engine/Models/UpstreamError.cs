using System.Globalization;
using System.Text.Json;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// What a model server says about a failure, in any of the shapes that servers use: <c>{error:{…}}</c>,
/// <c>{error:"…"}</c>, <c>{message}</c>, <c>{detail}</c> and <c>{detail:[{loc,msg}]}</c>.
/// </summary>
/// <param name="Code">Its code; for llama.cpp and vLLM an HTTP status.</param>
/// <param name="Type">Its kind, such as <c>invalid_request_error</c>.</param>
/// <param name="Message">Its words, not yet cleared of secrets.</param>
internal readonly record struct UpstreamError(string? Code, string? Type, string? Message)
{
    /// <summary>As vLLM, OpenRouter, Ollama, LM Studio and the providers behind them put it.</summary>
    private static readonly string[] _tooLong =
        ["context length", "context window", "context size", "maximum model length", "prompt is too long", "input is too long"];

    public static UpstreamError Of(JsonElement body)
    {
        var error = body.Find("error") ?? body;
        return new UpstreamError(CodeOf(error), error.Text("type"), MessageOf(error));
    }

    /// <summary>Reads the body of an error answer, which may be no JSON at all.</summary>
    public static UpstreamError Of(ReadOnlySpan<byte> body)
    {
        try
        {
            return Of(ModelJson.Parse(body));
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>Whether it says that the model is unknown, rather than the route.</summary>
    public bool IsAboutModel =>
        Code == "model_not_found" || Message?.Contains("model", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Whether it says that the prompt is more than the model can read: by code (OpenAI), by type (llama.cpp), or in words.</summary>
    public bool IsAboutLength =>
        Code == "context_length_exceeded"
        || Type == "exceed_context_size_error"
        || (Message is { } message && _tooLong.Any(words => message.Contains(words, StringComparison.OrdinalIgnoreCase)));

    private static string? CodeOf(JsonElement error) =>
        error.Text("code") ?? error.Number("code")?.ToString(CultureInfo.InvariantCulture);

    private static string? MessageOf(JsonElement error)
    {
        if (error.ValueKind == JsonValueKind.String)
        {
            return error.GetString();
        }

        var first = error.Elements("detail").FirstOrDefault();
        var place = string.Join('.', first.Elements("loc").Select(step => step.ToString()));
        return error.Text("message") ?? error.Text("detail") ?? (first.Text("msg") is { } reason ? $"{place}: {reason}" : null);
    }
}
