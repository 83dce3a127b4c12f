using System.Text.Json;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Execution;

/// <summary>Which messages the model reads when not all of them fit, and what the prompt budget leaves.</summary>
public sealed class ContextWindowTests : IAsyncLifetime
{
    private const string Tide = """{"type":"function","function":{"name":"tide"}}""";

    private const string TooLong =
        """{"error":{"message":"Your input exceeds the context window of this model.","type":"invalid_request_error","param":"input","code":"context_length_exceeded"}}""";

    private RunApp _app = null!;
    private RestClient _api = null!;

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync();
        _api = _app.As();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task WithoutALimit_TheModelReadsEverything()
    {
        _app.Model.NextEvents(Created, Done(Message("Yes.")), Completed());

        await RunAsync([.. Enumerable.Range(0, 30).Select(Long)]);

        Assert.Equal(Enumerable.Range(0, 30), Read(0));
    }

    [Fact]
    public async Task PromptBudget_DropsTheMiddleOfTheThread()
    {
        _app.Model.NextEvents(Created, Done(Message("Yes.")), Completed());

        // A message takes about a hundred tokens.
        var (_, run) = await RunAsync([.. Enumerable.Range(0, 30).Select(Long)], "\"max_prompt_tokens\":1000");

        var read = Read(0);
        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.InRange(read.Length, 7, 10);
        Assert.Equal(0, read[0]);
        Assert.Equal(Enumerable.Range(31 - read.Length, read.Length - 1), read.Skip(1));
    }

    [Fact]
    public async Task PromptBudget_DropsTheOldestOfTheLastMessages()
    {
        _app.Model.NextEvents(Created, Done(Message("Yes.")), Completed());

        await RunAsync(
            [.. Enumerable.Range(0, 30).Select(Long)],
            "\"max_prompt_tokens\":1000,\"truncation_strategy\":{\"type\":\"last_messages\",\"last_messages\":20}");

        var read = Read(0);
        Assert.InRange(read.Length, 7, 10);
        Assert.Equal(Enumerable.Range(30 - read.Length, read.Length), read);
    }

    [Fact]
    public async Task FirstMessageThatIsVeryLong_IsNotKeptAtTheCostOfTheNewest()
    {
        _app.Model.NextEvents(Created, Done(Message("Yes.")), Completed());

        await RunAsync([$"0 {new string('x', 3000)}", .. Enumerable.Range(1, 30).Select(Long)], "\"max_prompt_tokens\":1000");

        Assert.DoesNotContain(0, Read(0));
        Assert.InRange(Read(0).Length, 7, 10);
    }

    [Fact]
    public async Task NewestUserMessage_StaysWhateverItsSize()
    {
        _app.Model.NextEvents(Created, Done(Message("Yes.")), Completed());
        var thread = await _api.NewThreadAsync(Long(0), $"1 {new string('x', 100_000)}");
        await _api.PostAsync($"/v1/threads/{thread}/messages", $$"""{"role":"assistant","content":"{{Long(2)}}"}""");

        var run = await _api.SettledAsync(await _api.NewRunAsync(thread, await _api.NewAssistantAsync(), "\"max_prompt_tokens\":256"));

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal([1], Read(0));
    }

