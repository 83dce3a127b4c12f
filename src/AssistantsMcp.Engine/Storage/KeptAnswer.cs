namespace AssistantsMcp.Engine.Storage;

/// <summary>The answer to a request that came with an <c>Idempotency-Key</c>, kept for whoever sends the request again.</summary>
internal sealed record KeptAnswer
{
    public required string Tenant { get; init; }

    /// <summary>SHA-256 of the caller's key, which itself is kept nowhere.</summary>
    public required byte[] KeyHash { get; init; }

    /// <summary>SHA-256 of the request.</summary>
    public required byte[] RequestHash { get; init; }

    public required int Status { get; init; }

    public required AnswerKind Kind { get; init; }

    /// <summary>The answer's JSON; of a stream, the run that it began with.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long CreatedAt { get; init; }
}

/// <summary>In what form an answer was sent. The numbers are in databases: they never change.</summary>
internal enum AnswerKind
{
    Json = 0,

    /// <summary>The stream of a run.</summary>
    RunStream = 1,

    /// <summary>The stream of a run and of the thread that was made with it.</summary>
    ThreadAndRunStream = 2,
}
