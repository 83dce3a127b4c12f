using static AssistantsMcp.Connecting.ClientTemplate;
using static AssistantsMcp.Connecting.Quoting;

namespace AssistantsMcp.Connecting;

/// <summary>
/// The one place that knows what each client wants. The command <c>config</c>, the start page and docs/clients.md print
/// what stands here.
/// </summary>
internal static class ClientTemplates
{
    private const string ReplaceKey = $"Replace `{KeyPlaceholder}` with your key.";

    public static IReadOnlyList<ClientTemplate> All { get; } =
    [
        new(
            "claude-desktop", "Claude Desktop", "json",
            "Settings → Developer → Edit Config opens `claude_desktop_config.json`; put this into it and restart Claude.",
            ReplaceKey,
            // Its file takes commands only. Spaces inside an argument are lost on Windows, hence the variable.
            server => McpServers(
                $$"""
                "command": "npx",
                "args": [
                  "-y", "mcp-remote", {{Quoted($"{server}")}},
                  "--transport", "http-only",{{(server.IsPlainRemote ? """ "--allow-http",""" : "")}}
                  "--header", "Authorization:${AUTH_HEADER}"
                ],
                "env": { "AUTH_HEADER": "Bearer {{KeyPlaceholder}}" }
                """),
            program => McpServers(Start(program)))
        {
            RemoteNeed = "Node.js is needed, for `npx`.",
        },
        new(
            "claude-code", "Claude Code", "bash",
            "Run this in a shell. `--scope user` makes it known in all your projects; `--scope project` writes it into `.mcp.json` of this one.",
            ReplaceKey,
            server => $"""claude mcp add --scope user --transport http {ServerName} "{server}" --header "Authorization: Bearer {KeyPlaceholder}" """.TrimEnd(),
            // An option must stand between --env and the name, which would be taken for another variable.
            program => $"claude mcp add --env {LocalProgram.KeyVariable}={KeyPlaceholder} --env {ShellWord($"{LocalProgram.DatabaseVariable}={program.ConnectionString}")} "
                + $"--scope user --transport stdio {ServerName} -- {string.Join(' ', program.Arguments.Prepend(program.Command).Select(ShellWord))}"),
        new(
            "roo", "Roo Code", "json",
            "MCP Servers → Edit Global MCP opens `mcp_settings.json`; put this into it, or into `.roo/mcp.json` of one project.",
            ReplaceKey,
            server => McpServers(
                $$"""
                "type": "streamable-http",
                "url": {{Quoted($"{server}")}},
                {{Headers}}
                """),
            program => McpServers(Start(program))),
        new(
            "cursor", "Cursor", "json",
            "Put this into `~/.cursor/mcp.json`, or into `.cursor/mcp.json` of one project.",
            ReplaceKey,
            server => McpServers(
                $$"""
                "url": {{Quoted($"{server}")}},
                {{Headers}}
                """),
            program => McpServers(Start(program))),
        new(
            "vscode", "VS Code", "json",
            "Put this into `.vscode/mcp.json` of a workspace, or run the command “MCP: Open User Configuration” and put it there.",
            "VS Code asks for the key when it first starts the server, and keeps it out of the file.",
            server => VsCode(
                $$"""
                "type": "http",
                "url": {{Quoted($"{server}")}},
                "headers": { "Authorization": "Bearer ${input:api-key}" }
                """),
            program => VsCode(
                $$"""
                "type": "stdio",
                {{Start(program, "${input:api-key}")}}
                """)),
        new(
            "windsurf", "Windsurf", "json",
            "Put this into `~/.codeium/windsurf/mcp_config.json`, then refresh the list of servers in Cascade.",
            ReplaceKey,
            server => McpServers(
                $$"""
                "serverUrl": {{Quoted($"{server}")}},
                {{Headers}}
                """),
            program => McpServers(Start(program))),
        new(
            "zed", "Zed", "json",
            "Run the command “zed: open settings file” and add this to `settings.json`.",
            ReplaceKey,
            server => Named("context_servers",
                $$"""
                "url": {{Quoted($"{server}")}},
                {{Headers}}
                """),
            program => Named("context_servers", Start(program))),
        new(
            "codex", "Codex", "toml",
            "Add this to `~/.codex/config.toml`, which the command line, the app and the editor extension share.",
            $"Codex reads the key from the environment variable `{LocalProgram.KeyVariable}`.",
            server =>
                $"""
                [mcp_servers.{ServerName}]
                url = {Quoted($"{server}")}
                bearer_token_env_var = "{LocalProgram.KeyVariable}"
                """,
            program =>
                $$"""
                [mcp_servers.{{ServerName}}]
                command = {{Quoted(program.Command)}}
                args = {{Quoted(program.Arguments)}}
                env_vars = ["{{LocalProgram.KeyVariable}}"]
                env = { {{LocalProgram.DatabaseVariable}} = {{Quoted(program.ConnectionString)}} }
                """),
        new(
            "gemini", "Gemini CLI", "json",
            "Put this into `~/.gemini/settings.json`, or into `.gemini/settings.json` of one project.",
            ReplaceKey,
            server => McpServers(
                $$"""
                "httpUrl": {{Quoted($"{server}")}},
                {{Headers}}
                """),
            program => McpServers(Start(program))),
        new(
            "continue", "Continue", "yaml",
            "Save this as `.continue/mcpServers/assistants.yaml` in a workspace, or in your home folder for all of them. Tools are there in agent mode.",
            $"Continue reads the key from the line `{LocalProgram.KeyVariable}={KeyPlaceholder}` of `~/.continue/.env`.",
            server => Continue(
                $$$"""
                type: streamable-http
                url: {{{Quoted($"{server}")}}}
                requestOptions:
                  headers:
                    Authorization: "Bearer ${{ secrets.{{{LocalProgram.KeyVariable}}} }}"
                """),
            program => Continue(
                $$$"""
                type: stdio
                command: {{{Quoted(program.Command)}}}
                args: {{{Quoted(program.Arguments)}}}
                env:
                  {{{LocalProgram.KeyVariable}}}: "${{ secrets.{{{LocalProgram.KeyVariable}}} }}"
                  {{{LocalProgram.DatabaseVariable}}}: {{{Quoted(program.ConnectionString)}}}
                """)),
    ];