    [Fact]
    public async Task PromptBudget_IsThatOfTheWholeRun()
    {
        // Each stubbed turn uses 11 prompt tokens.
        _app.Model.NextEvents(Created, Done(Call("tide", "{}")), Completed());

        var (path, waiting) = await RunAsync(["Hello"], "\"max_prompt_tokens\":11", Tide);
        await using var stream = await _api.StreamAsync(
            $"{path}/submit_tool_outputs", """{"stream":true,"tool_outputs":[{"tool_call_id":"call_a","output":"3.2"}]}""");
        var events = await stream.RestAsync();

        Assert.Equal("requires_action", waiting.GetProperty("status").GetString());
        Assert.Equal(
            ["thread.run.step.completed", "thread.run.queued", "thread.run.in_progress", "thread.run.incomplete", "done"],
            events.Select(happened => happened.Name));
        var run = await _api.GetAsync(path);
        Assert.Equal("incomplete", run.GetProperty("status").GetString());
        Assert.Equal("""{"reason":"max_prompt_tokens"}""", run.GetProperty("incomplete_details").GetRawText());
        Assert.Equal((11, 7), (run.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), run.GetProperty("usage").GetProperty("completion_tokens").GetInt32()));
        Assert.Single(_app.Model.Calls);
    }

    [Fact]
    public async Task TurnForWhichTooLittleIsLeft_IsNotTaken()
    {
        // The first turn leaves nine tokens; the second one needs as many as the first, and the output besides.
        _app.Model.NextEvents(Created, Done(Call("tide", "{}")), Completed());

        var (path, _) = await RunAsync(["Hello"], "\"max_prompt_tokens\":20", Tide);
        await SubmitAsync(path);
        var run = await _api.SettledAsync(path);

        Assert.Equal("""{"reason":"max_prompt_tokens"}""", run.GetProperty("incomplete_details").GetRawText());
        Assert.Single(_app.Model.Calls);
    }

    [Fact]
    public async Task PromptBudget_CountsAlsoWhereTheModelServerReportsNothing()
    {
        _app.Model.NextEvents(Created, Done(Call("tide", "{}")), """{"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[]}}""");

        var (path, waiting) = await RunAsync([.. Enumerable.Range(0, 10).Select(Long)], "\"max_prompt_tokens\":1100", Tide);
        await SubmitAsync(path);
        var run = await _api.SettledAsync(path);

        Assert.Equal("requires_action", waiting.GetProperty("status").GetString());
        Assert.Equal(10, Read(0).Length);
        Assert.Equal("""{"reason":"max_prompt_tokens"}""", run.GetProperty("incomplete_details").GetRawText());
        Assert.Single(_app.Model.Calls);
    }

    [Fact]
    public async Task LaterTurn_DropsMessagesButNoItemOfTheRun()
    {
        // The model server counts twice as many tokens as the engine took the thread for, so the second turn knows better.
        _app.Model
            .NextEvents(Created, Done(Call("tide", "{}")), CompletedWith(prompt: 2000))
            .NextEvents(Created, Done(Message("3.2 m.")), CompletedWith(prompt: 400));

        var (path, _) = await RunAsync([.. Enumerable.Range(0, 10).Select(Long)], "\"max_prompt_tokens\":3000", Tide);
        await SubmitAsync(path);
        var run = await _api.SettledAsync(path);

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(10, Read(0).Length);
        Assert.InRange(Read(1).Length, 2, 6);
        Assert.Equal((0, 9), (Read(1)[0], Read(1)[^1]));
        Assert.Equal(
            ["function_call", "function_call_output"],
            _app.Model.Calls[1].Json.GetProperty("input").EnumerateArray().Select(item => item.GetProperty("type").GetString()).TakeLast(2));
    }

    [Theory]
    [InlineData(400, TooLong)]
    [InlineData(400, """{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}}""")]
    [InlineData(400, """{"error":{"message":"This model's maximum context length is 4096 tokens. However, you requested 9000 tokens.","type":"BadRequestError","param":null,"code":400}}""")]
    [InlineData(400, """{"object":"error","message":"The decoder prompt (length 9000) is longer than the maximum model length of 4096.","type":"BadRequestError","code":400}""")]
    [InlineData(400, """{"error":"the input length exceeds the context length"}""")]
    [InlineData(413, """{"error":{"message":"prompt is too long: 9000 tokens > 4096 maximum","code":413}}""")]
    public async Task ThreadThatTheModelCannotRead_IsShortenedUntilItCan(int status, string refusal)
    {
        _app.Model.NextStatus(status, refusal).NextStatus(status, refusal).NextEvents(Created, Done(Message("Yes.")), Completed());

        var (_, run) = await RunAsync([.. Enumerable.Range(0, 40).Select(Long)]);

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(40, Read(0).Length);
        Assert.InRange(Read(1).Length, 26, 30);
        Assert.InRange(Read(2).Length, 11, 15);
        Assert.All(new[] { Read(1), Read(2) }, read => Assert.Equal((0, 39), (read[0], read[^1])));
    }

    [Fact]
    public async Task ThreadThatTheModelCannotRead_IsTheSameInAStream()
    {
        // Some servers begin a response before they find out.
        _app.Model
            .NextEvents(Created, """{"type":"response.failed","response":{"id":"resp_1","status":"failed","error":{"code":"context_length_exceeded","message":"Too long."}}}""")
            .NextEvents(Created, Done(Message("Yes.")), Completed());
        var (assistant, thread) = (await _api.NewAssistantAsync(), await _api.NewThreadAsync(Long(0), Long(1), Long(2)));

        await using var stream = await _api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
        var events = await stream.RestAsync();

        Assert.Single(events, happened => happened.Name == "thread.run.in_progress");
        Assert.Equal(["thread.run.completed", "done"], events.Select(happened => happened.Name).TakeLast(2));
        Assert.Equal([0, 1, 2], Read(0));
        Assert.Equal([1, 2], Read(1));
    }

    [Fact]
    public async Task MessageThatIsTooLongAlone_FailsTheRunWithTheServersReason()
    {
        _app.Model.Always(reply => reply.StatusAsync(400, TooLong));

        var (_, run) = await RunAsync([.. Enumerable.Range(0, 4).Select(Long)]);

        Assert.Equal("failed", run.GetProperty("status").GetString());
        Assert.Equal(
            """{"code":"invalid_prompt","message":"Your input exceeds the context window of this model."}""", run.GetProperty("last_error").GetRawText());
        Assert.Equal([3], Read(_app.Model.Calls.Count - 1));
        Assert.InRange(_app.Model.Calls.Count, 2, 4);
    }

    [Fact]
    public async Task EndlessRefusals_EndAfterEightCalls()
    {
        _app.Model.Always(reply => reply.StatusAsync(400, TooLong));

        var (_, run) = await RunAsync([.. Enumerable.Range(0, 1000).Select(Short)]);

        Assert.Equal("failed", run.GetProperty("status").GetString());
        Assert.Equal(8, _app.Model.Calls.Count);
    }

    [Fact]
    public async Task LastMessages_AreNotShortened()
    {
        _app.Model.NextStatus(400, TooLong);

        var (_, run) = await RunAsync([.. Enumerable.Range(0, 4).Select(Long)], "\"truncation_strategy\":{\"type\":\"last_messages\",\"last_messages\":3}");

        Assert.Equal("failed", run.GetProperty("status").GetString());
        Assert.Equal("invalid_prompt", run.GetProperty("last_error").GetProperty("code").GetString());
        Assert.Equal([1, 2, 3], Read(0));
    }

    [Theory]
    [InlineData("auto", null)]
    [InlineData("last_messages", 1)]
    public async Task MessageOfTheRunItself_IsReadOnce(string type, int? count)
    {
        _app.Model
            .NextEvents(Created, Done(Message("1 moment.")), Done(Call("tide", "{}"), 1), Completed())
            .NextEvents(Created, Done(Message("3.2 m.")), Completed());
        var number = count is null ? "null" : $"{count}";

        var (path, _) = await RunAsync(["0 Hello"], $$"""
            "truncation_strategy":{"type":"{{type}}","last_messages":{{number}}}
            """, Tide);
        await SubmitAsync(path);
        await _api.SettledAsync(path);

        Assert.Equal(
            ["message user", "message assistant", "function_call ", "function_call_output "],
            _app.Model.Calls[1].Json.GetProperty("input").EnumerateArray().Select(item => $"{item.GetProperty("type")} {(item.TryGetProperty("role", out var role) ? role : "")}"));
    }

    /// <summary>About a hundred tokens, beginning with its number.</summary>
    private static string Long(int number) => $"{number} {string.Concat(Enumerable.Repeat("tide ", 65))}";

    /// <summary>A few tokens.</summary>
    private static string Short(int number) => $"{number} tides";

    private static string CompletedWith(int prompt) =>
        $$$"""{"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[],"usage":{"input_tokens":{{{prompt}}},"output_tokens":7,"total_tokens":{{{prompt + 7}}} } } }""";

    private async Task<(string Path, JsonElement Run)> RunAsync(string[] messages, string? fields = null, string tools = "")
    {
        var assistant = await _api.NewAssistantAsync($"\"model\":\"gpt-6-luna\",\"tools\":[{tools}]");
        var path = await _api.NewRunAsync(await _api.NewThreadAsync(messages), assistant, fields);
        return (path, await _api.SettledAsync(path));
    }

    private Task<JsonElement> SubmitAsync(string path) =>
        _api.PostAsync($"{path}/submit_tool_outputs", """{"tool_outputs":[{"tool_call_id":"call_a","output":"3.2"}]}""");

    /// <summary>The numbers of the user messages that the model read.</summary>
    private int[] Read(int call) =>
    [
        .. _app.Model.Calls[call].Json.GetProperty("input").EnumerateArray()
            .Where(item => item.GetProperty("type").GetString() == "message" && item.GetProperty("role").GetString() == "user")
            .Select(item => int.Parse(item.GetProperty("content")[0].GetProperty("text").GetString()!.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)),
    ];
}
