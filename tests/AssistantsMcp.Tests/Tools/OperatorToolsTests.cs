using System.Text.Json;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Tests.Tools;

/// <summary>What the operator hides is hidden from everybody.</summary>
public sealed class OperatorToolsTests
{
    private const string List = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";

    [Theory]
    [InlineData("thread-get", "Tools:Toolsets=threads", "Tools:ReadOnly=true")]
    [InlineData("run-list run-get", "Tools:Include=run-get, run-list")]
    [InlineData("run-list run-get", "Tools:Include:0=run-get", "Tools:Include:1=run-list")]
    [InlineData("thread-create thread-get", "Tools:Toolsets=threads", "Tools:Exclude:0=thread-delete", "Tools:Exclude:1=thread-update")]
    public async Task Settings_LeaveTheToolsThatFit(string tools, params string[] settings)
    {
        await using var app = await TestApp.StartAsync(settings);

        Assert.Equal(tools, string.Join(' ', await NamesAsync(app)));
    }

    [Fact]
    public async Task Request_HidesMoreAndShowsNothingThatIsHidden()
    {
        await using var app = await TestApp.StartAsync(["Tools:Toolsets=threads,runs", "Tools:ReadOnly=true"]);

        Assert.Equal(["thread-get", "run-list", "run-get", "run-step-list", "run-step-get"], await NamesAsync(app, "?readonly=false"));
        Assert.Equal(["thread-get"], await NamesAsync(app, "?toolsets=threads,messages"));
        using var nothing = await app.PostAsync(List, "/mcp/sk-test?tools=thread-delete");
        Assert.Contains(
            "tools: this leaves no tool. Hide fewer of those that the operator shows: thread-get, run-list,", await nothing.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HiddenTool_CannotBeCalledAndSaysThatTheOperatorHidesIt()
    {
        await using var app = await TestApp.StartAsync(["Tools:ReadOnly=true"]);

        var answer = await app.CallAsync("thread-create");

        Assert.True(answer.IsError);
        Assert.StartsWith("The tool 'thread-create' is hidden by the operator of this server, with the setting Tools:ReadOnly,", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stdio_HidesWhatItsFlagsSay()
    {
        var environment = new Dictionary<string, string?> { ["OPENAI_API_KEY"] = "sk-test", ["Tools__Exclude"] = "run-list" };

        var outcome = await ChildProcess.RunAsync(["stdio", "--toolsets=runs", "--readonly"], environment, List);
        var called = await ChildProcess.RunAsync(
            ["stdio", "--tools=run-get"], environment, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"run-cancel"}}""");

        Assert.Equal(["run-get", "run-step-list", "run-step-get"], NamesOf(outcome.Output));
        Assert.Contains("is hidden by the operator of this server, with the setting Tools:Include,", called.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Tools:Toolsets=run", "Tools:Toolsets: there is no toolset 'run'. The toolsets are: assistants, threads, messages, runs.")]
    [InlineData("Tools:Exclude=assistant-destroy", "Tools:Exclude: there is no tool 'assistant-destroy'. The tools are: assistant-create,")]
    [InlineData("Tools:Include=,", "Tools:Include: names no tool.")]
    [InlineData("Tools:Tools=run-get", "There is no setting Tools:Tools. The settings are: Tools:Toolsets, Tools:ReadOnly, Tools:Include, Tools:Exclude.")]
    [InlineData("Tools:ReadOnly=yes", "Tools:ReadOnly must be true or false, but is 'yes'.")]
    public async Task SettingThatCannotBeRight_EndsTheStart(string setting, string reason)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => TestApp.StartAsync([setting]));

        Assert.Contains(reason, StartFailure.Describe(failure), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SettingsThatLeaveNoTool_EndTheStart()
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => TestApp.StartAsync(["Tools:ReadOnly=true", "Tools:Include=run-cancel"]));

        Assert.Equal("Together, Tools:Include, Tools:ReadOnly leave no tool. Hide fewer.", StartFailure.Describe(failure));
    }

    [Fact]
    public async Task Summary_SaysHowManyToolsAreShown()
    {
        await using var app = await TestApp.StartAsync(["Tools:ReadOnly=true"]);

        Assert.Contains("tools    built-in engine, 9 of 22 shown\n", StartupSummary.Compose(app.App).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private static async Task<IEnumerable<string>> NamesAsync(TestApp app, string query = "")
    {
        using var response = await app.PostAsync(List, $"/mcp/sk-test{query}");
        return NamesOf(await response.Content.ReadAsStringAsync());
    }

    private static IEnumerable<string> NamesOf(string answer) =>
        JsonElement.Parse(answer).GetProperty("result").GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("name").GetString()!);
}
