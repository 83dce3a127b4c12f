using System.Text.Json;
using static AssistantsMcp.Tests.Models.BackendApp;

namespace AssistantsMcp.Tests.Models;

/// <summary>
/// Runs on llama.cpp's server: no sequence numbers, no output indexes, no end of arguments, no [DONE], all ends last.
/// </summary>
public sealed class LlamaCppTests : IAsyncLifetime
{
    private BackendApp _app = null!;

    public async Task InitializeAsync() => _app = await StartAsync("llamacpp");

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task TextAndCalls_AreKeptApart_ThoughAllEndsComeLast()
    {
        _app.Model.NextEvents(
            Created,
            Added("""{"id":"rs_1","type":"reasoning","summary":[],"content":[],"encrypted_content":"","status":"in_progress"}"""),
            """{"type":"response.reasoning_text.delta","item_id":"rs_1","delta":"Tides first."}""",
            Added("""{"id":"msg_1","type":"message","role":"assistant","content":[],"status":"in_progress"}"""),
            """{"type":"response.content_part.added","item_id":"msg_1","part":{"type":"output_text","text":""}}""",
            """{"type":"response.output_text.delta","item_id":"msg_1","delta":"One moment."}""",
            Added("""{"type":"function_call","call_id":"fc_1","name":"tide","arguments":"","status":"in_progress"}"""),
            """{"type":"response.function_call_arguments.delta","item_id":"fc_1","delta":"{\"hour\""}""",
            """{"type":"response.function_call_arguments.delta","item_id":"fc_1","delta":":6}"}""",
            Added("""{"type":"function_call","call_id":"fc_2","name":"wind","arguments":"","status":"in_progress"}"""),
            """{"type":"response.function_call_arguments.delta","item_id":"fc_2","delta":"{}"}""",
            Done(Reasoning),
            Done(Message("One moment.")),
            Done(Call("fc_1", "tide", "{\"hour\":6}")),
            Done(Call("fc_2", "wind", "{}")),
            Completed(20, 9, Reasoning, Message("One moment."), Call("fc_1", "tide", "{\"hour\":6}"), Call("fc_2", "wind", "{}")))
            .NextEvents(Text("3.2 m."));

        var waiting = await _app.RunAsync($"{Tide},{Wind}");
        var run = await _app.SubmitAsync();

        Assert.Equal(
            """[{"id":"fc_1","type":"function","function":{"name":"tide","arguments":"{\"hour\":6}"}},{"id":"fc_2","type":"function","function":{"name":"wind","arguments":"{}"}}]""",
            waiting.GetProperty("required_action").GetProperty("submit_tool_outputs").GetProperty("tool_calls").GetRawText());
        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(["Hello", "One moment.", "3.2 m."], await _app.Api.TextsAsync(_app.Thread));
        Assert.Equal(40, run.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(11, run.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(["reasoning", "function_call", "function_call", "function_call_output", "function_call_output"], _app.ItemTypes(1));
    }

    [Fact]
    public async Task NamedTool_IsTheOnlyOneAndRequired_InTheFirstTurn()
    {
        _app.Model.NextEvents(Done(Call("fc_1", "wind", "{}")), Completed()).NextEvents(Text("Calm."));

        await _app.RunAsync($"{Tide},{Wind}", "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"wind\"}}");
        await _app.SubmitAsync();

        Assert.Equal("required", _app.Requests[0].GetProperty("tool_choice").GetString());
        Assert.Equal("""[{"type":"function","name":"wind","parameters":{"type":"object","properties":{}},"strict":false}]""", _app.Requests[0].GetProperty("tools").GetRawText());
        Assert.False(_app.Requests[1].TryGetProperty("tool_choice", out _));
        Assert.Equal(2, _app.Requests[1].GetProperty("tools").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"type":"json_object"}""")]
    [InlineData("""{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}""")]
    public async Task Format_GoesIntoTheFieldOfChatCompletions(string format)
    {
        _app.Model.NextEvents(Text("{}"));

        await _app.RunAsync(fields: $"\"response_format\":{format}");

        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(format), _app.Requests[0].GetProperty("response_format")));
        Assert.False(_app.Requests[0].TryGetProperty("text", out _));
    }

    [Fact]
    public async Task ReasoningOfOthers_IsNotReplayed()
    {
        _app.Model.NextEvents(
            Done("""{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gAAAAAB"}"""),
            Done("""{"id":"rs_2","type":"reasoning","summary":[],"content":[]}"""),
            Done("""{"id":"rs_3","type":"reasoning","summary":[]}"""),
            Done(Call("fc_1", "tide", "{}")),
            Completed()).NextEvents(Text("3.2 m."));

        await _app.RunAsync(Tide);
        await _app.SubmitAsync();

        Assert.Equal(["function_call", "function_call_output"], _app.ItemTypes(1));
    }

    [Theory]
    [InlineData("{\"hour\":", """{"invalid_json":"{\"hour\":"}""")]
    [InlineData("six", """{"invalid_json":"six"}""")]
    [InlineData("[6]", """{"invalid_json":"[6]"}""")]
    public async Task ArgumentsThatAreNoObject_ReachTheClientAsTheyAre_AndTheServerAsAnObject(string arguments, string replayed)
    {
        _app.Model.NextEvents(Done(Call("fc_1", "tide", arguments)), Completed()).NextEvents(Text("Sorry."));

        var waiting = await _app.RunAsync(Tide);
        await _app.SubmitAsync("no such hour");

        Assert.Equal(arguments, waiting.GetProperty("required_action").GetProperty("submit_tool_outputs").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString());
        var call = _app.Items(1).First();
        Assert.Equal(("fc_1", "tide"), (call.GetProperty("call_id").GetString(), call.GetProperty("name").GetString()));
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(replayed), JsonElement.Parse(call.GetProperty("arguments").GetString()!)));
    }

    [Theory]
    [InlineData(300, "incomplete")]
    [InlineData(299, "completed")]
    public async Task AnswerAsLongAsItMayBe_IsIncomplete_ThoughTheServerSaysCompleted(int used, string status)
    {
        _app.Model.NextEvents(Done(Message("Once upon a")), Completed(20, used, Message("Once upon a")));

        var run = await _app.RunAsync(fields: "\"max_completion_tokens\":300");

        Assert.Equal(300, _app.Requests[0].GetProperty("max_output_tokens").GetInt32());
        Assert.Equal(status, run.GetProperty("status").GetString());
        var message = (await _app.Api.GetAsync($"/v1/threads/{_app.Thread}/messages")).GetProperty("data")[0];
        Assert.Equal(status, message.GetProperty("status").GetString());
        if (status == "incomplete")
        {
            Assert.Equal("max_completion_tokens", run.GetProperty("incomplete_details").GetProperty("reason").GetString());
            Assert.Equal("max_tokens", message.GetProperty("incomplete_details").GetProperty("reason").GetString());
        }
    }

    [Fact]
    public async Task PromptThatIsTooLong_Fails_WithTheServersReason()
    {
        const string Error = """{"code":400,"message":"request (9000 tokens) exceeds the available context size (8192 tokens)","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":8192}""";
        _app.Model.NextStatus(400, $$"""{"error":{{Error}}}""").Next(reply => reply.RawAsync($"data: {{\"error\":{Error}}}\n\n"));

        foreach (var run in new[] { await _app.RunAsync(), await _app.RunAsync() })
        {
            Assert.Equal("invalid_prompt", run.GetProperty("last_error").GetProperty("code").GetString());
            Assert.Contains("exceeds the available context size", run.GetProperty("last_error").GetProperty("message").GetString(), StringComparison.Ordinal);
        }
    }

    private const string Created = """{"type":"response.created","response":{"id":"resp_1","object":"response","status":"in_progress"}}""";

    private const string Reasoning = """{"id":"rs_1","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"Tides first."}],"encrypted_content":"","status":"completed"}""";

    private static string Added(string item) => $$"""{"type":"response.output_item.added","item":{{item}}}""";

    private static string Done(string item) => $$"""{"type":"response.output_item.done","item":{{item}}}""";

    private static string Message(string text) =>
        $$"""{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"{{text}}"}]}""";

    private static string Call(string callId, string name, string arguments) =>
        $$"""{"type":"function_call","status":"completed","call_id":"{{callId}}","name":"{{name}}","arguments":{{Upstream.Quote(arguments)}}}""";

    /// <summary>Its usage has no details.</summary>
    private static string Completed(int input = 20, int used = 2, params string[] output) =>
        $$"""{"type":"response.completed","response":{"id":"resp_1","object":"response","status":"completed","output":[{{string.Join(',', output)}}],"usage":{{Usage(input, used)}} } }""";

    private static string Usage(int input, int used) => $$"""{"input_tokens":{{input}},"output_tokens":{{used}},"total_tokens":{{input + used}} }""";

    /// <summary>A whole answer in the last event.</summary>
    private static string Text(string text) => Completed(20, 2, Message(text.Replace("\"", "\\\"", StringComparison.Ordinal)));
}
