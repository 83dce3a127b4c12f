using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Memory;

namespace AssistantsMcp;

/// <summary>The parts of the configuration that do not come from the operator's files or command line.</summary>
internal static class ConfigurationExtensions
{
    /// <summary>Log levels in code rather than in a file, because over stdio the working directory is the client's.</summary>
    private static readonly Dictionary<string, string?> Defaults = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        // Its warnings are callers' mistakes with a stack trace; callers are told of them, and our own faults we log ourselves.
        ["Logging:LogLevel:ModelContextProtocol"] = "Error",
        // A stack trace for each try at a server that is down; how the whole call went, we log ourselves.
        ["Logging:LogLevel:Polly"] = "None",
        ["Logging:LogLevel:System.Net.Http.HttpClient"] = "Warning",
    };

    /// <summary>Short names of environment variables that the field already uses.</summary>
    private static readonly (string Alias, string Key)[] Aliases =
    [
        ("ASSISTANTS_ENDPOINT", "Assistants:Endpoint"),
        ("ASSISTANTS_DEFAULT_MODEL", "Assistants:DefaultModel"),
        ("OPENAI_BASE_URL", "Model:BaseUrl"),
        ("DATABASE_URL", "Storage:ConnectionString"),
        ("ASSISTANTS_SECRET", "Secrets:Key"),
    ];

    /// <summary>
    /// The arguments, with files of settings read at start only. Nothing here takes a setting later, and who waits for
    /// such files to change watches the working directory with all below it: each write to a database there costs more.
    /// </summary>
    public static string[] ReadOnce(this string[] settings) => ["--hostBuilder:reloadConfigOnChange=false", .. settings];

    /// <summary>Adds the defaults below everything, and the aliases right below the environment variables they stand for.</summary>
    public static void AddDefaultsAndAliases(this ConfigurationManager configuration)
    {
        var aliased = Aliases
            .Where(alias => !string.IsNullOrEmpty(configuration[alias.Alias]))
            .ToDictionary(alias => alias.Key, alias => configuration[alias.Alias]);

        IList<IConfigurationSource> sources = configuration.Sources;
        var environment = sources.Last(source => source is EnvironmentVariablesConfigurationSource { Prefix: null or "" });
        sources.Insert(sources.IndexOf(environment), new MemoryConfigurationSource { InitialData = aliased });
        sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });
    }
}
