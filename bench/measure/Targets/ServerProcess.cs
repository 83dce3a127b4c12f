using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AssistantsMcp.Measure.Targets;

/// <summary>A server as a process of its own, on a free port of loopback. Its output goes to a file in memory.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly string _log;

    private ServerProcess(Process process, IPEndPoint address, string log) => (_process, Address, _log) = (process, address, log);

    public IPEndPoint Address { get; }

    public string Url => $"http://{Address}";

    /// <summary>What all of its threads have used so far, in user and kernel mode.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            // The second field is the name in brackets and may hold anything; utime and stime are the 14th and 15th.
            var stat = File.ReadAllText($"/proc/{_process.Id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return TimeSpan.FromMilliseconds(10 * (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)));
        }
    }

    /// <summary>Resident memory in MB.</summary>
    public double Memory => File.ReadLines($"/proc/{_process.Id}/status")
        .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Select(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024)
        .Single();

    /// <summary>Starts a program with <c>--urls</c> and waits until it accepts connections.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="preload">A library to load before all others, or null.</param>
    /// <param name="arguments">All but <c>--urls</c>.</param>
    public static async Task<ServerProcess> StartAsync(string program, string? preload, IEnumerable<string> arguments)
    {
        var server = Launch(program, preload, arguments);
        await server.ConnectedAsync();
        return server;
    }

    /// <summary>Starts a program with <c>--urls</c>.</summary>
    public static ServerProcess Launch(string program, string? preload, IEnumerable<string> arguments)
    {
        var address = new IPEndPoint(IPAddress.Loopback, FreePort());
        var log = Path.Combine(Scratch.Memory, $"{Path.GetFileName(program)}-{address.Port}.log");
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = Scratch.Disk };
        foreach (var argument in (string[])["-c", $"exec \"$0\" \"$@\" > {log} 2>&1 < /dev/null", program, .. arguments, $"--urls=http://{address}"])
        {
            start.ArgumentList.Add(argument);
        }

        // Made for the load generator, not for servers.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("DOTNET_SYSTEM_NET_SOCKETS", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        if (preload is not null)
        {
            start.Environment["LD_PRELOAD"] = preload;
        }

        return new ServerProcess(Process.Start(start)!, address, log);
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
            catch (SocketException) when (!_process.HasExited && Stopwatch.GetElapsedTime(started) < _patience)
            {
                // It is still starting.
            }
            catch (SocketException)
            {
                throw new InvalidOperationException($"The server did not start: {await File.ReadAllTextAsync(_log)}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        File.Delete(_log);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
