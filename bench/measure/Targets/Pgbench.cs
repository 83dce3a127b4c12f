using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace AssistantsMcp.Measure.Targets;

/// <summary>PostgreSQL's own load generator, with the server's INSERT of a message.</summary>
internal static partial class Pgbench
{
    private const int MostSeconds = 30;

    private static readonly string _program = Directory.EnumerateDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin", "pgbench")).Last(File.Exists);

    /// <param name="database">A database that the server has made.</param>
    /// <param name="clients">How many insert at once.</param>
    /// <param name="duration">For how long at least: in whole seconds, and until anything was inserted once all clients had connected.</param>
    /// <param name="bodyLength">Bytes in a message.</param>
    /// <returns>Inserts a second, each in a transaction of its own.</returns>
    public static async Task<double> InsertAsync(string database, int clients, TimeSpan duration, int bodyLength)
    {
        var script = Path.Combine(Scratch.Memory, "insert.sql");
        await File.WriteAllTextAsync(script, $"""
            \set id random(1, 1000000000000000000)
            \set thread random(1, 64)
            INSERT INTO objects (kind, tenant, id, parent, run_id, body) VALUES (3, 'pgbench', 'msg_' || :id::text, 'thread_' || :thread::text, NULL, convert_to('{new string('x', bodyLength)}', 'UTF8'));
            """);
        for (var seconds = Math.Max(1, (int)Math.Round(duration.TotalSeconds)); ; seconds *= 2)
        {
            var output = await RunAsync(new NpgsqlConnectionStringBuilder(database), clients, seconds, script);
            if (Rate().Match(output) is { Success: true } rate)
            {
                return double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture);
            }

            if (!output.Contains("transactions actually processed: 0", StringComparison.Ordinal) || seconds > MostSeconds)
            {
                throw new InvalidOperationException($"pgbench said: {output}");
            }
        }
    }

    private static async Task<string> RunAsync(NpgsqlConnectionStringBuilder server, int clients, int seconds, string script)
    {
        var start = new ProcessStartInfo(
            _program,
            ["-n", "-M", "prepared", "-c", $"{clients}", "-j", "2", "-T", $"{seconds}", "-f", script,
                "-h", server.Host!, "-p", $"{server.Port}", "-U", server.Username!, server.Database!])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }

    [GeneratedRegex(@"tps = ([\d.]+)")]
    private static partial Regex Rate();
}
