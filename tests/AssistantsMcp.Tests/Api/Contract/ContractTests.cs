using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Api.Contract;

/// <summary>The check of answers and streams sees each fault: what the application really sends is broken in every way, place by place.</summary>
public sealed partial class ContractTests : IAsyncLifetime
{
    private RunApp _app = null!;
    private RestClient _api = null!;

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync();
        _api = _app.As();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task BrokenObjects_AreRefused()
    {
        var unseen = new List<string>();
        var count = 0;
        foreach (var (schema, answer) in await SamplesAsync())
        {
            Assert.Empty(ApiContract.Faults(schema, answer));
            foreach (var (what, broken) in Broken(answer))
            {
                count++;
                if (ApiContract.Faults(schema, broken).Count == 0)
                {
                    unseen.Add($"{schema}: {what}");
                }
            }
        }

        Assert.True(unseen.Count == 0, string.Join("\n", unseen));
        Assert.True(count > 500, $"{count} broken objects");
    }

    [Fact]
    public async Task BrokenStreams_AreRefused()
    {
        var unseen = new List<string>();
        foreach (var events in await StreamsAsync())
        {
            Assert.Null(Refusal(events));
            foreach (var index in Enumerable.Range(0, events.Count))
            {
                var name = events[index].Name;
                Expect($"without {index} {name}", [.. events[..index], .. events[(index + 1)..]]);
                Expect($"twice {index} {name}", [.. events[..index], events[index], .. events[index..]]);
                if (index > 0 && CallOf(events[index]) == CallOf(events[index - 1]))
                {
                    Expect($"{index} {name} too early", [.. events[..(index - 1)], events[index], events[index - 1], .. events[(index + 1)..]]);
                }
            }

            void Expect(string what, List<StreamEvent> broken)
            {
                if (Refusal(broken) is null)
                {
                    unseen.Add(what);
                }
            }
        }

        Assert.True(unseen.Count == 0, string.Join("\n", unseen));
    }

    [Fact]
    public void EveryEventOfTheContract_IsKnown() => Assert.Equal(25, ApiContract.EventNames.Count());

    [Theory]
    [InlineData("thread.run.created", "{}")]
    [InlineData("thread.message.delta", """{"id":"msg_a","object":"thread.message.delta","delta":{"content":[{"type":"text","text":{"value":"a"}}]}}""")]
    [InlineData("thread.run.resumed", "{}")]
    [InlineData("done", "{}")]
    [InlineData("error", """{"message":"It failed.","type":"server_error","param":null,"code":null}""")]
    public void BrokenEvent_IsRefused(string name, string data) => Assert.NotEmpty(ApiContract.EventFaults(name, data));

