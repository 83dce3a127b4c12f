using AssistantsMcp.Engine.Storage;
using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Engine.Api;

/// <summary>
/// A request that takes effect once, however often it is sent: its answer is kept in the transaction in which it takes
/// effect. A request without an <c>Idempotency-Key</c> is <see cref="Unkeyed"/>, and nothing is kept of it.
/// </summary>
internal sealed class Once
{
    /// <summary>A request that takes effect each time.</summary>
    public static readonly Once Unkeyed = new();

    private readonly KeptAnswer? _empty;
    private readonly DateTimeOffset _outdated;

    private Once()
    {
    }

    /// <param name="tenant">Who asks.</param>
    /// <param name="keyHash">SHA-256 of the key.</param>
    /// <param name="requestHash">SHA-256 of the request.</param>
    /// <param name="now">When it is asked.</param>
    /// <param name="outdated">Answers of this time and before do not count any more.</param>
    public Once(string tenant, byte[] keyHash, byte[] requestHash, DateTimeOffset now, DateTimeOffset outdated)
    {
        _outdated = outdated;
        _empty = new KeptAnswer
        {
            Tenant = tenant,
            KeyHash = keyHash,
            RequestHash = requestHash,
            Status = StatusCodes.Status200OK,
            Kind = AnswerKind.Json,
            Body = [],
            CreatedAt = now.ToUnixTimeMilliseconds(),
        };
    }

    /// <summary>Whether an answer is kept.</summary>
    public bool IsKeyed => _empty is not null;

    /// <summary>Keeps the answer; to be called in the transaction in which the request takes effect.</summary>
    /// <exception cref="AnsweredElsewhereException">The request has taken effect already; nothing of this transaction may.</exception>
    public ValueTask KeepAsync(StoreTransaction write, ReadOnlyMemory<byte> json, AnswerKind kind = AnswerKind.Json) =>
        KeepAsync(write, json, kind, StatusCodes.Status200OK);

    /// <summary>Keeps that the request was refused.</summary>
    /// <exception cref="AnsweredElsewhereException">Another answer is kept.</exception>
    public ValueTask KeepAsync(StoreTransaction write, ApiException refusal) => KeepAsync(
        write, EngineJson.WriteError(refusal.Message, refusal.Type, refusal.Param, refusal.Code), AnswerKind.Json, refusal.Status);

    private async ValueTask KeepAsync(StoreTransaction write, ReadOnlyMemory<byte> json, AnswerKind kind, int status)
    {
        if (_empty is not null
            && !await write.TryKeepAnswerAsync(_empty with { Status = status, Kind = kind, Body = json.ToArray() }, _outdated))
        {
            throw new AnsweredElsewhereException();
        }
    }
}

/// <summary>Another process did at the same moment what this one was asked to do once.</summary>
internal sealed class AnsweredElsewhereException : Exception;
