namespace AssistantsMcp.Measure.Load;

/// <summary>One caller's way to a server: a request, then its answer.</summary>
internal interface IConnection : IDisposable
{
    /// <summary>The body of the newest answer, valid until the next request.</summary>
    ReadOnlySpan<byte> Body { get; }

    Task ConnectAsync();

    /// <summary>Sends a request and reads the answer to its end.</summary>
    /// <returns>The status, as HTTP numbers it.</returns>
    ValueTask<int> ExchangeAsync(ReadOnlyMemory<byte> request);
}
