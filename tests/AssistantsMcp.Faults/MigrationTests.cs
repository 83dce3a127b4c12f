using System.Diagnostics;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Faults.Nemesis;
using Npgsql;
using Xunit.Abstractions;

namespace AssistantsMcp.Faults;

/// <summary>First starts on a new SQLite file that are killed at their first write, their second one, and so on.</summary>
public sealed class MigrationTests(ITestOutputHelper output)
{
    private const int AtOnce = 4;

    [StraceFact]
    public async Task MigrationKilledAtAnyWrite_IsCompletedByTheNextStart()
    {
        var (tried, kills, step, goesOn) = (0, 0, Effort.Of(7, 1), true);
        while (goesOn)
        {
            var killed = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(number => StartTwiceAsync(write: 1 + ((tried + number) * step))));
            tried += AtOnce;
            kills += killed.Count(isKilled => isKilled);
            goesOn = killed.All(isKilled => isKilled);
        }

        output.WriteLine($"{kills} first starts were killed, each at another write; the next start completed them.");
        Assert.NotEqual(0, kills);
    }

    /// <summary>Longer than a start waits for the lock at a time, and shorter than it waits in all.</summary>
    [PostgresServerTheory]
    [InlineData(6)]
    public async Task StartWhileAnotherProcessMigrates_WaitsForIt(int seconds)
    {
        await using var database = await PostgresServer.StartAsync();
        await using var world = await World.StartAsync(output, database.Settings(poolSize: 5));
        await using var other = new NpgsqlConnection(database.ConnectionString);
        await other.OpenAsync();
        await ExecuteAsync(other, $"SELECT pg_advisory_lock({PostgresDatabase.MigrationLock})");

        var starting = world.AddReplicaAsync();
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        await ExecuteAsync(other, $"SELECT pg_advisory_unlock({PostgresDatabase.MigrationLock})");

        await starting;
        world.Check(mostCallsPerTurn: 0);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <returns>Whether the first start was killed before it was complete.</returns>
    private static async Task<bool> StartTwiceAsync(int write)
    {
        var folder = Directory.CreateTempSubdirectory("assistants-mcp-faults-").FullName;
        string[] settings = [$"Storage:ConnectionString=Data Source={Path.Combine(folder, "new.db")}", "Access:Mode=open", "Model:BaseUrl=http://127.0.0.1:9"];
        var isKilled = await IsKilledAsync(write, settings);

        await using (var server = await Replica.StartAsync(settings, Path.Combine(folder, "server.log")))
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/threads");
            request.Headers.Add("Authorization", "Bearer sk-1");
            request.Headers.Add("OpenAI-Beta", "assistants=v2");
            using var response = await server.Http.SendAsync(request);
            response.EnsureSuccessStatusCode();
        }

        Directory.Delete(folder, recursive: true);
        return isKilled;
    }

    private static async Task<bool> IsKilledAsync(int write, string[] settings)
    {
        using var process = Process.Start(new ProcessStartInfo(
            "strace",
            [
                "--follow-forks", "--output=/dev/null", "--trace=pwrite64", $"--inject=pwrite64:signal=KILL:when={write}",
                "dotnet", ChildProcess.Program, "--urls=http://127.0.0.1:0", .. settings.Select(setting => $"--{setting}"),
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var listens = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        return listens is null;
    }
}

/// <summary>A test that makes system calls fail; skipped where strace is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class StraceFactAttribute : FactAttribute
{
    public StraceFactAttribute() => Skip = File.Exists("/usr/bin/strace") ? null : "Debian's package strace is not installed.";
}
