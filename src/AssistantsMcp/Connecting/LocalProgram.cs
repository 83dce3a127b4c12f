using System.Data.Common;

namespace AssistantsMcp.Connecting;

/// <summary>How a client starts the program that speaks over standard input and output.</summary>
/// <param name="Command">The program, by its full path.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Database">The SQLite file. It is named because clients start the program in a folder of their own.</param>
internal sealed record LocalProgram(string Command, string[] Arguments, string Database)
{
    public const string KeyVariable = "OPENAI_API_KEY";
    public const string DatabaseVariable = "Storage__ConnectionString";

    /// <summary>The program that runs now, with its data in the user's own folder.</summary>
    public static LocalProgram Current()
    {
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        var database = Path.GetFullPath(Path.Combine(data, "AssistantsMcp", "assistants.db"));
        var process = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(process) == "dotnet"
            ? new(process, [Path.Combine(AppContext.BaseDirectory, "AssistantsMcp.dll"), "stdio"], database)
            : new(process, ["stdio"], database);
    }

    public string ConnectionString => new DbConnectionStringBuilder { ["Data Source"] = Database }.ConnectionString;
}
