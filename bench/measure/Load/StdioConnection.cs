using AssistantsMcp.Measure.Targets;

namespace AssistantsMcp.Measure.Load;

/// <summary>One caller of a server over standard input and output, which is known by the id of its requests.</summary>
internal sealed class StdioConnection(StdioProcess process, long id) : IConnection
{
    private byte[] _body = [];

    public ReadOnlySpan<byte> Body => _body;

    public Task ConnectAsync() => Task.CompletedTask;

    public async ValueTask<int> ExchangeAsync(ReadOnlyMemory<byte> request)
    {
        _body = await process.AskAsync(id, request);
        return 200;
    }

    public void Dispose()
    {
    }
}
