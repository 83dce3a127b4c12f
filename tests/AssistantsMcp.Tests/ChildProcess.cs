using System.Diagnostics;

namespace AssistantsMcp.Tests;

/// <summary>The built program as an operator starts it, in a folder of its own.</summary>
internal static class ChildProcess
{
    public static string Program => typeof(AssistantsMcpHost).Assembly.Location;

    /// <summary>Runs the program until it ends.</summary>
    /// <param name="arguments">Its command line.</param>
    /// <param name="environment">Environment variables on top of this process's.</param>
    /// <param name="question">A line for its standard input, which stays open until a line of answer came back.</param>
    public static async Task<Outcome> RunAsync(string[] arguments, Dictionary<string, string?>? environment = null, string? question = null)
    {
        using var process = Start(arguments, environment);
        var errors = process.StandardError.ReadToEndAsync();
        var answer = "";
        if (question is not null)
        {
            await process.StandardInput.WriteLineAsync(question);
            await process.StandardInput.FlushAsync();
            answer = await process.StandardOutput.ReadLineAsync() + "\n";
        }

        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return new Outcome(process.ExitCode, answer + output, await errors);
    }

    /// <summary>Reads what a server says when it has started, up to the command to try.</summary>
    public static async Task<List<string>> ReadSummaryAsync(Process server)
    {
        var summary = new List<string>();
        while (summary.LastOrDefault()?.Contains("curl", StringComparison.Ordinal) is not true)
        {
            summary.Add(await server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await server.StandardError.ReadToEndAsync()));
        }

        return summary;
    }

    /// <summary>Starts the program; disposing the process ends it.</summary>
    public static Process Start(string[] arguments, Dictionary<string, string?>? environment = null)
    {
        var folder = new TestFolder();
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.FullName,
        };
        start.Environment.Remove("OPENAI_API_KEY");
        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        var process = new ProcessInFolder(folder) { StartInfo = start };
        process.Start();
        return process;
    }

    /// <summary>Asks a process to end, as an orchestrator does.</summary>
    public static void Terminate(Process process)
    {
        using var terminate = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        terminate.WaitForExit();
    }

    /// <summary>Ends with this object, and its folder with it.</summary>
    private sealed class ProcessInFolder(TestFolder folder) : Process
    {
        private bool _isDisposed;

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_isDisposed)
            {
                _isDisposed = true;
                Kill();
                WaitForExit(TimeSpan.FromSeconds(30));
                folder.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}

/// <summary>How a process ended, and what it said.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Errors);
