using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Timeout;

namespace AssistantsMcp.Clients;

/// <summary>
/// What may be sent again. A POST that may have taken effect never is: it could make a second run. This is the only
/// layer that repeats; the SDK's own is off.
/// </summary>
internal static class RepeatRules
{
    private const int MaxTries = 3;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    /// <param name="totalTimeout">What all tries and waits together have; a wait that would use it up is not begun.</param>
    public static HttpRetryStrategyOptions Retry(TimeSpan totalTimeout)
    {
        var longestWait = TimeSpan.FromTicks(Math.Min(LongestWait.Ticks, totalTimeout.Ticks / MaxTries));
        return new()
        {
            MaxRetryAttempts = MaxTries - 1,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(250),
            ShouldRetryAfterHeader = true,
            ShouldHandle = attempt => ValueTask.FromResult(MayRepeat(attempt.Outcome, attempt.Context, longestWait)),
        };
    }

    public static HttpCircuitBreakerStrategyOptions Circuit() => new()
    {
        FailureRatio = 0.5,
        MinimumThroughput = 10,
        SamplingDuration = TimeSpan.FromSeconds(30),
        BreakDuration = TimeSpan.FromSeconds(5),
        ShouldHandle = attempt => ValueTask.FromResult(
            attempt.Outcome.Exception is HttpRequestException or TimeoutRejectedException
            || attempt.Outcome.Result?.StatusCode >= HttpStatusCode.InternalServerError),
    };

    private static bool MayRepeat(Outcome<HttpResponseMessage> outcome, ResilienceContext context, TimeSpan longestWait)
    {
        var isSafe = context.GetRequestMessage()?.Method is { } method && (method == HttpMethod.Get || method == HttpMethod.Delete);
        return outcome switch
        {
            { Exception: HttpRequestException { HttpRequestError: var error } } => isSafe || NeverArrived(error),
            { Exception: TimeoutRejectedException } => isSafe,
            { Result: { } response } when WaitOf(response) > longestWait => false,
            { Result.StatusCode: HttpStatusCode.TooManyRequests } => true,
            { Result.StatusCode: HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError } => isSafe,
            _ => false,
        };
    }

    private static bool NeverArrived(HttpRequestError error) =>
        error is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;

    private static TimeSpan? WaitOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } wait } => wait,
        { Date: { } moment } => moment - (response.Headers.Date ?? DateTimeOffset.UtcNow),
        _ => null,
    };
}
