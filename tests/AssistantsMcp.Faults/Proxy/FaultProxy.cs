using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace AssistantsMcp.Faults.Proxy;

/// <summary>
/// Stands between clients and a server, and does to their connections what a bad network does. The fault can be
/// changed while connections are open, and holds for them too.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly IPEndPoint _target;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<ProxyConnection, Task> _connections = [];
    private TcpListener _listener;
    private Task _accepting;

    private FaultProxy(IPEndPoint target)
    {
        _target = target;
        _listener = Listen(port: 0);
        Address = (IPEndPoint)_listener.LocalEndpoint;
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect to, the same whatever the fault is.</summary>
    public IPEndPoint Address { get; }

    /// <summary>The fault, and when it is over.</summary>
    public FaultInForce InForce { get; private set; } = new(new ProxyFault.None());

    public static FaultProxy Before(IPEndPoint target) => new(target);

    /// <summary>The address of a server behind this proxy, as its clients have to name it.</summary>
    public Uri Replace(Uri address) => new UriBuilder(address) { Host = Address.Address.ToString(), Port = Address.Port }.Uri;

    /// <summary>Goes over to another fault.</summary>
    public async Task SetAsync(ProxyFault fault)
    {
        var previous = InForce;
        InForce = new FaultInForce(fault);
        previous.End();

        var (refused, refuses) = (previous.Fault is ProxyFault.Refusal, fault is ProxyFault.Refusal);
        if (refuses && !refused)
        {
            _listener.Stop();
            await _accepting;
            await BreakAllAsync();
        }
        else if (refused && !refuses)
        {
            _listener = Listen(Address.Port);
            _accepting = AcceptAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await BreakAllAsync();
    }

    private static TcpListener Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        return listener;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = new ProxyConnection(this, await _listener.AcceptSocketAsync(_stopping.Token));
                _connections[connection] = RunAsync(connection);
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Connections are refused now, or it is all over.
        }
    }

    private async Task RunAsync(ProxyConnection connection)
    {
        await Task.Yield();
        await connection.RunAsync(_target);
        _connections.TryRemove(connection, out _);
    }

    private async Task BreakAllAsync()
    {
        foreach (var (connection, running) in _connections)
        {
            connection.Break();
            await running;
        }
    }
}

/// <summary>A fault for as long as it lasts.</summary>
internal sealed class FaultInForce(ProxyFault fault)
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ProxyFault Fault => fault;

    /// <summary>Completes when another fault has taken its place.</summary>
    public Task Over => _over.Task;

    public void End() => _over.TrySetResult();
}