    /// <summary>The client of that id; null when there is none.</summary>
    public static ClientTemplate? Find(string id) => All.FirstOrDefault(client => client.Id == id);

    private const string Headers = $$"""
        "headers": { "Authorization": "Bearer {{KeyPlaceholder}}" }
        """;

    private static string Start(LocalProgram program, string key = KeyPlaceholder) =>
        $$"""
        "command": {{Quoted(program.Command)}},
        "args": {{Quoted(program.Arguments)}},
        "env": {
          "{{LocalProgram.KeyVariable}}": "{{key}}",
          "{{LocalProgram.DatabaseVariable}}": {{Quoted(program.ConnectionString)}}
        }
        """;

    private static string McpServers(string server) => Named("mcpServers", server);

    private static string Named(string servers, string server) =>
        $$"""
        {
          "{{servers}}": {
            "{{ServerName}}": {
              {{Indented(server, 6)}}
            }
          }
        }
        """;

    private static string VsCode(string server) =>
        $$"""
        {
          "inputs": [
            { "id": "api-key", "type": "promptString", "description": "API key for {{ServerName}}", "password": true }
          ],
          "servers": {
            "{{ServerName}}": {
              {{Indented(server, 6)}}
            }
          }
        }
        """;

    private static string Continue(string server) =>
        $"""
        name: Assistants
        version: 0.0.1
        schema: v1
        mcpServers:
          - name: {ServerName}
            {Indented(server, 4)}
        """;

    private static string Indented(string lines, int columns) => lines.ReplaceLineEndings("\n" + new string(' ', columns));
}
