using AssistantsMcp.Tools;

namespace AssistantsMcp;

/// <summary>What the process was asked to do.</summary>
internal enum Verb
{
    Http,
    Stdio,
    HealthCheck,
    Config,
    Help,
    Version,
    Unknown,
}

/// <summary>The command line, split into what to do and what goes to the configuration.</summary>
/// <param name="Verb">What to do.</param>
/// <param name="Settings">The <c>--Key=value</c> arguments, in order; those of <c>config</c> as they were written.</param>
/// <param name="Problem">Why the command line was not understood, as one sentence.</param>
internal sealed record CommandLine(Verb Verb, string[] Settings, string? Problem = null)
{
    public const string Usage = """
        AssistantsMcp: the Assistants API as an MCP server and as a REST API.

        Usage:
          AssistantsMcp [--Key=value ...]         serve /mcp and /v1 over HTTP, by default on http://localhost:8080
          AssistantsMcp stdio [--Key=value ...]   serve the tools over standard input and output, with the key in OPENAI_API_KEY
          AssistantsMcp healthcheck               ask the server of the same settings whether it is alive: exit code 0 or 1
          AssistantsMcp config --client NAME [--url URL | --stdio]
                                                  print the settings of an MCP client: claude-desktop, claude-code, roo, cursor,
                                                  vscode, windsurf, zed, codex, gemini or continue
          AssistantsMcp --help | --version

        Settings, each also as an environment variable (Model__BaseUrl) or in appsettings.json:
          --urls=http://localhost:8080            where to listen
          --Storage:ConnectionString=...          Data Source=data/assistants.db for a SQLite file   (DATABASE_URL)
          --Model:BaseUrl=...                     the Responses API that executes runs               (OPENAI_BASE_URL)
          --Access:Mode=verify|open|list          how callers' keys are judged
          --Sandbox:Enabled=true                  serve the key "sandbox" without an account
          --Assistants:Endpoint=...               another Assistants-compatible /v1 for the tools    (ASSISTANTS_ENDPOINT)
          --Assistants:DefaultModel=...           model of assistants that name none                 (ASSISTANTS_DEFAULT_MODEL)
          --toolsets=assistants,threads,...       only tools of these groups                         (Tools__Toolsets)
          --readonly                              only tools that change nothing                     (Tools__ReadOnly)
          --tools=run-get,... --exclude=...       only these tools, none of these                    (Tools__Include, Tools__Exclude)
          --Logging:Format=json                   compact JSON log lines
        """;

    /// <summary>Reads the arguments; a word that means nothing makes the verb <see cref="Verb.Unknown"/>.</summary>
    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        var verb = Verb.Http;
        var settings = new List<string>();
        for (var index = 0; index < args.Count; index++)
        {
            switch (args[index])
            {
                case "--help" or "-h":
                    return new(Verb.Help, []);
                case "--version":
                    return new(Verb.Version, []);
                case "stdio":
                    verb = Verb.Stdio;
                    break;
                case "healthcheck":
                    verb = Verb.HealthCheck;
                    break;
                case "config" when index == 0 && args is not [_, "--help" or "-h"]:
                    return new(Verb.Config, [.. args.Skip(1)]);
                case "config" when index == 0:
                    break;
                case "--readonly":
                    settings.Add("--Tools:ReadOnly=true");
                    break;
                case ['-', '-', ..] setting when setting.Contains('=', StringComparison.Ordinal):
                    settings.Add(InFull(setting));
                    break;
                case ['-', '-', ..] setting when index + 1 < args.Count && !args[index + 1].StartsWith('-'):
                    settings.Add(InFull($"{setting}={args[++index]}"));
                    break;
                case ['-', '-', ..] setting:
                    return new(Verb.Unknown, [], $"The option {setting} has no value.");
                case var word:
                    return new(Verb.Unknown, [], $"Unknown argument '{word}'.");
            }
        }

        return settings.Find(IsNearlyAToolFlag) is { } misspelt
            ? new(Verb.Unknown, [], $"There is no option {misspelt.Split('=')[0]}. What hides tools is --toolsets, --readonly, --tools and --exclude.")
            : new(verb, [.. settings]);
    }

    private static bool IsNearlyAToolFlag(string setting) =>
        setting.Split('=')[0] is var name && !name.Contains(':', StringComparison.Ordinal) && ToolParameters.Resemble(name);

    /// <summary>Writes a setting that has a short name with its full one.</summary>
    private static string InFull(string setting)
    {
        var (name, value) = (setting[..setting.IndexOf('=', StringComparison.Ordinal)], setting[setting.IndexOf('=', StringComparison.Ordinal)..]);
        return name switch
        {
            "--toolsets" => $"--Tools:Toolsets{value}",
            "--readonly" => $"--Tools:ReadOnly{value}",
            "--tools" => $"--Tools:Include{value}",
            "--exclude" => $"--Tools:Exclude{value}",
            _ => setting,
        };
    }
}
