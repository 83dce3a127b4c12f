namespace AssistantsMcp.Tests.Assistants;

public sealed class AssistantTests(OpenApp open) : IClassFixture<OpenApp>
{
    private readonly WireCaller _caller = open.NewCaller();

    [Fact]
    public async Task OnlyModelSent_EveryOtherFieldShowsItsDefault()
    {
        var answer = await _caller.PostAsync("/assistants", """{"model":"gpt-4.1"}""");

        answer.AssertObject(
            """{"id":"ID","object":"assistant","created_at":1790000000,"name":null,"description":null,"instructions":null,"model":"gpt-4.1","tools":[],"top_p":1.0,"temperature":1.0,"reasoning_effort":null,"tool_resources":{},"metadata":{},"response_format":"auto"}""");
        Assert.Matches("^asst_[A-Za-z0-9]{24}$", answer.Id);
    }

    [Fact]
    public async Task EveryFieldSent_IsShown()
    {
        var answer = await _caller.PostAsync("/assistants", """
            {
              "model": "m", "name": "Pilot", "description": "Knows <tides> & 'winds'", "instructions": "Répondez 🌊",
              "tools": [{"type":"function","function":{"name":"tide"}}], "top_p": 0.5, "temperature": 0, "reasoning_effort": "low",
              "tool_resources": {"code_interpreter":{"file_ids":["file-1"]},"file_search":{"vector_store_ids":["vs_1"]}},
              "metadata": {"b":"2","a":"1"}, "response_format": {"type":"json_object"}
            }
            """);

        answer.AssertObject(
            """{"id":"ID","object":"assistant","created_at":1790000000,"name":"Pilot","description":"Knows <tides> & 'winds'","instructions":"Répondez \uD83C\uDF0A","model":"m","tools":[{"type":"function","function":{"name":"tide","parameters":{"type":"object","properties":{}},"strict":false}}],"top_p":0.5,"temperature":0,"reasoning_effort":"low","tool_resources":{"code_interpreter":{"file_ids":["file-1"]},"file_search":{"vector_store_ids":["vs_1"]}},"metadata":{"b":"2","a":"1"},"response_format":{"type":"json_object"}}""");
    }

    [Fact]
    public async Task NullsSent_ShowDefaults()
    {
        var answer = await _caller.PostAsync("/assistants", """
            {"model":"m","name":null,"description":null,"instructions":null,"tools":null,"top_p":null,"temperature":null,"reasoning_effort":null,"tool_resources":null,"metadata":null,"response_format":null}
            """);

        answer.AssertObject(
            """{"id":"ID","object":"assistant","created_at":1790000000,"name":null,"description":null,"instructions":null,"model":"m","tools":[],"top_p":1.0,"temperature":1.0,"reasoning_effort":null,"tool_resources":{},"metadata":{},"response_format":"auto"}""");
    }

    [Theory]
    [InlineData("""{"type":"code_interpreter"}""", """{"type":"code_interpreter"}""")]
    [InlineData(
        """{"type":"file_search"}""",
        """{"type":"file_search","file_search":{"ranking_options":{"ranker":"default_2024_08_21","score_threshold":0.0}}}""")]
    [InlineData(
        """{"type":"file_search","file_search":{}}""",
        """{"type":"file_search","file_search":{"ranking_options":{"ranker":"default_2024_08_21","score_threshold":0.0}}}""")]
    [InlineData(
        """{"file_search":{"ranking_options":{"score_threshold":0.25,"ranker":"auto"},"max_num_results":7},"type":"file_search"}""",
        """{"type":"file_search","file_search":{"max_num_results":7,"ranking_options":{"ranker":"default_2024_08_21","score_threshold":0.25}}}""")]
    [InlineData(
        """{"type":"function","function":{"name":"f"}}""",
        """{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}},"strict":false}}""")]
    [InlineData(
        """{"function":{"strict":true,"parameters":{"type":"object","properties":{"h":{"type":"integer"}},"required":["h"]},"description":"d","name":"f"},"type":"function"}""",
        """{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"h":{"type":"integer"}},"required":["h"]},"strict":true}}""")]
    [InlineData(
        """{"type":"function","function":{"name":"f","description":null,"parameters":null,"strict":null}}""",
        """{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}},"strict":false}}""")]
    public async Task Tool_IsEchoedWithItsDefaultsFilledIn(string sent, string shown)
    {
        var answer = await _caller.PostAsync("/assistants", $$"""{"model":"m","tools":[{{sent}}]}""");

        Assert.Equal($"[{shown}]", answer.Ok()["tools"]);
    }

