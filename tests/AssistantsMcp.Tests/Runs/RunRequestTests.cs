using System.Text.Json;

namespace AssistantsMcp.Tests.Runs;

/// <summary>What can be said when a run is created, how the run shows it, and what is refused.</summary>
public sealed class RunRequestTests(OpenApp open) : IClassFixture<OpenApp>, IAsyncLifetime
{
    private readonly WireCaller _caller = open.NewCaller();
    private string _assistantId = "";
    private string _threadId = "";

    public async Task InitializeAsync()
    {
        _assistantId = await _caller.CreateAssistantAsync();
        _threadId = await _caller.CreateThreadAsync("""{"messages":[{"role":"user","content":"Hello"}]}""");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task NothingButAnAssistant_ShowsDefaults()
    {
        var answer = await _caller.PostAsync($"/threads/{_threadId}/runs", $$"""{"assistant_id":"{{_assistantId}}"}""");

        answer.AssertObject($$"""
            {"id":"ID","object":"thread.run","created_at":1790000000,"assistant_id":"{{_assistantId}}","thread_id":"{{_threadId}}","status":"queued","started_at":null,"expires_at":1790000600,"cancelled_at":null,"failed_at":null,"completed_at":null,"required_action":null,"last_error":null,"model":"m","instructions":null,"tools":[],"tool_resources":{},"metadata":{},"temperature":1.0,"top_p":1.0,"reasoning_effort":null,"max_completion_tokens":null,"max_prompt_tokens":null,"truncation_strategy":{"type":"auto","last_messages":null},"incomplete_details":null,"usage":null,"response_format":"auto","tool_choice":"auto","parallel_tool_calls":true}
            """);
        Assert.Matches("^run_[A-Za-z0-9]{24}$", answer.Id);
    }

    [Fact]
    public async Task EveryFieldSent_IsShown()
    {
        var answer = await _caller.PostAsync($"/threads/{_threadId}/runs?include[]=step_details.tool_calls[*].file_search.results[*].content", $$$"""
            {
              "assistant_id": "{{{_assistantId}}}", "model": "m2", "instructions": "Speak.", "additional_instructions": "Briefly.",
              "additional_messages": [{"role":"assistant","content":"Ahoy."},{"role":"user","content":"When?","metadata":{"n":"2"}}],
              "tools": [{"type":"function","function":{"name":"tide"}}], "metadata": {"watch":"dog"}, "temperature": 0, "top_p": 0.5,
              "reasoning_effort": "low", "max_prompt_tokens": 300, "max_completion_tokens": 400, "stream": false,
              "truncation_strategy": {"type":"last_messages","last_messages":10}, "parallel_tool_calls": false,
              "tool_choice": {"type":"function","function":{"name":"tide"}}, "response_format": {"type":"json_object"}
            }
            """);

        answer.AssertObject($$$"""
            {"id":"ID","object":"thread.run","created_at":1790000000,"assistant_id":"{{{_assistantId}}}","thread_id":"{{{_threadId}}}","status":"queued","started_at":null,"expires_at":1790000600,"cancelled_at":null,"failed_at":null,"completed_at":null,"required_action":null,"last_error":null,"model":"m2","instructions":"Speak.","tools":[{"type":"function","function":{"name":"tide","parameters":{"type":"object","properties":{}},"strict":false}}],"tool_resources":{},"metadata":{"watch":"dog"},"temperature":0,"top_p":0.5,"reasoning_effort":"low","max_completion_tokens":400,"max_prompt_tokens":300,"truncation_strategy":{"type":"last_messages","last_messages":10},"incomplete_details":null,"usage":null,"response_format":{"type":"json_object"},"tool_choice":{"type":"function","function":{"name":"tide"}},"parallel_tool_calls":false}
            """);
        var messages = (await _caller.GetAsync($"/threads/{_threadId}/messages?order=asc")).Json.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(["Hello", "Ahoy.", "When?"], messages.Select(RestClient.Text));
        Assert.All(messages, message => Assert.Equal(JsonValueKind.Null, message.GetProperty("run_id").ValueKind));
        Assert.Empty((await _caller.GetAsync($"/threads/{_threadId}/messages?run_id={answer.Id}")).Ids);
    }

    [Fact]
    public async Task NullsSent_ShowTheAssistantsValues()
    {
        var assistant = await _caller.CreateAssistantAsync("""
            {"model":"m","instructions":"i","temperature":0.25,"top_p":0.75,"reasoning_effort":"high","response_format":{"type":"text"},"tools":[{"type":"function","function":{"name":"f"}}]}
            """);

        var answer = await _caller.PostAsync($"/threads/{_threadId}/runs", $$"""
            {"assistant_id":"{{assistant}}","model":null,"instructions":null,"additional_instructions":null,"additional_messages":null,"tools":null,"metadata":null,"temperature":null,"top_p":null,"reasoning_effort":null,"max_prompt_tokens":null,"max_completion_tokens":null,"stream":null,"truncation_strategy":null,"tool_choice":null,"response_format":null}
            """);

        Assert.Equal(("\"m\"", "\"i\"", "0.25", "0.75"), (answer.Ok()["model"], answer["instructions"], answer["temperature"], answer["top_p"]));
        Assert.Equal(("\"high\"", """{"type":"text"}"""), (answer["reasoning_effort"], answer["response_format"]));
        Assert.Equal("""[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}},"strict":false}}]""", answer["tools"]);
        Assert.Equal(("\"auto\"", """{"type":"auto","last_messages":null}""", "{}"), (answer["tool_choice"], answer["truncation_strategy"], answer["metadata"]));
    }

    [Theory]
    [InlineData("\"none\"")]
    [InlineData("\"auto\"")]
    [InlineData("\"required\"")]
    [InlineData("""{"type":"file_search"}""")]
    [InlineData("""{"type":"code_interpreter"}""")]
    [InlineData("""{"type":"function","function":{"name":"tide"}}""")]
    public async Task ToolChoice_IsShownAsSent(string choice)
    {
        var answer = await _caller.PostAsync($"/threads/{_threadId}/runs", $$"""{"assistant_id":"{{_assistantId}}","tool_choice":{{choice}}}""");

        Assert.Equal(choice, answer.Ok()["tool_choice"]);
    }

    [Theory]
    [InlineData("\"tool_choice\":\"any\"", "Invalid value: 'any'. Supported values are: 'none', 'auto', and 'required'.", "tool_choice", "invalid_value")]
    [InlineData("\"tool_choice\":{\"type\":\"function\"}", "Missing required parameter: 'tool_choice.function'.", "tool_choice.function", "missing_required_parameter")]
    [InlineData("\"tool_choice\":{\"type\":\"retrieval\"}", "Invalid value: 'retrieval'. Supported values are: 'function', 'code_interpreter', and 'file_search'.", "tool_choice.type", "invalid_value")]
    [InlineData("\"tool_choice\":7", "Invalid type for 'tool_choice': expected one of a string or object, but got an integer instead.", "tool_choice", "invalid_type")]
    [InlineData("\"truncation_strategy\":{}", "Missing required parameter: 'truncation_strategy.type'.", "truncation_strategy.type", "missing_required_parameter")]
    [InlineData("\"truncation_strategy\":{\"type\":\"middle\"}", "Invalid value: 'middle'. Supported values are: 'auto' and 'last_messages'.", "truncation_strategy.type", "invalid_value")]
    [InlineData("\"truncation_strategy\":{\"type\":\"last_messages\"}", "Missing required parameter: 'truncation_strategy.last_messages'.", "truncation_strategy.last_messages", "missing_required_parameter")]
    [InlineData("\"truncation_strategy\":{\"type\":\"last_messages\",\"last_messages\":null}", "Invalid type for 'truncation_strategy.last_messages': expected an integer, but got null instead.", "truncation_strategy.last_messages", "invalid_type")]
    [InlineData("\"truncation_strategy\":{\"type\":\"last_messages\",\"last_messages\":0}", "Invalid 'truncation_strategy.last_messages': integer below minimum value. Expected a value >= 1, but got 0 instead.", "truncation_strategy.last_messages", "integer_below_min_value")]
    [InlineData("\"max_prompt_tokens\":0", "Invalid 'max_prompt_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead.", "max_prompt_tokens", "integer_below_min_value")]
    [InlineData("\"max_completion_tokens\":1.5", "Invalid type for 'max_completion_tokens': expected an integer, but got a decimal instead.", "max_completion_tokens", "invalid_type")]
    [InlineData("\"parallel_tool_calls\":\"no\"", "Invalid type for 'parallel_tool_calls': expected a boolean, but got a string instead.", "parallel_tool_calls", "invalid_type")]
    [InlineData("\"stream\":\"yes\"", "Invalid type for 'stream': expected a boolean, but got a string instead.", "stream", "invalid_type")]
    [InlineData("\"temperature\":2.5", "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5 instead.", "temperature", "decimal_above_max_value")]
    [InlineData("\"reasoning_effort\":\"much\"", "Invalid value: 'much'. Supported values are: 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'.", "reasoning_effort", "invalid_value")]
    [InlineData("\"additional_messages\":[{\"role\":\"system\",\"content\":\"x\"}]", "Invalid value: 'system'. Supported values are: 'user' and 'assistant'.", "additional_messages[0].role", "invalid_value")]
    [InlineData("\"metadata\":{\"a\":1}", "Invalid type for 'metadata.a': expected a string, but got an integer instead.", "metadata.a", "invalid_type")]
    [InlineData("\"file_ids\":[]", "Unknown parameter: 'file_ids'.", "file_ids", "unknown_parameter")]
    [InlineData("\"tool_resources\":{}", "Unknown parameter: 'tool_resources'.", "tool_resources", "unknown_parameter")]
    public async Task BadField_IsRefusedAndNothingIsAdded(string field, string message, string param, string code)
    {
        var answer = await _caller.PostAsync(
            $"/threads/{_threadId}/runs", field.Contains("additional_messages", StringComparison.Ordinal)
                ? $$"""{"assistant_id":"{{_assistantId}}",{{field}}}"""
                : $$"""{"assistant_id":"{{_assistantId}}","additional_messages":[{"role":"user","content":"More"}],{{field}}}""");

        answer.AssertError(400, message, param, code);
        Assert.Single((await _caller.GetAsync($"/threads/{_threadId}/messages")).Ids);
        Assert.Empty((await _caller.GetAsync($"/threads/{_threadId}/runs")).Ids);
    }

    [Theory]
    [InlineData("additional_instructions", "\"x\"")]
    [InlineData("additional_messages", "[]")]
    [InlineData("reasoning_effort", "\"low\"")]
    public async Task ThreadAndRun_HasFewerFields(string field, string value)
    {
        var answer = await _caller.PostAsync("/threads/runs", $$"""{"assistant_id":"{{_assistantId}}","instructions":"i","{{field}}":{{value}}}""");

        answer.AssertError(400, $"Unknown parameter: '{field}'.", field, "unknown_parameter");
    }

    [Theory]
    [InlineData("\"stream\":false")]
    [InlineData("\"stream\":true")]
    [InlineData("\"thread\":{}")]
    public async Task ThreadAndRunWithNothingToRun_IsRefusedAndMakesNoThread(string fields)
    {
        var answer = await _caller.PostAsync("/threads/runs", $$"""{"assistant_id":"{{_assistantId}}",{{fields}}}""");

        answer.AssertError(400, "Run creation requires a Thread with a user message or an assistant with instructions.", code: "invalid_thread");
        Assert.Equal([_threadId], (await _caller.GetAsync("/threads")).Ids);
    }

    [Fact]
    public async Task ThreadAndRun_GivesItsResourcesToTheThread()
    {
        var answer = await _caller.PostAsync("/threads/runs", $$$"""
            {"assistant_id":"{{{_assistantId}}}","instructions":"i","tool_resources":{"code_interpreter":{"file_ids":["file-1"]}},"thread":{"metadata":{"a":"b"} } }
            """);

        var thread = await _caller.GetAsync($"/threads/{answer.Ok().Json.GetProperty("thread_id").GetString()}");
        Assert.Equal(("""{"code_interpreter":{"file_ids":["file-1"]}}""", """{"a":"b"}"""), (thread.Ok()["tool_resources"], thread["metadata"]));
        Assert.Equal("{}", answer["tool_resources"]);
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(21, false)]
    public async Task ToolsOfARun_AreTwentyAtMost(int count, bool taken)
    {
        var tools = string.Join(',', Enumerable.Range(0, count).Select(number => $$$"""{"type":"function","function":{"name":"f{{{number}}}"}}"""));

        var answer = await _caller.PostAsync($"/threads/{_threadId}/runs", $$"""{"assistant_id":"{{_assistantId}}","tools":[{{tools}}]}""");

        if (taken)
        {
            answer.Ok();
        }
        else
        {
            answer.AssertError(400, "Invalid 'tools': array too long. Expected an array with maximum length 20, but got an array with length 21 instead.", "tools", "array_above_max_length");
        }
    }

    [Fact]
    public async Task Modify_ChangesMetadataOnly()
    {
        var run = await _caller.PostAsync($"/threads/{_threadId}/runs", $$$"""{"assistant_id":"{{{_assistantId}}}","metadata":{"a":"1","b":"2"} }""");
        var path = $"/threads/{_threadId}/runs/{run.Ok().Id}";

        var replaced = await _caller.PostAsync(path, """{"metadata":{"a":"3"}}""");
        var kept = await _caller.PostAsync(path);
        var reset = await _caller.PostAsync(path, """{"metadata":null}""");

        Assert.Equal(("""{"a":"3"}""", """{"a":"3"}""", "{}"), (replaced.Ok()["metadata"], kept.Ok()["metadata"], reset.Ok()["metadata"]));
        (await _caller.PostAsync(path, """{"instructions":"x"}""")).AssertError(400, "Unknown parameter: 'instructions'.", "instructions", "unknown_parameter");
    }
}
