using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AssistantsMcp.Faults.Proxy;

/// <summary>Each fault does what it says, to a server that answers every byte with the same byte.</summary>
public sealed class FaultProxyTests : IAsyncLifetime
{
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(30));
    private FaultProxy _proxy = null!;

    public Task InitializeAsync()
    {
        _server.Start();
        _proxy = FaultProxy.Before((IPEndPoint)_server.LocalEndpoint);
        _ = EchoAsync();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _server.Stop();
        _patience.Dispose();
    }

    [Fact]
    public async Task NoFault_PassesEverything_AndTheEnd()
    {
        using var client = await ConnectAsync();

        await SendAsync(client, "Hello");
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal("Hello", await RestAsync(client));
    }

    [Fact]
    public async Task Cut_EndsTheAnswerAfterSoManyBytes()
    {
        await _proxy.SetAsync(new ProxyFault.Cut(3));
        using var client = await ConnectAsync();

        await SendAsync(client, "Hello");

        Assert.Equal("Hel", await RestAsync(client));
    }

    [Fact]
    public async Task Reset_BreaksTheAnswerOffAfterSoManyBytes()
    {
        await _proxy.SetAsync(new ProxyFault.Reset(3));
        using var client = await ConnectAsync();

        await SendAsync(client, "Hello");

        await Assert.ThrowsAsync<SocketException>(() => RestAsync(client));
    }

    [Fact]
    public async Task HalfClose_EndsTheAnswer_AndLetsTheClientGoOn()
    {
        await _proxy.SetAsync(new ProxyFault.HalfClose(3));
        using var client = await ConnectAsync();

        await SendAsync(client, "Hello");
        var answer = await RestAsync(client);
        await SendAsync(client, "More");

        Assert.Equal("Hel", answer);
    }

    [Fact]
    public async Task Stall_HoldsTheAnswer_UntilTheFaultIsOver()
    {
        await _proxy.SetAsync(new ProxyFault.Stall(3));
        using var client = await ConnectAsync();
        await SendAsync(client, "Hello");
        Assert.Equal("Hel", await ReceiveAsync(client, 3));

        var next = ReceiveAsync(client, 2);
        await Task.Delay(TimeSpan.FromMilliseconds(100));
        Assert.False(next.IsCompleted);
        await _proxy.SetAsync(new ProxyFault.None());

        Assert.Equal("lo", await next);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SlowWays_PassEverything(bool byteByByte)
    {
        var pause = TimeSpan.FromMilliseconds(5);
        await _proxy.SetAsync(byteByByte ? new ProxyFault.Trickle(pause) : new ProxyFault.Delay(pause));
        using var client = await ConnectAsync();
        var started = TimeProvider.System.GetTimestamp();

        await SendAsync(client, "Hello");

        Assert.Equal("Hello", await ReceiveAsync(client, 5));
        Assert.True(TimeProvider.System.GetElapsedTime(started) >= pause);
    }

    [Fact]
    public async Task Refusal_ResetsWhatIsOpen_RefusesWhatIsNew_AndPasses()
    {
        using var open = await ConnectAsync();
        await SendAsync(open, "Hello");
        await ReceiveAsync(open, 5);

        await _proxy.SetAsync(new ProxyFault.Refusal());

        await Assert.ThrowsAsync<SocketException>(() => RestAsync(open));
        await Assert.ThrowsAsync<SocketException>(ConnectAsync);
        await _proxy.SetAsync(new ProxyFault.None());
        using var later = await ConnectAsync();
        await SendAsync(later, "Again");
        Assert.Equal("Again", await ReceiveAsync(later, 5));
    }

    [Fact]
    public async Task FaultThatBegins_HoldsForOpenConnections()
    {
        using var client = await ConnectAsync();
        await SendAsync(client, "Hello");
        await ReceiveAsync(client, 5);

        await _proxy.SetAsync(new ProxyFault.Cut(7));
        await SendAsync(client, "World");

        Assert.Equal("Wo", await RestAsync(client));
    }

    private async Task EchoAsync()
    {
        try
        {
            while (true)
            {
                _ = EchoAsync(await _server.AcceptSocketAsync(_patience.Token));
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task EchoAsync(Socket accepted)
    {
        using var socket = accepted;
        var buffer = new byte[64];
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), _patience.Token) is > 0 and var received)
            {
                await socket.SendAsync(buffer.AsMemory(0, received), _patience.Token);
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client broke off.
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_proxy.Address, _patience.Token);
        return socket;
    }

    private async Task SendAsync(Socket socket, string text) => await socket.SendAsync(Encoding.ASCII.GetBytes(text).AsMemory(), _patience.Token);

    private async Task<string> ReceiveAsync(Socket socket, int count)
    {
        var buffer = new byte[count];
        for (var received = 0; received < count;)
        {
            received += await socket.ReceiveAsync(buffer.AsMemory(received), _patience.Token) is > 0 and var more
                ? more
                : throw new EndOfStreamException();
        }

        return Encoding.ASCII.GetString(buffer);
    }

    private async Task<string> RestAsync(Socket socket)
    {
        var (text, buffer) = (new StringBuilder(), new byte[64]);
        while (await socket.ReceiveAsync(buffer.AsMemory(), _patience.Token) is > 0 and var received)
        {
            text.Append(Encoding.ASCII.GetString(buffer, 0, received));
        }

        return text.ToString();
    }
}
