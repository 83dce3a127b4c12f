using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Tools;

/// <summary>Refusals of the engine, each caused for real, and what a model is told to do about them.</summary>
public sealed class RemedyTests : IAsyncLifetime
{
    private RunApp _app = null!;
    private string _assistant = null!;
    private string _thread = null!;

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync();
        _assistant = await _app.As().NewAssistantAsync("\"model\":\"m\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"look_up\"}}]");
        _thread = await _app.As().NewThreadAsync("Hello");
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("assistant-get", """{"assistant_id":"asst_x"}""", "No assistant found with id 'asst_x'. assistant-list shows")]
    [InlineData("thread-get", """{"thread_id":"thread_x"}""", "No thread found with id 'thread_x'. A thread is made by thread-create")]
    [InlineData("run-list", """{"thread_id":"thread_x"}""", "No thread found with id 'thread_x'. A thread is made by thread-create")]
    [InlineData("message-get", """{"thread_id":"THREAD","message_id":"msg_x"}""", "No message found with id 'msg_x'. message-list shows")]
    [InlineData("run-get", """{"thread_id":"THREAD","run_id":"run_x"}""", "No run found with id 'run_x'. run-list shows")]
    public async Task UnknownId_NamesTheToolThatShowsThem(string tool, string arguments, string text) =>
        await AssertToldAsync(tool, arguments.Replace("THREAD", _thread, StringComparison.Ordinal), text);

    [Fact]
    public async Task LockedThread_NamesItsRunAndHowToFreeIt()
    {
        var call = Call("look_up", "{}");
        _app.Model.NextEvents(Created, Added(call), Done(call), Completed());
        var run = (await _app.App.CallAsync("run-create", $$"""{"thread_id":"{{_thread}}","assistant_id":"{{_assistant}}","wait_seconds":30}""")).Id;

        const string Remedy = "Wait for that run with run-get and wait_seconds, or end it with run-cancel.";
        await AssertToldAsync("message-create", $$"""{"thread_id":"{{_thread}}","content":"x"}""", $"Can't add messages to {_thread} while a run {run} is active. {Remedy}");
        await AssertToldAsync("run-create", $$"""{"thread_id":"{{_thread}}","assistant_id":"{{_assistant}}"}""", $"Thread {_thread} already has an active run {run}. {Remedy}");
        await AssertToldAsync(
            "run-submit-tool-outputs",
            $$"""{"thread_id":"{{_thread}}","run_id":"{{run}}","tool_outputs":[{"tool_call_id":"call_z","output":"x"}]}""",
            "Expected tool outputs for call_ids ['call_a'], got ['call_z']. run-get shows these calls under required_action.");
    }

    [Fact]
    public async Task EndedRun_IsSaidToBeOver()
    {
        _app.Model.NextEvents(Created, Done(Message("Done.")), Completed());
        var run = (await _app.App.CallAsync("run-create", $$"""{"thread_id":"{{_thread}}","assistant_id":"{{_assistant}}","wait_seconds":30}""")).Id;

        await AssertToldAsync("run-cancel", $$"""{"thread_id":"{{_thread}}","run_id":"{{run}}"}""", "Cannot cancel run with status 'completed'. There is nothing left to stop");
        await AssertToldAsync(
            "run-submit-tool-outputs",
            $$"""{"thread_id":"{{_thread}}","run_id":"{{run}}","tool_outputs":[]}""",
            "Runs in status \"completed\" do not accept tool outputs. Only a run with status requires_action does");
        await AssertToldAsync(
            "run-step-get",
            $$"""{"thread_id":"{{_thread}}","run_id":"{{run}}","step_id":"step_x"}""",
            "No run step found with id 'step_x'. run-step-list shows");
    }

    [Fact]
    public async Task EmptyThread_IsToBeFilledFirst()
    {
        var thread = await _app.As().NewThreadAsync();

        await AssertToldAsync(
            "run-create",
            $$"""{"thread_id":"{{thread}}","assistant_id":"{{_assistant}}"}""",
            "Run creation requires a Thread with a user message or an assistant with instructions. Add a message with message-create first.");
    }

    private async Task AssertToldAsync(string tool, string arguments, string text)
    {
        var answer = await _app.App.CallAsync(tool, arguments);

        Assert.True(answer.IsError, answer.Text);
        Assert.StartsWith(text, answer.Text, StringComparison.Ordinal);
    }
}
