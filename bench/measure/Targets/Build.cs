namespace AssistantsMcp.Measure.Targets;

/// <summary>The server and the references in one form: both native, or both compiled as they run.</summary>
/// <param name="Name"><c>AOT</c> or <c>JIT</c>.</param>
/// <param name="Server">The server's program.</param>
/// <param name="References">The references' program.</param>
internal sealed record Build(string Name, string Server, string References)
{
    /// <summary>In the place of a model server for servers that ask none: nobody listens there.</summary>
    public const string NoModel = "http://127.0.0.1:9";

    public static IReadOnlyList<Build> All { get; } =
    [
        new("AOT", Path.GetFullPath("artifacts/publish/AssistantsMcp"), Path.GetFullPath("artifacts/bench/references/AssistantsMcp.References")),
        new("JIT", Path.GetFullPath("src/AssistantsMcp/bin/Release/net10.0/AssistantsMcp"), Path.GetFullPath("bench/references/bin/Release/net10.0/AssistantsMcp.References")),
    ];

    /// <summary>The server with everything as users have it, but for where it stores and whom it asks.</summary>
    public Task<ServerProcess> StartServerAsync(string database, string model, params IEnumerable<string> more) =>
        ServerProcess.StartAsync(new Launch([Server, .. ServerSettings(database, model, more)]));

    public static IEnumerable<string> ServerSettings(string database, string model, params IEnumerable<string> more) =>
    [
        $"--Storage:ConnectionString={database}", $"--Model:BaseUrl={model}/v1", "--Access:Mode=open",
        "--Secrets:Key=YmVuY2gtYmVuY2gtYmVuY2gtYmVuY2gtYmVuY2gtYmVuY2g=", .. more,
    ];

    /// <summary>One part of the references.</summary>
    public Task<ServerProcess> StartReferenceAsync(string part, params IEnumerable<string> settings) =>
        ServerProcess.StartAsync(new Launch([References, part, .. settings]));

    /// <summary>A SQLite file of its own.</summary>
    public static string NewSqlite() => $"Data Source={Path.Combine(Scratch.Disk, $"{Guid.NewGuid():N}.db")}";
}