    [Theory]
    [InlineData("\"auto\"")]
    [InlineData("""{"type":"text"}""")]
    [InlineData("""{"type":"json_object"}""")]
    [InlineData("""{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}}""")]
    public async Task ResponseFormat_IsEchoed(string format)
    {
        var answer = await _caller.PostAsync("/assistants", $$"""{"model":"m","response_format":{{format}}}""");

        Assert.Equal(format, answer.Ok()["response_format"]);
    }

    [Fact]
    public async Task CodeInterpreterTool_BringsItsEmptyFileList()
    {
        var created = await _caller.PostAsync("/assistants", """{"model":"m","tools":[{"type":"code_interpreter"}]}""");
        var plain = await _caller.CreateAssistantAsync();
        var modified = await _caller.PostAsync($"/assistants/{plain}", """{"tools":[{"type":"code_interpreter"}]}""");

        Assert.Equal("""{"code_interpreter":{"file_ids":[]}}""", created.Ok()["tool_resources"]);
        Assert.Equal("""{"code_interpreter":{"file_ids":[]}}""", modified.Ok()["tool_resources"]);
    }

    [Fact]
    public async Task RepeatedKey_CountsWithItsLastValue()
    {
        var answer = await _caller.PostAsync("/assistants", """{"model":"a","name":"x","model":"b","metadata":{"k":"1","k":"2"},"name":"y"}""");

        Assert.Equal(("\"b\"", "\"y\"", """{"k":"2"}"""), (answer.Ok()["model"], answer["name"], answer["metadata"]));
    }

    [Fact]
    public async Task Retrieve_GivesTheBytesOfCreate()
    {
        var created = await _caller.PostAsync("/assistants", """{"model":"m","metadata":{"a":"\u0000 \" \\ \n"},"temperature":1.50}""");

        var retrieved = await _caller.GetAsync($"/assistants/{created.Ok().Id}");

        Assert.Equal(created.Text, retrieved.Ok().Text);
    }

    [Fact]
    public async Task Modify_KeepsWhatIsAbsent()
    {
        var created = await _caller.PostAsync("/assistants", FullAssistant);

        var empty = await _caller.PostAsync($"/assistants/{created.Ok().Id}", "{}");
        var none = await _caller.PostAsync($"/assistants/{created.Id}");
        var renamed = await _caller.PostAsync($"/assistants/{created.Id}", """{"name":"new"}""");

        Assert.Equal(created.Text, empty.Ok().Text);
        Assert.Equal(created.Text, none.Ok().Text);
        Assert.Equal(created.Text.Replace("\"old\"", "\"new\"", StringComparison.Ordinal), renamed.Ok().Text);
        Assert.Equal(renamed.Text, (await _caller.GetAsync($"/assistants/{created.Id}")).Text);
    }

    [Fact]
    public async Task Modify_ResetsWhatIsNull()
    {
        var id = (await _caller.PostAsync("/assistants", FullAssistant)).Ok().Id;

        var answer = await _caller.PostAsync($"/assistants/{id}", """
            {"name":null,"description":null,"instructions":null,"tools":null,"top_p":null,"temperature":null,"reasoning_effort":null,"tool_resources":null,"metadata":null,"response_format":null}
            """);

        answer.AssertObject(
            """{"id":"ID","object":"assistant","created_at":1790000000,"name":null,"description":null,"instructions":null,"model":"m","tools":[],"top_p":1.0,"temperature":1.0,"reasoning_effort":null,"tool_resources":{},"metadata":{},"response_format":"auto"}""");
    }

    [Fact]
    public async Task Modify_StoresEmptyTexts()
    {
        var id = (await _caller.PostAsync("/assistants", FullAssistant)).Ok().Id;

        var answer = await _caller.PostAsync($"/assistants/{id}", """{"name":"","description":"","instructions":""}""");

        Assert.Equal(("\"\"", "\"\"", "\"\""), (answer.Ok()["name"], answer["description"], answer["instructions"]));
    }

    [Fact]
    public async Task Modify_ReplacesListsAndMaps()
    {
        var id = (await _caller.PostAsync("/assistants", FullAssistant)).Ok().Id;

        var replaced = await _caller.PostAsync($"/assistants/{id}", """
            {"metadata":{"c":"3"},"tools":[{"type":"function","function":{"name":"g"}}],"model":"m2"}
            """);
        var removed = await _caller.PostAsync($"/assistants/{id}", """{"metadata":{},"tools":[]}""");

        Assert.Equal("""{"c":"3"}""", replaced.Ok()["metadata"]);
        Assert.Equal("""[{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}},"strict":false}}]""", replaced["tools"]);
        Assert.Equal("\"m2\"", replaced["model"]);
        Assert.Equal(("{}", "[]"), (removed.Ok()["metadata"], removed["tools"]));
    }

