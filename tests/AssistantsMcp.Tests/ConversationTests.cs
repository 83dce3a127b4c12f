namespace AssistantsMcp.Tests;

/// <summary>One conversation through the tools, with the built-in engine behind them.</summary>
public sealed class ConversationTests
{
    [Fact]
    public async Task Question_IsAnsweredByTheEngineOfThisProcess()
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true"]);

        Assert.Equal("hello", await AskAsync(app));
    }

    [Fact]
    public async Task Question_IsAnsweredByTheEngineOfAnotherInstance()
    {
        await using var engine = await TestApp.StartAsync(["Sandbox:Enabled=true"]);
        await using var app = await TestApp.StartAsync(new Uri(engine.Http.BaseAddress!, "/v1"));

        Assert.Equal("hello", await AskAsync(app));
    }

    private static async Task<string?> AskAsync(TestApp app)
    {
        var assistant = await app.CallAsync("assistant-create", "{}", "sandbox");
        var thread = await app.CallAsync("thread-create", "{}", "sandbox");
        await app.CallAsync("message-create", $$"""{"thread_id":"{{thread.Id}}","content":"say: hello"}""", "sandbox");
        var run = await app.CallAsync("run-create", $$"""{"thread_id":"{{thread.Id}}","assistant_id":"{{assistant.Id}}"}""", "sandbox");
        var ids = $$"""{"thread_id":"{{thread.Id}}","run_id":"{{run.Id}}"}""";

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (StatusOf(await app.CallAsync("run-get", ids, "sandbox")) is "queued" or "in_progress")
        {
            patience.Token.ThrowIfCancellationRequested();
        }

        var messages = await app.CallAsync("message-list", ids, "sandbox");
        var steps = await app.CallAsync("run-step-list", ids, "sandbox");
        Assert.Equal(1, steps.Result.GetProperty("structuredContent").GetProperty("data").GetArrayLength());
        return Assert.Single(messages.Result.GetProperty("structuredContent").GetProperty("data").EnumerateArray().ToList())
            .GetProperty("content")[0].GetProperty("text").GetProperty("value").GetString();
    }

    private static string? StatusOf(ToolAnswer run) => run.Result.GetProperty("structuredContent").GetProperty("status").GetString();
}
