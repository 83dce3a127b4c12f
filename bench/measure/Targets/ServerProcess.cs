using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AssistantsMcp.Measure.Load;

namespace AssistantsMcp.Measure.Targets;

/// <summary>A server as a process of its own, on a free port of loopback. Its output goes to a file in memory.</summary>
internal sealed class ServerProcess : MeasuredProcess
{
    /// <summary>How long a start may take.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly string _log;

    private ServerProcess(Process process, IPEndPoint address, string log)
        : base(process) => (Address, _log) = (address, log);

    public IPEndPoint Address { get; }

    public string Url => $"http://{Address}";

    /// <summary>Starts a program with <c>--urls</c> and waits until it accepts connections.</summary>
    public static async Task<ServerProcess> StartAsync(Launch launch)
    {
        var server = Start(launch);
        await server.ConnectedAsync();
        return server;
    }

    /// <summary>Starts a program with <c>--urls</c>.</summary>
    public static ServerProcess Start(Launch launch)
    {
        var address = FreeAddress();
        return Start(launch with { Command = [.. launch.Command, $"--urls=http://{address}"] }, address);
    }

    /// <summary>Starts a program that was told where to listen.</summary>
    public static ServerProcess Start(Launch launch, IPEndPoint address)
    {
        var log = Path.Combine(Scratch.Memory, $"{address.Port}.log");
        return new ServerProcess(Process.Start(launch.Through($"> {log} 2>&1 < /dev/null"))!, address, log);
    }

    public static IPEndPoint FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (IPEndPoint)listener.LocalEndpoint;
    }

    /// <summary>Waits until the server accepts connections.</summary>
    public async Task ConnectedAsync()
    {
        for (var started = Stopwatch.GetTimestamp(); ; await Task.Delay(1))
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(Address);
                return;
            }
            catch (SocketException) when (!Process.HasExited && Stopwatch.GetElapsedTime(started) < _patience)
            {
                // It is still starting.
            }
            catch (SocketException)
            {
                throw new WrongAnswerException($"the server did not start: {await File.ReadAllTextAsync(_log)}");
            }
        }
    }

    protected override void CleanUp() => File.Delete(_log);
}
