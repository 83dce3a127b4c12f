using System.Net;
using System.Security.Cryptography;
using System.Text;
using AssistantsMcp.Engine.Telemetry;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// The one retry layer toward the model server: from the outside in, at most three tries, a circuit per tenant, and a
/// limit on the silence before the response's headers. What happens after the headers is never repeated.
/// </summary>
internal static class ModelResilience
{
    /// <summary>Whose call it is; chooses the circuit.</summary>
    public static readonly HttpRequestOptionsKey<string> Tenant = new("AssistantsMcp.Tenant");

    /// <summary>Whether the call makes something at the server, so that one which may have taken effect is not repeated.</summary>
    public static readonly HttpRequestOptionsKey<bool> MakesSomething = new("AssistantsMcp.MakesSomething");

    /// <summary>
    /// For how long a <c>Retry-After</c> is heeded; without it, for a minute. A server that asks for a longer wait gets none: its
    /// answer is handed on at once.
    /// </summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> LongestWait = new("AssistantsMcp.LongestWait");

    private static readonly TimeSpan UsualLongestWait = TimeSpan.FromSeconds(60);

    public static void Configure(ResiliencePipelineBuilder<HttpResponseMessage> pipeline, ModelMetrics metrics, TimeProvider clock, TimeSpan silence)
    {
        pipeline.TimeProvider = clock;
        pipeline
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = 2,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromMilliseconds(500),
                MaxDelay = TimeSpan.FromSeconds(10),
                UseJitter = true,
                ShouldHandle = attempt => ValueTask.FromResult(IsWorthRetrying(attempt.Outcome, clock)),
                OnRetry = attempt =>
                {
                    metrics.Retried((int?)attempt.Outcome.Result?.StatusCode);
                    return default;
                },
                DelayGenerator = attempt => ValueTask.FromResult(RetryAfter(attempt.Outcome.Result, clock)),
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<HttpResponseMessage>
            {
                FailureRatio = 0.5,
                MinimumThroughput = 10,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = TimeSpan.FromSeconds(8),
                ShouldHandle = attempt => ValueTask.FromResult(IsOutage(attempt.Outcome)),
            })
            .AddTimeout(new TimeoutStrategyOptions { Timeout = silence });
    }

    /// <summary>
    /// Names a tenant's circuit. Polly keeps a pipeline for every name and shows the name in logs and metrics, so the
    /// names are few (4,096) and say nothing; two tenants rarely share one.
    /// </summary>
    public static string CircuitOf(HttpRequestMessage request)
    {
        var tenant = request.Options.TryGetValue(Tenant, out var value) ? value : string.Empty;
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(tenant)))[..3];
    }

    /// <summary>How long the server asks to be left alone; null where it does not say.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage? response, TimeProvider clock)
    {
        var wait = response?.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - clock.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static bool IsWorthRetrying(Outcome<HttpResponseMessage> outcome, TimeProvider clock) => outcome switch
    {
        // Any later failure may have taken effect, and a second answer would be paid for.
        { Exception: HttpRequestException e } => e.HttpRequestError
            is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
        // SocketsHttpHandler.ConnectTimeout shows itself like this.
        { Exception: OperationCanceledException { InnerException: TimeoutException } } => true,
        { Result: { } response } => IsPassing(response) && !(RetryAfter(response, clock) > LongestWaitFor(response)),
        _ => false,
    };

    private static TimeSpan LongestWaitFor(HttpResponseMessage response) =>
        response.RequestMessage is { } request && request.Options.TryGetValue(LongestWait, out var wait) ? wait : UsualLongestWait;

    private static bool IsPassing(HttpResponseMessage response) => response.StatusCode switch
    {
        HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict => true,
        // Who lists models can ask again; a key that is being verified is known by then.
        HttpStatusCode.TooManyRequests => response.RequestMessage?.Method != HttpMethod.Get,
        >= HttpStatusCode.InternalServerError => response.StatusCode != HttpStatusCode.NotImplemented && !MayHaveMadeSomething(response),
        _ => false,
    };

    private static bool MayHaveMadeSomething(HttpResponseMessage response) =>
        response.RequestMessage is { } request && request.Options.TryGetValue(MakesSomething, out var makes) && makes;

    private static bool IsOutage(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Exception: HttpRequestException or TimeoutRejectedException } => true,
        { Exception: OperationCanceledException { InnerException: TimeoutException } } => true,
        { Result.StatusCode: >= HttpStatusCode.InternalServerError } => true,
        _ => false,
    };
}
