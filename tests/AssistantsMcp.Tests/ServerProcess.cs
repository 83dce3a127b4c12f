using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace AssistantsMcp.Tests;

/// <summary>The server as a process of its own, to be killed without warning.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines;
    private readonly Task _reading;

    private ServerProcess(Process process, Uri address, ConcurrentQueue<string> lines)
    {
        (_process, _lines) = (process, lines);
        Http = new HttpClient { BaseAddress = address };
        _reading = ReadAsync();
    }

    public int Id => _process.Id;

    /// <summary>What the process has written to its standard output and error since it listens, line by line.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    public HttpClient Http { get; }

    /// <summary>Starts the built server on a free port and waits until it listens.</summary>
    /// <param name="databaseFile">Its database; kept when the process is gone.</param>
    /// <param name="settings">Further settings, such as <c>Access:Mode=open</c>.</param>
    public static Task<ServerProcess> StartAsync(string databaseFile, params string[] settings) =>
        StartAsync([$"Storage:ConnectionString=Data Source={databaseFile}", .. settings]);

    /// <summary>The same where the process gets no more than so much memory for its objects.</summary>
    public static Task<ServerProcess> StartWithinAsync(int heapBytes, string databaseFile, params string[] settings) => StartAsync(
        [$"Storage:ConnectionString=Data Source={databaseFile}", .. settings],
        new() { ["DOTNET_GCHeapHardLimit"] = heapBytes.ToString("X", CultureInfo.InvariantCulture) });

    /// <summary>The same on a database of either kind.</summary>
    public static Task<ServerProcess> StartAsync(TestDatabase database, params string[] settings) =>
        StartAsync([.. database.Settings, .. settings]);

    private static async Task<ServerProcess> StartAsync(IEnumerable<string> settings, Dictionary<string, string?>? environment = null)
    {
        var process = ChildProcess.Start(["--urls=http://127.0.0.1:0", .. settings.Select(setting => $"--{setting}")], environment);
        var lines = new ConcurrentQueue<string>();
        process.ErrorDataReceived += (_, said) => lines.Enqueue(said.Data ?? "");
        process.BeginErrorReadLine();

        // The first line says where it listens.
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)) is { } line)
        {
            if (line.Split("listens on ") is [_, var address])
            {
                return new ServerProcess(process, new Uri(address), lines);
            }
        }

        throw new InvalidOperationException("The server ended before it listened.");
    }

    /// <summary>The memory that the process has now.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Ends the process as a power cut would: nothing of it runs any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks the process to end, and returns its exit code when everything it wrote is in <see cref="Lines"/>.</summary>
    public async Task<int> StopAsync()
    {
        ChildProcess.Terminate(_process);
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await _reading.WaitAsync(TimeSpan.FromSeconds(60));
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
        }
    }
}
