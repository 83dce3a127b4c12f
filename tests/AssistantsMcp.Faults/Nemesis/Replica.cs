using System.Diagnostics;
using System.Globalization;

namespace AssistantsMcp.Faults.Nemesis;

/// <summary>One server process, to be killed, paused and stopped. What it says is kept beside the database.</summary>
internal sealed class Replica : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task _log;

    private Replica(Process process, Uri address, Task log)
    {
        (_process, _log) = (process, log);
        Http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(10) };
    }

    public HttpClient Http { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts the built server on a free port and waits until it listens.</summary>
    /// <param name="settings">Its command line, such as <c>Access:Mode=open</c>.</param>
    /// <param name="logFile">Where its output goes.</param>
    public static async Task<Replica> StartAsync(IEnumerable<string> settings, string logFile)
    {
        var process = ChildProcess.Start(["--urls=http://127.0.0.1:0", .. settings.Select(setting => $"--{setting}")]);
        var log = new StreamWriter(logFile, append: true) { AutoFlush = true };
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(_patience) is { } line)
        {
            await log.WriteLineAsync(line);
            if (line.Split("listens on ") is [_, var address])
            {
                return new Replica(process, new Uri(address), KeepAsync(process, log));
            }
        }

        await log.DisposeAsync();
        throw new InvalidOperationException($"The server ended before it listened: {await process.StandardError.ReadToEndAsync()}");
    }

    /// <summary>Ends the process as a power cut would: nothing of it runs any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(_patience);
    }

    /// <summary>Stops the process where it is: it keeps its connections and does nothing.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>Asks the process to end, as an orchestrator does, and returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        await _process.WaitForExitAsync().WaitAsync(_patience);
        return _process.ExitCode;
    }

    /// <summary>A line of <c>/proc/PID/status</c>, such as <c>Threads</c> or <c>VmRSS</c> (kB).</summary>
    public long Measure(string name) => long.Parse(
        File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith($"{name}:", StringComparison.Ordinal)).Split([':', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    /// <summary>How many files, sockets and so on the process holds open.</summary>
    public int OpenHandles() => Directory.GetFiles($"/proc/{_process.Id}/fd").Length;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        await _log;
        _process.Dispose();
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    private static async Task KeepAsync(Process process, StreamWriter log)
    {
        await using (log)
        {
            var errors = process.StandardError.ReadToEndAsync();
            while (await process.StandardOutput.ReadLineAsync() is { } line)
            {
                await log.WriteLineAsync(line);
            }

            await log.WriteAsync(await errors);
        }
    }
}
