namespace AssistantsMcp.Connecting;

/// <summary>The command <c>config</c>: prints what a client has to be told, and says on standard error where that belongs.</summary>
internal static class ConfigCommand
{
    public static int Run(IReadOnlyList<string> arguments)
    {
        if (Options.Parse(arguments, out var problem) is not { } options)
        {
            return Launch.Fail(problem!);
        }

        var (client, server) = options;
        var hint = server is null ? client.LocalHint : client.RemoteHint;
        Console.Error.WriteLine($"{client.Name}: {hint.Replace("`", "", StringComparison.Ordinal)}");
        return Launch.Say(server is null ? client.Local(LocalProgram.Current()) : client.Remote(server));
    }

    /// <param name="Client">Whose snippet.</param>
    /// <param name="Server">Where the server is; null when the client starts the program itself.</param>
    internal sealed record Options(ClientTemplate Client, ServerAddress? Server)
    {
        private const string ClientOption = "--client";
        private const string UrlOption = "--url";
        private const string StdioOption = "--stdio";

        /// <param name="arguments">What stands behind <c>config</c>.</param>
        /// <param name="problem">Why they were not understood, as one sentence.</param>
        public static Options? Parse(IReadOnlyList<string> arguments, out string? problem)
        {
            if (Read(arguments, out problem) is not { } given)
            {
                return null;
            }

            var (id, url, stdio) = given;
            var client = id is null ? null : ClientTemplates.Find(id);
            var server = stdio ? null : url is null ? ServerAddress.Default : ServerAddress.TryParse(url, out problem);
            problem = (client, stdio, url) switch
            {
                (null, _, _) => $"{(id is null ? "config needs a client" : "That client is not known")}. Write {ClientOption} and one of: {string.Join(", ", ClientTemplates.All.Select(known => known.Id))}.",
                (_, true, not null) => $"{UrlOption} and {StdioOption} exclude each other: the client either calls a server or starts the program itself.",
                _ => problem,
            };
            return problem is null ? new Options(client!, server) : null;
        }

        private static (string? Client, string? Url, bool Stdio)? Read(IReadOnlyList<string> arguments, out string? problem)
        {
            problem = null;
            string? client = null, url = null;
            var stdio = false;
            for (var index = 0; index < arguments.Count; index++)
            {
                var (name, value) = arguments[index].Split('=', 2) is [var head, var tail] ? (head, tail) : (arguments[index], null);
                if (name is StdioOption && value is null)
                {
                    stdio = true;
                    continue;
                }

                if (name is not (ClientOption or UrlOption))
                {
                    problem = $"config does not know the argument '{name}'. It takes {ClientOption}, and {UrlOption} or {StdioOption}.";
                    return null;
                }

                value ??= index + 1 < arguments.Count ? arguments[++index] : null;
                if (string.IsNullOrEmpty(value) || value.StartsWith('-'))
                {
                    problem = $"The option {name} has no value.";
                    return null;
                }

                (client, url) = name is ClientOption ? (value, url) : (client, value);
            }

            return (client, url, stdio);
        }
    }
}
