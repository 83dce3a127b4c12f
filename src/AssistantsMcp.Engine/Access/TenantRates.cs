using System.Globalization;
using System.Threading.RateLimiting;
using AssistantsMcp.Engine.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Access;

/// <summary>
/// How many requests a minute each tenant may make, at this process: <c>Limits:RequestsPerMinute</c>. A tenant who has not
/// asked for anything in a while is forgotten.
/// </summary>
internal sealed class TenantRates : IDisposable
{
    private readonly PartitionedRateLimiter<string>? _limiter;
    private readonly TokenBucketRateLimiterOptions _bucket;

    public TenantRates(IOptions<EngineOptions> options)
    {
        var limits = options.Value.Limits;
        var rate = Math.Max(1, limits.RequestsPerMinute);
        _bucket = new TokenBucketRateLimiterOptions
        {
            TokenLimit = limits.RequestBurst ?? rate,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1) / rate,
        };
        _limiter = limits.RequestsPerMinute == 0
            ? null
            : PartitionedRateLimiter.Create<string, string>(tenant => RateLimitPartition.GetTokenBucketLimiter(tenant, _ => _bucket));
    }

    /// <summary>Counts a request, and tells its caller in the headers how many more there may be.</summary>
    /// <exception cref="ApiException">The tenant has made as many as are allowed.</exception>
    public void Count(string tenant, IHeaderDictionary answer)
    {
        if (_limiter is null)
        {
            return;
        }

        using var lease = _limiter.AttemptAcquire(tenant);
        var remaining = _limiter.GetStatistics(tenant)?.CurrentAvailablePermits ?? 0;
        answer["x-ratelimit-limit-requests"] = _bucket.TokenLimit.ToString(CultureInfo.InvariantCulture);
        answer["x-ratelimit-remaining-requests"] = remaining.ToString(CultureInfo.InvariantCulture);
        answer["x-ratelimit-reset-requests"] = string.Create(
            CultureInfo.InvariantCulture, $"{Math.Ceiling(((_bucket.TokenLimit - remaining) * _bucket.ReplenishmentPeriod).TotalSeconds)}s");
        if (!lease.IsAcquired)
        {
            throw ApiException.TooManyRequests(_bucket.ReplenishmentPeriod);
        }
    }

    public void Dispose() => _limiter?.Dispose();
}
