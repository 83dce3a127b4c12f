using System.Text.Json;
using System.Text.RegularExpressions;
using AssistantsMcp.Prompts;
using AssistantsMcp.Resources;
using AssistantsMcp.Tests.Tools;
using AssistantsMcp.Tools;
using ModelContextProtocol.Protocol;

namespace AssistantsMcp.Tests.Resources;

/// <summary>What documents and prompts tell a model to do can be done.</summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> Texts => new(
        ResourceCatalog.All.OfType<DocumentResource>().Select(document => document.ProtocolResource.Uri)
            .Concat(PromptCatalog.All.Select(prompt => prompt.ProtocolPrompt.Name)));

    public static TheoryData<string> Templates => new(ResourceCatalog.Templates.Select(template => template.ProtocolResource.Uri));

    [Fact]
    public async Task EveryDocument_IsListedAndReadable()
    {
        await using var app = await TestApp.StartAsync();
        await using var client = await app.ConnectAsync();

        var documents = await client.ListResourcesAsync();

        Assert.Equal(
            [
                "docs://getting-started",
                "examples://workflows/create-and-run", "examples://workflows/tool-calling",
                "examples://workflows/batch-processing", "examples://workflows/error-recovery",
                "assistant://templates/coding-assistant", "assistant://templates/writing-assistant",
                "assistant://templates/data-analyst", "assistant://templates/customer-support",
            ],
            documents.Select(document => document.Uri));
        foreach (var document in documents)
        {
            var text = Assert.IsType<TextResourceContents>(Assert.Single((await client.ReadResourceAsync(document.Uri)).Contents));
            Assert.Equal((document.Uri, "text/markdown"), (text.Uri, text.MimeType));
            Assert.StartsWith($"# {document.Title}\n\n{document.Description}\n\n", text.Text, StringComparison.Ordinal);
            Assert.InRange(Tokens.Count(text.Text), 100, 2_000);
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void EveryCall_FitsItsTool(string name)
    {
        foreach (var call in JsonBlocks(TextOf(name)).Where(block => block.TryGetProperty("arguments", out _)))
        {
            var tool = ToolOf(call.GetProperty("name").GetString()!);

            var arguments = call.GetProperty("arguments").EnumerateObject().ToDictionary(argument => argument.Name, argument => argument.Value);
            Assert.Null(tool.Arguments.Check(arguments)?.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void EveryToolArgumentAndAddress_Exists(string name)
    {
        var text = TextOf(name);
        foreach (var word in ToolLike().Matches(text).Select(match => match.Value))
        {
            ToolOf(word);
        }

        foreach (Match with in WithArguments().Matches(text))
        {
            var known = ToolOf(with.Groups["tool"].Value).Arguments.Properties.Keys;
            Assert.All(with.Groups["argument"].Captures, argument => Assert.Contains(argument.Value, known));
        }

        foreach (var address in Address().Matches(text).Select(match => match.Value))
        {
            Assert.Contains(ResourceCatalog.All, resource => resource.IsMatch(address));
        }
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task EveryTemplate_MakesAnAssistant(string uri)
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open"]);
        var template = Assert.Single(JsonBlocks(TextOf(uri)));

        var created = await app.CallAsync("assistant-create", template.GetRawText());

        Assert.False(created.IsError, created.Text);
        var assistant = created.Result.GetProperty("structuredContent");
        Assert.All(["name", "description", "instructions"], field => Assert.Equal(template.GetProperty(field).GetString(), assistant.GetProperty(field).GetString()));
        Assert.Equal(uri, $"assistant://templates/{assistant.GetProperty("metadata").GetProperty("template").GetString()}");
    }

    private static string TextOf(string name) =>
        ResourceCatalog.All.OfType<DocumentResource>().SingleOrDefault(document => document.ProtocolResource.Uri == name)?.Text
        ?? EmbeddedText.Read($"Prompts/{name}.md");

    private static IEnumerable<JsonElement> JsonBlocks(string text) => JsonBlock().Matches(text).Select(block => JsonElement.Parse(block.Groups[1].Value));

    private static ToolContract ToolOf(string name) =>
        ((CatalogTool)Assert.Single(ToolCatalog.All, tool => tool.ProtocolTool.Name == name)).Contract;

    [GeneratedRegex("```json\n(.+?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();

    [GeneratedRegex(@"\b(?<![/-])(assistant|thread|message|run)(-[a-z]+)+\b(?<!coding-assistant)")]
    private static partial Regex ToolLike();

    [GeneratedRegex("`(?<tool>[a-z]+(-[a-z]+)+)` with (`(?<argument>[a-z_]+)`(, | and |))+")]
    private static partial Regex WithArguments();

    [GeneratedRegex(@"[a-z]+://[\w/-]+")]
    private static partial Regex Address();
}