    [Theory]
    [InlineData("event: done\ndata: [DONE]")]
    [InlineData("data: [DONE]\nevent: done\n\n")]
    [InlineData("id: 1\nevent: done\ndata: [DONE]\n\n")]
    [InlineData("event: error\ndata: {\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":null,\"code\":null}}\n\n")]
    public async Task StreamWithWrongFraming_IsRefused(string text)
    {
        using var reader = new StreamReader(new CheckedEventStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text))));

        await Assert.ThrowsAsync<ContractException>(() => reader.ReadToEndAsync());
    }

    [Fact]
    public async Task AnswerOfTheApplication_IsChecked()
    {
        var faults = ApiContract.Faults(HttpMethod.Get, "/v1/threads/thread_a", 200, await _api.GetAsync($"/v1/assistants/{await _api.NewAssistantAsync()}"));

        Assert.Contains("$.object is \"assistant\", not one of [\"thread\"]", faults);
        Assert.NotEmpty(ApiContract.Faults(HttpMethod.Get, "/v1/threads/thread_a/unknown", 200, default));
        Assert.NotEmpty(ApiContract.Faults(HttpMethod.Get, "/v1/threads/thread_a", 404, JsonElement.Parse("""{"error":{"message":"m"}}""")));
    }

    /// <summary>One answer of each kind, with as much in it as it can have.</summary>
    private async Task<List<(string Schema, JsonElement Answer)>> SamplesAsync()
    {
        var assistant = await _api.PostAsync("/v1/assistants", """
            {"model":"m","name":"Pilot","tools":[{"type":"code_interpreter"},{"type":"file_search"},{"type":"function","function":{"name":"tide"}}],
            "metadata":{"a":"b"},"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}}}
            """);
        var runner = await _api.NewAssistantAsync("""
            "model":"m","tools":[{"type":"function","function":{"name":"tide"}}]
            """);
        var thread = await _api.PostAsync("/v1/threads", """{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}],"metadata":{"a":"b"}}""");
        var threadId = thread.GetProperty("id").GetString()!;
        _app.Model.NextEvents(Created, Done(Call("tide", "{}")), Completed()).NextEvents(Created, Done(Message("High.")), Completed());
        var path = await _api.NewRunAsync(threadId, runner);
        var waiting = await _api.SettledAsync(path);
        await _api.PostAsync($"{path}/submit_tool_outputs", """{"tool_outputs":[{"tool_call_id":"call_a","output":"3"}]}""");
        var completed = await _api.SettledAsync(path);
        _app.Model.NextStatus(400, """{"error":{"message":"No."}}""").NextEvents(Added(EmptyMessage()), TextDelta("Half"), Incomplete("max_output_tokens"));
        var failed = await _api.SettledAsync(await _api.NewRunAsync(threadId, runner));
        var incomplete = await _api.SettledAsync(await _api.NewRunAsync(threadId, runner));
        var (_, error) = await _api.RefusedAsync(HttpMethod.Get, "/v1/threads/thread_none");
        return
        [
            ("AssistantObject", assistant),
            ("ThreadObject", thread),
            ("RunObject", waiting),
            ("RunObject", completed),
            ("RunObject", failed),
            ("RunObject", incomplete),
            ("ListAssistantsResponse", await _api.GetAsync("/v1/assistants?limit=1")),
            ("ListMessagesResponse", await _api.GetAsync($"/v1/threads/{threadId}/messages")),
            ("ListRunsResponse", await _api.GetAsync($"/v1/threads/{threadId}/runs?limit=1")),
            ("ListRunStepsResponse", await _api.GetAsync($"{path}/steps")),
            ("Error", error),
            ("DeleteThreadResponse", await _api.DeleteAsync($"/v1/threads/{threadId}")),
        ];
    }

    private async Task<List<List<StreamEvent>>> StreamsAsync()
    {
        var assistant = await _api.NewAssistantAsync("""
            "model":"m","tools":[{"type":"function","function":{"name":"tide"}}]
            """);
        _app.Model
            .NextEvents(
                Created, Added(Call("tide", "", "call_a", "fc_a")), ArgumentsDelta("{", "fc_a", 0), ArgumentsDelta("}", "fc_a", 0), Done(Call("tide", "{}", "call_a", "fc_a")),
                Added(Call("tide", "", "call_b", "fc_b"), 1), ArgumentsDelta("{\"a\":", "fc_b", 1), ArgumentsDelta("1}", "fc_b", 1), Done(Call("tide", "{\"a\":1}", "call_b", "fc_b"), 1),
                Completed())
            .NextEvents(Created, Added(EmptyMessage()), TextDelta("Good "), TextDelta("day."), Done(Message("Good day.")), Completed());
        var thread = await _api.NewThreadAsync("Hi");
        await using var first = await _api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
        var calls = await first.RestAsync();
        var run = calls[0].Json.GetProperty("id").GetString();
        await using var second = await _api.StreamAsync(
            $"/v1/threads/{thread}/runs/{run}/submit_tool_outputs",
            """{"stream":true,"tool_outputs":[{"tool_call_id":"call_a","output":"3"},{"tool_call_id":"call_b","output":"4"}]}""");
        return [calls, await second.RestAsync()];
    }

    /// <summary>Which of parallel calls a delta belongs to: those may come in any order.</summary>
    private static int CallOf(StreamEvent happened) => happened.Name == "thread.run.step.delta"
        ? happened.Json.GetProperty("delta").GetProperty("step_details").GetProperty("tool_calls")[0].GetProperty("index").GetInt32()
        : 0;

    /// <summary>The fault that the rules find in a stream of these events.</summary>
    private static string? Refusal(List<StreamEvent> events)
    {
        try
        {
            var rules = new StreamRules();
            events.ForEach(happened => rules.Accept(happened.Name, happened.Data));
            rules.End();
            return null;
        }
        catch (ContractException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Each field left out, of another type, of an unknown value, moved, and a field that nobody knows.</summary>
    private static IEnumerable<(string What, JsonElement Broken)> Broken(JsonElement answer)
    {
        foreach (var path in Places(answer, []).Where(path => !Free().IsMatch(string.Join('.', path))))
        {
            var text = string.Join('.', path);
            yield return ($"wrong type of {text}", Change(answer, path, (parent, name, value) => Set(parent, name, WrongType(value))));
            if (path[^1] is "object" or "status" or "role" || (path[^1] is "type" && !answer.TryGetProperty("message", out _)))
            {
                yield return ($"unknown {text}", Change(answer, path, (parent, name, _) => Set(parent, name, "unknown")));
            }

            if (path[^1] is string && !Optional().IsMatch(text))
            {
                yield return ($"no {text}", Change(answer, path, (parent, name, _) => parent.AsObject().Remove((string)name)));
                yield return ($"{text} elsewhere", Change(answer, path, Move));
                yield return ($"company for {text}", Change(answer, path, (parent, _, _) => parent["surprise"] = 1));
            }
        }
    }

    private static IEnumerable<object[]> Places(JsonElement value, object[] path)
    {
        object[][] children = value.ValueKind switch
        {
            JsonValueKind.Object => [.. value.EnumerateObject().Select(field => new object[] { field.Name })],
            JsonValueKind.Array => [.. Enumerable.Range(0, value.GetArrayLength()).Select(index => new object[] { index })],
            _ => [],
        };
        return children.SelectMany(child =>
        {
            object[] place = [.. path, child[0]];
            return Places(child[0] is string name ? value.GetProperty(name) : value[(int)child[0]], place).Prepend(place);
        });
    }

    private static JsonElement Change(JsonElement answer, object[] path, Action<JsonNode, object, JsonNode?> change)
    {
        var root = JsonNode.Parse(answer.GetRawText())!;
        var parent = path[..^1].Aggregate(root, (node, step) => (step is string name ? node[name] : node[(int)step])!);
        change(parent, path[^1], path[^1] is string last ? parent[last] : parent[(int)path[^1]]);
        return JsonElement.Parse(root.ToJsonString());
    }

    private static void Set(JsonNode parent, object name, JsonNode? value)
    {
        if (name is string field)
        {
            parent[field] = value;
        }
        else
        {
            parent[(int)name] = value;
        }
    }

    private static JsonNode? WrongType(JsonNode? value) => value?.GetValueKind() == JsonValueKind.True || value?.GetValueKind() == JsonValueKind.False ? "x" : true;

    /// <summary>To the end; a field that is last goes to the front, and one that is alone gets company.</summary>
    private static void Move(JsonNode parent, object name, JsonNode? value)
    {
        var fields = parent.AsObject();
        var isLast = fields.Last().Key == (string)name;
        fields.Remove((string)name);
        fields.Insert(isLast ? 0 : fields.Count, (string)name, value);
        if (fields.Count == 1)
        {
            fields["surprise"] = 1;
        }
    }

    /// <summary>What a caller fills as he likes.</summary>
    [GeneratedRegex(@"\.parameters\.|\.schema\.")]
    private static partial Regex Free();

    /// <summary>What may be left out, and objects whose order nobody recorded.</summary>
    [GeneratedRegex(@"metadata\.|tool_resources\.|incomplete_details\.|response_format\.")]
    private static partial Regex Optional();
}
