using System.Text.Json;
using System.Text.RegularExpressions;
using ModelContextProtocol.Protocol;
using ModelContextProtocol;

namespace AssistantsMcp.Tests.Prompts;

public sealed partial class PromptTests
{
    public static TheoryData<string, Dictionary<string, object?>, string> Orders => new()
    {
        { "create-assistant", new() { ["kind"] = "general" }, "assistant-list assistant-update assistant-create thread-create run-create run-get thread-delete" },
        { "start-conversation", new() { ["assistant_id"] = "asst_1", ["message"] = "When?" }, "assistant-get assistant-list thread-create run-create run-get run-submit-tool-outputs message-create" },
        { "debug-run", new() { ["thread_id"] = "thread_1", ["run_id"] = "run_1" }, "run-get run-step-list message-list assistant-get run-submit-tool-outputs run-cancel assistant-update run-create" },
        { "summarize-thread", new() { ["thread_id"] = "thread_1" }, "message-list run-list" },
        { "migrate-to-responses", new() { ["assistant_id"] = "asst_1" }, "assistant-get message-list run-list thread-create run-create" },
    };

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Prompt_NamesTheToolsInTheirOrder(string name, Dictionary<string, object?> arguments, string tools)
    {
        await using var app = await TestApp.StartAsync();
        await using var client = await app.ConnectAsync();

        var text = TextOf(await client.GetPromptAsync(name, arguments));

        Assert.Equal(tools.Split(' '), Tool().Matches(text).Select(tool => tool.Groups[1].Value).Distinct());
        Assert.All(arguments.Values, value => Assert.Contains((string)value!, text, StringComparison.Ordinal));
        Assert.DoesNotContain("{{", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompts_AreListedWithTheirArguments()
    {
        await using var app = await TestApp.StartAsync();
        await using var client = await app.ConnectAsync();

        var prompts = (await client.ListPromptsAsync()).Select(prompt => prompt.ProtocolPrompt).ToList();

        Assert.Equal(Orders.Select(order => (string)order[0]), prompts.Select(prompt => prompt.Name));
        Assert.All(prompts, prompt =>
        {
            Assert.NotEmpty(prompt.Title!);
            Assert.NotEmpty(prompt.Description!);
            Assert.All(prompt.Arguments!, argument => Assert.NotEmpty(argument.Description!));
        });
        Assert.Equal(["kind! purpose model", "assistant_id! message!", "thread_id! run_id!", "thread_id! focus", "assistant_id! thread_id language"],
            prompts.Select(prompt => string.Join(' ', prompt.Arguments!.Select(argument => argument.Name + (argument.Required is true ? "!" : "")))));
    }

    [Fact]
    public async Task PromptThatNamesAHiddenTool_IsHiddenWithIt()
    {
        await using var app = await TestApp.StartAsync(["Tools:ReadOnly=true"]);
        await using var client = await app.ConnectAsync();

        var prompts = await client.ListPromptsAsync();
        var refused = await Assert.ThrowsAsync<McpProtocolException>(
            async () => await client.GetPromptAsync("debug-run", new Dictionary<string, object?> { ["thread_id"] = "thread_1", ["run_id"] = "run_1" }));

        Assert.Equal(["summarize-thread"], prompts.Select(prompt => prompt.Name));
        Assert.Contains(
            "The prompt 'debug-run' needs a hidden tool. The tool 'assistant-update' is hidden by the operator of this server, with the setting Tools:ReadOnly,",
            refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Eras.Initialize)]
    [InlineData(Eras.Discover)]
    public async Task KindWithATemplate_BringsItAlong(string version)
    {
        await using var app = await TestApp.StartAsync();
        await using var client = await app.ConnectAsync(version, "sk-test");

        var prompt = await client.GetPromptAsync("create-assistant", new Dictionary<string, object?> { ["kind"] = "data-analyst", ["purpose"] = "tides" });

        Assert.Equal(2, prompt.Messages.Count);
        var template = Assert.IsType<EmbeddedResourceBlock>(prompt.Messages[1].Content).Resource;
        Assert.Equal("assistant://templates/data-analyst", template.Uri);
        Assert.Contains("Purpose: tides\n", TextOf(prompt), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ArgumentThatLooksLikeAPlaceholder_StaysAsItIs()
    {
        await using var app = await TestApp.StartAsync();
        await using var client = await app.ConnectAsync();

        var prompt = await client.GetPromptAsync("start-conversation", new Dictionary<string, object?> { ["assistant_id"] = "asst_1", ["message"] = "{{assistant_id}} $1 $&" });

        Assert.Contains("\n\n{{assistant_id}} $1 $&\n\n", TextOf(prompt), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing", "{}", "Unknown prompt: 'nothing'. The prompts are: create-assistant, start-conversation,")]
    [InlineData("create-assistant", "{}", "Missing argument: 'kind'.")]
    [InlineData("create-assistant", """{"kind":"poet"}""", "Invalid 'kind': 'poet'. It must be one of coding-assistant, writing-assistant,")]
    [InlineData("create-assistant", """{"kind":"general","colour":"red"}""", "Unknown argument: 'colour'. The prompt's arguments are: kind, purpose, model.")]
    [InlineData("debug-run", """{"thread_id":"..","run_id":"run_1"}""", "Invalid 'thread_id': expected an id made of")]
    public async Task PromptThatCannotBe_IsExplained(string name, string arguments, string problem)
    {
        await using var app = await TestApp.StartAsync();

        using var response = await app.PostAsync($$$"""{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"{{{name}}}","arguments":{{{arguments}}}}}""");

        var error = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");
        Assert.Equal((int)McpErrorCode.InvalidParams, error.GetProperty("code").GetInt32());
        Assert.StartsWith(problem, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static string TextOf(GetPromptResult prompt) => Assert.IsType<TextContentBlock>(prompt.Messages[0].Content).Text;

    [GeneratedRegex("`((?:assistant|thread|message|run)(?:-[a-z]+)+)`")]
    private static partial Regex Tool();
}
