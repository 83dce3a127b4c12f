using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AssistantsMcp.Connecting;

namespace AssistantsMcp.Tests.Connecting;

public sealed partial class ClientTemplateTests
{
    private const string Address = "https://assistants.example/team/mcp?readonly=true&tools=a,b";

    /// <summary>Whatever a folder may be called.</summary>
    private static readonly LocalProgram Program = new("/opt/a b/'$x' \"q\" \\ \u00e9\u4e2d\U0001f600\t\u0085/AssistantsMcp", ["--x=y z", "stdio"], "/home/o'neil/a; b=c.db");

    public static TheoryData<string> Clients => [.. ClientTemplates.All.Select(client => client.Id)];

    [Theory]
    [MemberData(nameof(Clients))]
    public void SnippetForAServer_NamesItsAddressAndWhereTheKeyBelongs(string id)
    {
        var client = ClientTemplates.Find(id)!;

        var settings = Snippet.Read(client.Language, client.Remote(ServerAddress.TryParse(Address, out _)!));

        var expected = id switch
        {
            "claude-desktop" => """{"command":"npx","args":["-y","mcp-remote","URL","--transport","http-only","--header","Authorization:${AUTH_HEADER}"],"env":{"AUTH_HEADER":"Bearer YOUR_API_KEY"}}""",
            "claude-code" => """["mcp","add","--scope","user","--transport","http","assistants","URL","--header","Authorization: Bearer YOUR_API_KEY"]""",
            "roo" => """{"type":"streamable-http","url":"URL","headers":{"Authorization":"Bearer YOUR_API_KEY"}}""",
            "cursor" or "zed" => """{"url":"URL","headers":{"Authorization":"Bearer YOUR_API_KEY"}}""",
            "vscode" => """{"type":"http","url":"URL","headers":{"Authorization":"Bearer ${input:api-key}"}}""",
            "windsurf" => """{"serverUrl":"URL","headers":{"Authorization":"Bearer YOUR_API_KEY"}}""",
            "codex" => """{"url":"URL","bearer_token_env_var":"OPENAI_API_KEY"}""",
            "gemini" => """{"httpUrl":"URL","headers":{"Authorization":"Bearer YOUR_API_KEY"}}""",
            "continue" => """{"name":"assistants","type":"streamable-http","url":"URL","requestOptions":{"headers":{"Authorization":"Bearer ${{ secrets.OPENAI_API_KEY }}"}}}""",
            _ => throw new ArgumentOutOfRangeException(nameof(id), id, null),
        };
        AssertSame(expected.Replace("URL", Address, StringComparison.Ordinal), settings is JsonArray ? settings : Snippet.Server(settings));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public void SnippetThatStartsTheProgram_ReadsBackToItsPathAndItsData(string id)
    {
        var client = ClientTemplates.Find(id)!;

        var settings = Snippet.Read(client.Language, client.Local(Program));

        if (settings is JsonArray words)
        {
            var line = words.Select(word => (string)word!).ToList();
            Assert.Equal([Program.Command, .. Program.Arguments], line[(line.IndexOf("--") + 1)..]);
            Assert.Contains($"{LocalProgram.DatabaseVariable}={Program.ConnectionString}", line);
            Assert.Contains("OPENAI_API_KEY=YOUR_API_KEY", line);
            return;
        }

        var server = Snippet.Server(settings);
        Assert.Equal(Program.Command, (string?)server["command"]);
        Assert.Equal(Program.Arguments, server["args"]!.AsArray().Select(argument => (string?)argument));
        Assert.Equal(Program.ConnectionString, (string?)server["env"]![LocalProgram.DatabaseVariable]);
        Assert.True(server["env"]!["OPENAI_API_KEY"] is not null || (string?)server["env_vars"]![0] == "OPENAI_API_KEY");
    }

    [Fact]
    public void VsCode_DeclaresTheInputOfItsSnippets()
    {
        var client = ClientTemplates.Find("vscode")!;

        foreach (var text in new[] { client.Remote(ServerAddress.Default), client.Local(Program) })
        {
            var input = Assert.Single(Snippet.Read("json", text)["inputs"]!.AsArray())!;
            Assert.Equal(("api-key", "promptString", true), ((string?)input["id"], (string?)input["type"], (bool)input["password"]!));
            Assert.Contains("${input:api-key}", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("http://localhost:8080/mcp", false)]
    [InlineData("http://127.0.0.1:8080/mcp", false)]
    [InlineData("https://assistants.example/mcp", false)]
    [InlineData("http://assistants.example/mcp", true)]
    public void McpRemote_IsToldThatPlainHttpIsMeant(string url, bool isTold)
    {
        var snippet = ClientTemplates.Find("claude-desktop")!.Remote(ServerAddress.TryParse(url, out _)!);

        Assert.Equal(isTold, snippet.Contains("\"--allow-http\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://localhost:8080", "http://localhost:8080/mcp")]
    [InlineData("http://localhost:8080/", "http://localhost:8080/mcp")]
    [InlineData("HTTPS://Assistants.Example/mcp/", "https://assistants.example/mcp")]
    [InlineData("https://a.example/b/mcp?toolsets=runs", "https://a.example/b/mcp?toolsets=runs")]
    [InlineData("https://[::1]:8080", "https://[::1]:8080/mcp")]
    [InlineData("https://a.example/mcp?x='$(id)`id`!\"<&", "https://a.example/mcp?x=%27%24(id)%60id%60%21%22%3C&")]
    public void Address_IsThatOfTheMcpDoor(string text, string expected) =>
        Assert.Equal(expected, $"{ServerAddress.TryParse(text, out _)}");

    [Theory]
    [InlineData("localhost:8080", "no web address")]
    [InlineData("ftp://a.example/mcp", "no web address")]
    [InlineData("http://", "no web address")]
    [InlineData("/mcp", "no web address")]
    [InlineData("https://a.example/mcp/sk-secret", "would be a key")]
    [InlineData("https://sk-secret@a.example/mcp", "neither a user name")]
    [InlineData("https://a.example/mcp#sk-secret", "neither a user name")]
    [InlineData("https://a.example/v1", "must end with /mcp")]
    public void WhatIsNoAddress_IsRefusedWithItsReason(string text, string reason)
    {
        Assert.Null(ServerAddress.TryParse(text, out var problem));

        Assert.Contains(reason, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryPlace_HasItsBackticksInPairs() =>
        Assert.All(ClientTemplates.All, client => Assert.Equal(0, Backtick().Count(client.RemoteHint) % 2));

    private static void AssertSame(string expected, JsonNode actual) => Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), actual.ToJsonString());

    [GeneratedRegex("`")]
    private static partial Regex Backtick();
}
