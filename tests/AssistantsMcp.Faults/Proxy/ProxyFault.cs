namespace AssistantsMcp.Faults.Proxy;

/// <summary>What goes wrong on the way between a client and a server.</summary>
internal abstract record ProxyFault
{
    /// <summary>Nothing: bytes pass as they come.</summary>
    public sealed record None : ProxyFault;

    /// <summary>Nobody listens: connections are refused, and the open ones are reset.</summary>
    public sealed record Refusal : ProxyFault;

    /// <summary>Every piece, in both directions, arrives this much later.</summary>
    public sealed record Delay(TimeSpan Time) : ProxyFault;

    /// <summary>The answers pass byte by byte, each after a pause.</summary>
    public sealed record Trickle(TimeSpan Pause) : ProxyFault;

    /// <summary>What happens to a connection when so many bytes of answers have passed it.</summary>
    public abstract record AfterBytes(long Count) : ProxyFault;

    /// <summary>It is closed on both sides.</summary>
    public sealed record Cut(long Count) : AfterBytes(Count);

    /// <summary>It is reset.</summary>
    public sealed record Reset(long Count) : AfterBytes(Count);

    /// <summary>The client is told that nothing more will come, and is still listened to.</summary>
    public sealed record HalfClose(long Count) : AfterBytes(Count);

    /// <summary>No answer passes until the fault is over, and nobody is told.</summary>
    public sealed record Stall(long Count) : AfterBytes(Count);
}
