using System.Net;
using System.Net.Sockets;

namespace AssistantsMcp.Faults.Proxy;

/// <summary>One connection of a client through the proxy to the server.</summary>
internal sealed class ProxyConnection(FaultProxy proxy, Socket client)
{
    private readonly Socket _server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task RunAsync(IPEndPoint target)
    {
        try
        {
            // It may be broken before it has begun.
            client.NoDelay = true;
            await _server.ConnectAsync(target);
            await Task.WhenAll(PumpAsync(client, _server, isAnswer: false), PumpAsync(_server, client, isAnswer: true));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            Break();
        }
        finally
        {
            client.Dispose();
            _server.Dispose();
        }
    }

    /// <summary>Resets both sides.</summary>
    public void Break()
    {
        _broken.TrySetResult();
        Reset(client);
        Reset(_server);
    }

    private async Task PumpAsync(Socket from, Socket to, bool isAnswer)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            var passed = 0L;
            while (await from.ReceiveAsync(buffer.AsMemory()) is > 0 and var received)
            {
                for (var sent = 0; sent < received;)
                {
                    var piece = await NextPieceAsync(passed, received - sent, isAnswer);
                    if (piece == 0)
                    {
                        return;
                    }

                    await to.SendAsync(buffer.AsMemory(sent, piece));
                    (sent, passed) = (sent + piece, passed + piece);
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // One side broke, so the other one breaks too, and with it the other pump.
            Break();
        }
    }

    /// <summary>How many of the bytes that wait may pass, as soon as the fault lets them; 0 when no more will.</summary>
    private async Task<int> NextPieceAsync(long passed, int waiting, bool isAnswer)
    {
        while (!_broken.Task.IsCompleted)
        {
            var inForce = proxy.InForce;
            switch (inForce.Fault)
            {
                case ProxyFault.Delay delay:
                    await Task.Delay(delay.Time);
                    return waiting;
                case ProxyFault.Trickle trickle when isAnswer:
                    await Task.Delay(trickle.Pause);
                    return 1;
                case ProxyFault.AfterBytes limit when isAnswer && passed < limit.Count:
                    return (int)Math.Min(waiting, limit.Count - passed);
                case ProxyFault.Stall when isAnswer:
                    await Task.WhenAny(inForce.Over, _broken.Task);
                    break;
                case ProxyFault.AfterBytes end when isAnswer:
                    End(end);
                    return 0;
                default:
                    return waiting;
            }
        }

        return 0;
    }

    private void End(ProxyFault.AfterBytes fault)
    {
        switch (fault)
        {
            case ProxyFault.Cut:
                client.Shutdown(SocketShutdown.Both);
                _server.Shutdown(SocketShutdown.Both);
                break;
            case ProxyFault.HalfClose:
                client.Shutdown(SocketShutdown.Send);
                break;
            case ProxyFault.Reset:
                Break();
                break;
        }
    }

    /// <summary>Closes a socket with a reset instead of an end.</summary>
    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }
    }
}