    [Fact]
    public async Task Modify_ReplacesTheResourcesOfTheToolsThatAreNamed()
    {
        var id = (await _caller.PostAsync("/assistants", FullAssistant)).Ok().Id;

        var code = await _caller.PostAsync($"/assistants/{id}", """{"tool_resources":{"code_interpreter":{"file_ids":["file-2","file-3"]}}}""");
        var search = await _caller.PostAsync($"/assistants/{id}", """{"tool_resources":{"file_search":{"vector_store_ids":["vs_2"]}}}""");
        var nothing = await _caller.PostAsync($"/assistants/{id}", """{"tool_resources":{}}""");

        Assert.Equal("""{"code_interpreter":{"file_ids":["file-2","file-3"]},"file_search":{"vector_store_ids":["vs_1"]}}""", code.Ok()["tool_resources"]);
        Assert.Equal("""{"code_interpreter":{"file_ids":["file-2","file-3"]},"file_search":{"vector_store_ids":["vs_2"]}}""", search.Ok()["tool_resources"]);
        Assert.Equal(search["tool_resources"], nothing.Ok()["tool_resources"]);
    }

    [Fact]
    public async Task VectorStoreToBeMade_IsRefusedRatherThanForgotten()
    {
        var id = await _caller.CreateAssistantAsync();
        const string Resources = """{"file_search":{"vector_stores":[{"file_ids":["file-1"],"chunking_strategy":{"type":"auto"}}]}}""";

        var created = await _caller.PostAsync("/assistants", $$"""{"model":"m","tool_resources":{{Resources}}}""");
        var modified = await _caller.PostAsync($"/assistants/{id}", $$"""{"tool_resources":{{Resources}}}""");

        created.AssertError(
            400,
            "The model server behind this server (generic) has no vector stores, so no files can be searched. Leave file_search out, or use a model server that has it.",
            "file_search",
            "unsupported_value");
        modified.AssertError(400, "Unknown parameter: 'tool_resources.file_search.vector_stores'.", "tool_resources.file_search.vector_stores", "unknown_parameter");
    }

    [Fact]
    public async Task RefusedModification_ChangesNothing()
    {
        var created = await _caller.PostAsync("/assistants", FullAssistant);

        var answer = await _caller.PostAsync($"/assistants/{created.Ok().Id}", """{"name":"new","temperature":3}""");

        answer.AssertError(400, "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.", "temperature", "decimal_above_max_value");
        Assert.Equal(created.Text, (await _caller.GetAsync($"/assistants/{created.Id}")).Text);
    }

    [Fact]
    public async Task SimultaneousModifications_AreAllKept()
    {
        var id = await _caller.CreateAssistantAsync();

        var fields = new[] { "name", "description", "instructions", "model", "reasoning_effort" };
        await Task.WhenAll(fields.Select(async field => (await _caller.PostAsync($"/assistants/{id}", $$"""{"{{field}}":"high"}""")).Ok()));

        var kept = await _caller.GetAsync($"/assistants/{id}");
        Assert.All(fields, field => Assert.Equal("\"high\"", kept[field]));
    }

    [Fact]
    public async Task Deleted_IsNotFoundAnyMore()
    {
        var id = await _caller.CreateAssistantAsync();
        var threadId = await _caller.CreateThreadAsync("""{"messages":[{"role":"user","content":"hi"}]}""");

        var deleted = await _caller.DeleteAsync($"/assistants/{id}");

        Assert.Equal($$"""{"id":"{{id}}","object":"assistant.deleted","deleted":true}""", deleted.Ok().Text);
        var notFound = $"No assistant found with id '{id}'.";
        (await _caller.GetAsync($"/assistants/{id}")).AssertError(404, notFound);
        (await _caller.PostAsync($"/assistants/{id}", "{}")).AssertError(404, notFound);
        (await _caller.DeleteAsync($"/assistants/{id}")).AssertError(404, notFound);
        (await _caller.PostAsync($"/threads/{threadId}/runs", $$"""{"assistant_id":"{{id}}"}""")).AssertError(404, notFound);
        Assert.Empty((await _caller.GetAsync("/assistants")).Ids);
    }

    private const string FullAssistant = """
        {
          "model": "m", "name": "old", "description": "d", "instructions": "i", "tools": [{"type":"code_interpreter"}],
          "top_p": 0.5, "temperature": 0.25, "reasoning_effort": "high", "metadata": {"a":"1","b":"2"}, "response_format": {"type":"text"},
          "tool_resources": {"code_interpreter":{"file_ids":["file-1"]},"file_search":{"vector_store_ids":["vs_1"]}}
        }
        """;
}
