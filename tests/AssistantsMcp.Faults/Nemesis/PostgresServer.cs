using System.Diagnostics;

namespace AssistantsMcp.Faults.Nemesis;

/// <summary>A PostgreSQL server of the test's own, which can be stopped without warning and started again on the same data.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private static readonly string? _programs = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Order().LastOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")))
        : null;

    private readonly string _folder = Directory.CreateTempSubdirectory("assistants-mcp-postgres-").FullName;
    private readonly int _port = LoopbackPort.Free();

    private PostgresServer()
    {
    }

    /// <summary>Whether Debian's package of the server is installed.</summary>
    public static bool CanBeMade => _programs is not null;

    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres";

    /// <summary>What a server of ours needs to use it, as settings.</summary>
    /// <param name="poolSize">Connections of one process.</param>
    public string[] Settings(int poolSize) =>
    [
        $"Storage:ConnectionString={ConnectionString};Maximum Pool Size={poolSize}",
        $"Secrets:Key={Convert.ToBase64String(new byte[32])}",
    ];

    public static async Task<PostgresServer> StartAsync()
    {
        var server = new PostgresServer();
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "postgres:", server._folder);
        }

        await RunAsServerAsync("initdb", $"--pgdata={server._folder}/data", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C");
        await server.GoOnAsync();
        return server;
    }

    /// <summary>Ends the server as a crash would: no connection is told, nothing is written any more.</summary>
    public Task CrashAsync() => RunAsServerAsync("pg_ctl", "stop", $"--pgdata={_folder}/data", "--mode=immediate", "--silent");

    /// <summary>Starts the server on what is there, and waits until it takes connections.</summary>
    public Task GoOnAsync() => RunAsServerAsync(
        "pg_ctl", "start", $"--pgdata={_folder}/data", $"--log={_folder}/server.log", "--wait", "--silent", $"--options=-p {_port} -k {_folder} -c listen_addresses=127.0.0.1");

    public async ValueTask DisposeAsync()
    {
        if (File.Exists($"{_folder}/data/postmaster.pid"))
        {
            await CrashAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>PostgreSQL refuses to run as root, so root lends it the user that its package made.</summary>
    private static Task RunAsServerAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(_programs!, program);
        return Environment.IsPrivilegedProcess
            ? RunAsync("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", path, .. arguments])
            : RunAsync(path, arguments);
    }

    /// <remarks>Its output goes nowhere: the server inherits it, and would keep a pipe open.</remarks>
    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", "exec \"$@\" > /dev/null 2>&1", "sh", program, .. arguments]) { WorkingDirectory = "/" })!;
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}

/// <summary>A theory that stops a PostgreSQL server of its own; skipped where none is installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresServerTheoryAttribute : TheoryAttribute
{
    public PostgresServerTheoryAttribute() => Skip = PostgresServer.CanBeMade ? null : "Debian's package postgresql is not installed.";
}
