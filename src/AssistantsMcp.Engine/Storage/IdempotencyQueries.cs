namespace AssistantsMcp.Engine.Storage;

/// <summary>The statements on kept answers.</summary>
internal static class IdempotencyQueries
{
    private const string Find = """
        SELECT request_hash, status, kind, answer, created_at FROM idempotency_keys
        WHERE tenant = @tenant AND key_hash = @key AND created_at > @outdated
        """;

    public static async ValueTask<KeptAnswer?> FindAsync(DatabaseSession session, string tenant, byte[] keyHash, DateTimeOffset outdated)
    {
        await using var reader = await session.Command(
            Find, ("@tenant", tenant), ("@key", keyHash), ("@outdated", outdated.ToUnixTimeMilliseconds())).ExecuteReaderAsync();
        return await reader.ReadAsync()
            ? new KeptAnswer
            {
                Tenant = tenant,
                KeyHash = keyHash,
                RequestHash = reader.GetFieldValue<byte[]>(0),
                Status = reader.GetInt32(1),
                Kind = (AnswerKind)reader.GetInt32(2),
                Body = reader.GetFieldValue<byte[]>(3),
                CreatedAt = reader.GetInt64(4),
            }
            : null;
    }

    // Of two writers at the same moment the second waits for the first, and then changes nothing.
    private const string Keep = """
        INSERT INTO idempotency_keys (tenant, key_hash, request_hash, status, kind, answer, created_at)
        VALUES (@tenant, @key, @request, @status, @kind, @answer, @created_at)
        ON CONFLICT (tenant, key_hash) DO UPDATE SET
            request_hash = excluded.request_hash, status = excluded.status, kind = excluded.kind,
            answer = excluded.answer, created_at = excluded.created_at
        WHERE idempotency_keys.created_at <= @outdated
        """;

    public static async ValueTask<bool> TryKeepAsync(DatabaseSession session, KeptAnswer answer, DateTimeOffset outdated) =>
        await session.Command(
            Keep,
            ("@tenant", answer.Tenant),
            ("@key", answer.KeyHash),
            ("@request", answer.RequestHash),
            ("@status", answer.Status),
            ("@kind", (int)answer.Kind),
            ("@answer", answer.Body),
            ("@created_at", answer.CreatedAt),
            ("@outdated", outdated.ToUnixTimeMilliseconds())).ExecuteNonQueryAsync() > 0;

    private const string AnyOutdated = "SELECT 1 FROM idempotency_keys WHERE created_at <= @outdated LIMIT 1";

    public static async ValueTask<bool> AnyOutdatedOfAnyTenantAsync(DatabaseSession session, DateTimeOffset outdated) =>
        await session.Command(AnyOutdated, ("@outdated", outdated.ToUnixTimeMilliseconds())).ExecuteScalarAsync() is not null;

    internal const string OldestOutdated =
        "SELECT tenant, key_hash FROM idempotency_keys WHERE created_at <= @outdated ORDER BY created_at LIMIT @most";

    public static async ValueTask<int> DeleteOutdatedOfAnyTenantAsync(DatabaseSession session, DateTimeOffset outdated, int most) =>
        await session.Command(
            session.Dialect.DeleteOutdatedAnswers, ("@outdated", outdated.ToUnixTimeMilliseconds()), ("@most", most)).ExecuteNonQueryAsync();
}
