using System.Security.Cryptography;
using System.Text;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AssistantsMcp.Engine.Api;

/// <summary>
/// Requests that may be sent again: with the header <c>Idempotency-Key</c>, the first of them takes effect and the
/// others get its answer, for a day. In one process they take turns; between processes the database decides.
/// </summary>
/// <remarks>The semantics are Stripe's: https://docs.stripe.com/api/idempotent_requests.</remarks>
internal sealed class Idempotency(Store store, RunReplays runs, TimeProvider time)
{
    public const string Header = "Idempotency-Key";

    /// <summary>How long an answer is kept.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private const int LongestKey = 255;

    private readonly KeyedTurns<(string Tenant, string KeyHash)> _turns = new();

    /// <summary>Does what a request asks for, unless that was done before.</summary>
    /// <param name="request">A request that is valid.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="content">What the request brings along.</param>
    /// <param name="execute">Does it, and keeps its answer where it takes effect.</param>
    /// <exception cref="ApiException">The key is malformed, or was used for another request; or <paramref name="execute"/> refuses.</exception>
    public async Task<IResult> OnceAsync(HttpRequest request, Caller caller, IRequestContent content, Func<Once, Task<IResult>> execute)
    {
        if (!request.Headers.TryGetValue(Header, out var key))
        {
            return await execute(Once.Unkeyed);
        }

        var (keyHash, requestHash) = (HashOf(key), RequestHash.Of(request, content));
        using var turn = await _turns.TakeAsync((caller.Tenant, Convert.ToHexString(keyHash)), request.HttpContext.RequestAborted);
        while (true)
        {
            if (await FindAsync(caller.Tenant, keyHash, requestHash) is { } kept)
            {
                return kept;
            }

            try
            {
                var now = time.GetUtcNow();
                return await ExecuteAsync(new Once(caller.Tenant, keyHash, requestHash, now, now - Lifetime), execute);
            }
            catch (AnsweredElsewhereException)
            {
                // The answer is found now. Only if its day ends at this moment the request takes effect once more.
            }
        }
    }

    private async Task<IResult> ExecuteAsync(Once once, Func<Once, Task<IResult>> execute)
    {
        try
        {
            return await execute(once);
        }
        catch (ApiException refusal) when (IsFinal(refusal))
        {
            await store.WriteAsync(WriteScope.Nothing, write => once.KeepAsync(write, refusal), CancellationToken.None);
            throw;
        }
    }

    /// <exception cref="ApiException">The key was used for another request.</exception>
    private async Task<IResult?> FindAsync(string tenant, byte[] keyHash, byte[] requestHash) =>
        await store.FindAnswerAsync(tenant, keyHash, time.GetUtcNow() - Lifetime) switch
        {
            null => null,
            var kept when !kept.RequestHash.AsSpan().SequenceEqual(requestHash) => throw ApiException.IdempotencyKeyReuse(),
            { Kind: AnswerKind.Json } kept => new Replayed(new StoredJson(kept.Body, kept.Status)),
            var kept => new Replayed(runs.Of(kept)),
        };

    private static byte[] HashOf(StringValues header) =>
        header is [{ Length: > 0 and <= LongestKey } key] && key.All(letter => letter is >= ' ' and <= '~')
            ? SHA256.HashData(Encoding.ASCII.GetBytes(key))
            : throw ApiException.MalformedIdempotencyKey();

    /// <summary>Whether a refusal stays when the request is sent again: it is neither about the caller nor about the moment.</summary>
    private static bool IsFinal(ApiException refusal) => refusal.Status is >= 400 and < 500
        and not StatusCodes.Status401Unauthorized and not StatusCodes.Status403Forbidden and not StatusCodes.Status408RequestTimeout
        and not StatusCodes.Status409Conflict and not StatusCodes.Status429TooManyRequests;

    /// <summary>An answer that was given before.</summary>
    private sealed class Replayed(IResult answer) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers["Idempotent-Replayed"] = "true";
            return answer.ExecuteAsync(httpContext);
        }
    }
}
