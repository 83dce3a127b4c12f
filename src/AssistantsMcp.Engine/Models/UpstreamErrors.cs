using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// Words a model server's failures for the run's <c>last_error</c>: one of the API's three codes, then cause and
/// remedy. The server's own words are kept where the caller can act on them, cleared of keys.
/// </summary>
/// <param name="callerKey">The caller's key.</param>
/// <param name="serverKey"><c>Model:ApiKey</c>, if set.</param>
/// <param name="host">How the model server is named.</param>
internal sealed partial class UpstreamErrors(ApiKey callerKey, string? serverKey, string host)
{
    private const string ServerError = "server_error";
    private const string RateLimitExceeded = "rate_limit_exceeded";
    private const string InvalidPrompt = "invalid_prompt";

    private const string AliasRemedy = "Name a model it has, or map the name with Model:Aliases.";
    private const int LongestMessage = 1000;

    /// <summary>An HTTP status other than 2xx.</summary>
    /// <param name="status">The status, which decides the code.</param>
    /// <param name="error">What the body says.</param>
    /// <param name="retryAfter">What the header of that name asks for.</param>
    public TurnFailed OfStatus(HttpStatusCode status, UpstreamError error, TimeSpan? retryAfter) =>
        Refused(status, error, retryAfter) with { ErrorType = ((int)status).ToString(CultureInfo.InvariantCulture) };

    private TurnFailed Refused(HttpStatusCode status, UpstreamError error, TimeSpan? retryAfter) => (int)status switch
    {
        429 => Failed(RateLimitExceeded, Sentences("The model server's rate limit was reached.", Clean(error.Message), When(retryAfter))),
        400 or 404 or 422 when error.Code == "model_not_found" => UnknownModel(error),
        404 when error.IsAboutModel => UnknownModel(error),
        404 => Failed(InvalidPrompt, $"The model server at {host} offers no /responses at that base URL. Check Model:BaseUrl."),
        400 or 413 or 422 => Failed(InvalidPrompt, Clean(error.Message) ?? $"The model server refused the request with status {(int)status}.") with
        {
            IsTooLong = error.IsAboutLength,
        },
        401 or 403 => Failed(ServerError, Sentences("The model server refused the API key.", serverKey is { Length: > 0 } ? "Check Model:ApiKey." : "Use a key that it accepts.")),
        >= 300 and < 400 => Failed(ServerError, $"The model server at {host} answered with a redirect, which is not followed. Set Model:BaseUrl to the final address."),
        _ => Failed(ServerError, Sentences($"The model server answered with status {(int)status}.", Clean(error.Message))),
    };

    /// <summary>An <c>error</c> event, or the response of a <c>response.failed</c>.</summary>
    public TurnFailed OfEvent(JsonElement data, ModelUsage usage)
    {
        var error = UpstreamError.Of(data);
        return new TurnFailed(CodeOf(error), Clean(error.Message) ?? "The model server failed without saying why.", usage)
        {
            IsTooLong = error.IsAboutLength,
        };
    }

    /// <summary>A 200 that is no event stream: an error in disguise, or no model server at all.</summary>
    public TurnFailed OfForeignAnswer(string? mediaType, UpstreamError error) => Failed(
        ServerError,
        Clean(error.Message) ?? $"The model server at {host} answered with {mediaType ?? "no content type"} instead of an event stream. Check Model:BaseUrl.") with { ErrorType = "no_stream" };

    /// <summary>A stream that ended, broke or made no sense before its terminal event.</summary>
    public static TurnFailed OfBrokenStream(string cause) =>
        Failed(ServerError, $"The model server's answer {cause}. Run again.") with { ErrorType = "broken_stream" };

    /// <summary>No answer at all.</summary>
    public static TurnFailed OfOutage(ModelServerException outage) => Failed(ServerError, outage.Message) with { ErrorType = outage.ErrorType };

    /// <summary>Something that the server cannot be given.</summary>
    public static TurnFailed OfInput(string message) => Failed(InvalidPrompt, message) with { ErrorType = "invalid_input" };

    private static TurnFailed Failed(string code, string message) => new(code, message, default);

    private TurnFailed UnknownModel(UpstreamError error) => Failed(
        InvalidPrompt, Sentences(Clean(error.Message) ?? "The model server does not have this model.", AliasRemedy));

    private static string CodeOf(UpstreamError error) => (error.Code, error.Type) switch
    {
        ("rate_limit_exceeded" or "insufficient_quota" or "429", _) => RateLimitExceeded,
        (_, "rate_limit_exceeded" or "insufficient_quota" or "rate_limit_error") => RateLimitExceeded,
        ("invalid_prompt" or "context_length_exceeded" or "model_not_found" or "400" or "404" or "422", _) => InvalidPrompt,
        (_, "invalid_request_error" or "exceed_context_size_error") => InvalidPrompt,
        // invalid_image, image_too_large, failed_to_download_image … and their siblings for other input
        ({ } code, _) when code.Contains("image", StringComparison.Ordinal) || code.StartsWith("invalid_input", StringComparison.Ordinal) => InvalidPrompt,
        _ => ServerError,
    };

    private static string? When(TimeSpan? retryAfter) => retryAfter is { } wait
        ? string.Create(CultureInfo.InvariantCulture, $"Try again in {Math.Ceiling(wait.TotalSeconds)} second{(Math.Ceiling(wait.TotalSeconds) == 1 ? "" : "s")}.")
        : "Try again later.";

    private static string Sentences(params IEnumerable<string?> sentences) => string.Join(' ', sentences.OfType<string>().Select(Ended));

    /// <summary>A server's own words may lack their full stop.</summary>
    private static string Ended(string sentence) => sentence.TrimEnd() is [.., var last] trimmed && last is not ('.' or '!' or '?' or '…') ? $"{trimmed}." : sentence;

    /// <summary>Upstream texts quote keys, whole or masked.</summary>
    public string? Clean(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        text = serverKey is { Length: > 0 } ? text.Replace(serverKey, "***", StringComparison.Ordinal) : text;
        text = KeyLike().Replace(callerKey.Redact(text), "***");
        return text.Length > LongestMessage ? text[..LongestMessage] + "…" : text;
    }

    [GeneratedRegex(@"\bsk-[\w*.\-]+|(?<=\bBearer )\S+")]
    private static partial Regex KeyLike();
}
