using System.Text.Json;
using AssistantsMcp.Connecting;

namespace AssistantsMcp.Tests.Connecting;

public sealed class ConfigCommandTests
{
    [Fact]
    public async Task Config_PrintsTheSnippetAndOnStandardErrorWhereItBelongs()
    {
        var outcome = await ChildProcess.RunAsync(["config", "--client", "cursor", "--url=https://a.example"]);

        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("https://a.example/mcp", (string?)Snippet.Server(Snippet.Read("json", outcome.Output))["url"]);
        Assert.StartsWith("Cursor: Put this into ~/.cursor/mcp.json", outcome.Errors, StringComparison.Ordinal);
        Assert.Single(outcome.Errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task ProgramThatTheSnippetStarts_AnswersTheClient()
    {
        var snippet = await ChildProcess.RunAsync(["config", "--client", "codex", "--stdio"]);
        var server = Snippet.Server(Snippet.Read("toml", snippet.Output));
        Assert.Equal("dotnet", Path.GetFileNameWithoutExtension((string?)server["command"]));
        Assert.Equal(ChildProcess.Program, (string?)server["args"]![0]);
        var database = (string?)server["env"]![LocalProgram.DatabaseVariable];
        Assert.True(Path.IsPathFullyQualified(database!["Data Source=".Length..].Trim('"')));

        var outcome = await ChildProcess.RunAsync(
            [(string)server["args"]![1]!],
            new() { ["OPENAI_API_KEY"] = "sandbox", [LocalProgram.DatabaseVariable] = "Data Source=assistants.db" },
            """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""");

        Assert.Equal(22, JsonElement.Parse(outcome.Output).GetProperty("result").GetProperty("tools").GetArrayLength());
    }

    [Theory]
    [InlineData("--client roo", "roo http://localhost:8080/mcp")]
    [InlineData("--client=roo --url=https://a.example/x/mcp?toolsets=a=b", "roo https://a.example/x/mcp?toolsets=a=b")]
    [InlineData("--stdio --client zed", "zed stdio")]
    public void Arguments_AreUnderstood(string line, string expected)
    {
        var options = ConfigCommand.Options.Parse(line.Split(' '), out _)!;

        Assert.Equal(expected, $"{options.Client.Id} {options.Server?.ToString() ?? "stdio"}");
    }

    [Theory]
    [InlineData("", "config needs a client. Write --client and one of: claude-desktop, claude-code, roo, cursor, vscode, windsurf, zed, codex, gemini, continue.")]
    [InlineData("--client vi", "That client is not known. Write --client and one of:")]
    [InlineData("--client roo --url a.example", "The url is no web address.")]
    [InlineData("--client roo --url https://a.example/mcp/sk-secret", "would be a key")]
    [InlineData("--client roo --url https://a.example --stdio", "--url and --stdio exclude each other")]
    [InlineData("--client roo --url", "The option --url has no value.")]
    [InlineData("--client --stdio", "The option --client has no value.")]
    [InlineData("--client roo --key=sk-secret", "config does not know the argument '--key'.")]
    public async Task WhatIsNotUnderstood_IsSaidInOneLine(string line, string reason)
    {
        var outcome = await ChildProcess.RunAsync(["config", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith("AssistantsMcp: ", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains(reason, outcome.Errors, StringComparison.Ordinal);
        Assert.Single(outcome.Errors.TrimEnd().Split('\n'));
        Assert.DoesNotContain("secret", outcome.Errors, StringComparison.Ordinal);
    }
}
