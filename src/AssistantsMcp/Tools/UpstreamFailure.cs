using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using System.Text.Json;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace AssistantsMcp.Tools;

/// <summary>Explains to a caller why the Assistants server behind the tools did not do what was asked.</summary>
internal static class UpstreamFailure
{
    /// <param name="exception">What a tool ended with.</param>
    /// <param name="server">The server behind the tools: as a part of a sentence.</param>
    /// <returns>Cause, then remedy; null when the exception does not come from that server.</returns>
    public static string? Describe(Exception exception, string server) => exception switch
    {
        ClientResultException { InnerException: HttpRequestException unreachable } => Describe(unreachable, server),
        ClientResultException failure when failure.GetRawResponse() is { } response => DescribeAnswer(response, server),
        HttpRequestException unreachable =>
            $"No connection to {server}: {Reason(unreachable.HttpRequestError)}. Check that it is running and that Assistants:Endpoint names it.",
        IOException or ClientResultException { InnerException: IOException } =>
            $"The answer of {server} broke off. Look whether the call took effect before you repeat it.",
        BrokenCircuitException { RetryAfter: var pause } =>
            $"Calls to {server} failed repeatedly and are held back for a while. Try again in {Seconds(pause ?? TimeSpan.FromSeconds(5))}.",
        TimeoutRejectedException or OperationCanceledException =>
            $"No answer from {server} in time. Look whether the call took effect before you repeat it.",
        TooManyWaitsException { Limit: var limit } =>
            $"Too many calls with this API key wait for runs: {limit} at most. Call without wait_seconds, or wait for fewer runs at a time.",
        UnreadableAnswerException =>
            $"The answer of {server} is not a JSON object, so it is no Assistants API. Check Assistants:Endpoint.",
        _ => null,
    };

    private static string DescribeAnswer(PipelineResponse response, string server)
    {
        var message = MessageOf(response);
        return response.Status switch
        {
            // Some say themselves what to do about it.
            401 when message?.Contains(". ", StringComparison.Ordinal) is true => message,
            401 => $"{message ?? "The API key was refused."} Call this server with a key that is valid for {server}.",
            404 when message is null || message.StartsWith("Invalid URL", StringComparison.Ordinal) =>
                $"There is no such route at {server} (HTTP 404). Check Assistants:Endpoint, which ends in /v1 as a rule.",
            429 => $"{(message is null ? "The rate limit is reached." : Remedies.AddTo(message))} {WhenToRetry(response)}",
            // Its own words say for how long: a key that cannot be verified now, a database that is busy.
            503 when message is not null => message,
            >= 300 and < 400 =>
                $"A redirect from {server} (HTTP {response.Status}) is not followed. The operator should set Assistants:Endpoint to the final address.",
            >= 500 => $"A failure of {server} (HTTP {response.Status}){(message is null ? "." : $": {message}")} The fault is not in the call; try again later.",
            _ when message is not null => Remedies.AddTo(message),
            _ => $"The call was refused by {server} (HTTP {response.Status}) without a reason.",
        };
    }

    /// <summary>The text of the API's error body; null when the body is something else.</summary>
    private static string? MessageOf(PipelineResponse response)
    {
        try
        {
            using var body = JsonDocument.Parse(response.Content.ToMemory());
            return body.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object
                && error.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String
                && message.GetString() is { Length: > 0 } text
                    ? text
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string WhenToRetry(PipelineResponse response) =>
        response.Headers.TryGetValue("Retry-After", out var wait) && int.TryParse(wait, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? $"Try again in {Seconds(TimeSpan.FromSeconds(seconds))}."
            : "Try again after a while.";

    private static string Seconds(TimeSpan wait) => Math.Ceiling(wait.TotalSeconds) is var count and > 1 ? $"{count} seconds" : "1 second";

    private static string Reason(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "its name is unknown",
        HttpRequestError.ConnectionError => "nobody answers there",
        HttpRequestError.SecureConnectionError => "no trusted TLS connection",
        HttpRequestError.ResponseEnded => "it hung up in the middle of its answer",
        _ => "the connection failed",
    };
}
