using System.Threading.Channels;

namespace AssistantsMcp.Engine.Execution;

/// <summary>Wakes the worker of this process when there may be something for it in the queue.</summary>
internal sealed class QueueBell
{
    private readonly Channel<bool> _rung = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Ring() => _rung.Writer.TryWrite(true);

    /// <summary>Waits until it was rung at least once since the last wait.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken) => await _rung.Reader.ReadAsync(cancellationToken);
}
