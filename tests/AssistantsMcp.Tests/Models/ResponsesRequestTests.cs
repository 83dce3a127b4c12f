using System.Text.Json.Nodes;
using AssistantsMcp.Engine;
using AssistantsMcp.Engine.Models;
using static AssistantsMcp.Tests.Models.Requests;

namespace AssistantsMcp.Tests.Models;

/// <summary>The mapping of a run to <c>POST /responses</c>, row by row.</summary>
public sealed class ResponsesRequestTests
{
    private static readonly Uri Local = new("http://localhost:8080/v1");
    private static readonly Uri OpenAI = new("https://api.openai.com/v1");
    private static readonly Uri Azure = new("https://res.openai.azure.com/openai/v1?api-version=preview");

    [Fact]
    public void PlainTurn_IsStreamedAndNotStored_AndCarriesNothingThatWasNotSet()
    {
        var body = Write(With(User("Hello")));

        AssertJson(
            """
            {"model":"local-model","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hello"}]}],"stream":true,"store":false}
            """,
            body);
    }

    [Fact]
    public void Everything_IsMapped()
    {
        var body = Write(With(User("Hello")) with
        {
            Instructions = "Be brief.\n\nAnswer in French.",
            Temperature = Json("0.30"),
            TopP = Json("1"),
            ReasoningEffort = "low",
            MaxOutputTokens = 321,
        });

        Assert.Equal("Be brief.\n\nAnswer in French.", (string?)body["instructions"]);
        Assert.Equal("0.30", body["temperature"]!.ToJsonString());
        Assert.Equal("1", body["top_p"]!.ToJsonString());
        AssertJson("""{"effort":"low"}""", body["reasoning"]);
        Assert.Equal(321, (int?)body["max_output_tokens"]);
    }

    [Fact]
    public void NullSettings_AreLeftOut()
    {
        var body = Write(With(User("Hello")) with { Temperature = Json("null"), TopP = Json("null"), ResponseFormat = Json("null"), ToolChoice = Json("null") });

        Assert.Equal(["model", "input", "stream", "store"], body.Select(property => property.Key));
    }

    [Fact]
    public void Alias_ReplacesTheModelName()
    {
        var body = Write(With(User("Hello")) with { Model = "gpt-4o" }, Local, options => options.Aliases["gpt-4o"] = "qwen3");

        Assert.Equal("qwen3", (string?)body["model"]);
    }

    [Fact]
    public void Messages_GoOldestFirst_AssistantTextAsPlainString()
    {
        var body = Write(With(User("One"), Assistant("Two"), User("Three")));

        AssertJson(
            """
            [
              {"type":"message","role":"user","content":[{"type":"input_text","text":"One"}]},
              {"type":"message","role":"assistant","content":"Two"},
              {"type":"message","role":"user","content":[{"type":"input_text","text":"Three"}]}
            ]
            """,
            body["input"]);
    }

    [Theory]
    [InlineData("The bar has 3.2 m【4:0†tides.txt】 at six【12†source】.", "The bar has 3.2 m at six.")]
    [InlineData("【重要】 Read this.", "【重要】 Read this.")]
    public void CitationMarkers_AreStripped_OtherBracketsStay(string stored, string sent)
    {
        var body = Write(With(Assistant(stored)));

        Assert.Equal(sent, (string?)body["input"]![0]!["content"]);
    }

    [Fact]
    public void UsersBrackets_Stay()
    {
        var body = Write(With(User("What is 【4:0†a】?")));

        Assert.Equal("What is 【4:0†a】?", (string?)body["input"]![0]!["content"]![0]!["text"]);
    }

    [Fact]
    public void Images_BecomeInputImages_WithDetailAutoUnlessNamed()
    {
        var body = Write(With(Message(
            "user",
            """{"type":"text","text":{"value":"What is this?","annotations":[]}}""",
            """{"type":"image_url","image_url":{"url":"https://example.org/a.png"}}""",
            """{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}}""",
            """{"type":"image_file","image_file":{"file_id":"file-1","detail":"high"}}""")));

        AssertJson(
            """
            [
              {"type":"input_text","text":"What is this?"},
              {"type":"input_image","image_url":"https://example.org/a.png","detail":"auto"},
              {"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"low"},
              {"type":"input_image","file_id":"file-1","detail":"high"}
            ]
            """,
            body["input"]![0]!["content"]);
    }

    [Fact]
    public void AssistantImage_BecomesANote()
    {
        var body = Write(With(Message("assistant", """{"type":"image_file","image_file":{"file_id":"file-1"}}""", """{"type":"text","text":{"value":"A plot."}}""")));

        Assert.Equal("[image file-1]\n\nA plot.", (string?)body["input"]![0]!["content"]);
    }

    [Fact]
    public void Refusal_IsAPartForOpenAI_AndTextForOthers()
    {
        var request = With(Message("assistant", """{"type":"refusal","refusal":"I cannot."}"""));

        AssertJson("""[{"type":"refusal","refusal":"I cannot."}]""", Write(request, OpenAI)["input"]![0]!["content"]);
        Assert.Equal("I cannot.", (string?)Write(request, Local)["input"]![0]!["content"]);
    }

    [Fact]
    public void EmptyMessage_IsLeftOut()
    {
        var body = Write(With(Message("assistant"), User("Hello")));

        Assert.Single(body["input"]!.AsArray());
    }

    [Fact]
    public void Items_FollowTheMessagesVerbatim()
    {
        const string Call = """{"id":"fc_1","type":"function_call","call_id":"call_1","name":"f","arguments":"{\"n\":1.50}","status":"completed","x_vendor":{"a":1.50}}""";
        const string Output = """{"type":"function_call_output","call_id":"call_1","output":"ça"}""";

        var bytes = ResponsesRequest.Write(With(User("Hi")) with { Items = [Json(Call), Json(Output)] }, Options(Local), BackendProfile.Of(Options(Local)));

        Assert.Contains($"{Call},{Output}]", System.Text.Encoding.UTF8.GetString(bytes.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"abc"}""", true)]
    [InlineData("""{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]}""", true)]
    [InlineData("""{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":null}""", false)]
    [InlineData("""{"type":"reasoning","id":"rs_1","summary":[],"content":[]}""", false)]
    public void Reasoning_IsReplayedOnlyWithItsContent(string item, bool isReplayed)
    {
        var body = Write(With(User("Hi")) with { Items = [Json(item)] });

        Assert.Equal(isReplayed ? 2 : 1, body["input"]!.AsArray().Count);
    }

    [Fact]
    public void Functions_AreFlattened_WithExplicitStrict()
    {
        var body = Write(With(User("Hi")) with
        {
            Tools =
            [
                Function("bare"),
                Function("loose", ""","description":"Looks.","parameters":{"type":"object","properties":{"a":{"type":"number","minimum":1.0}}},"strict":null"""),
                Function("tight", ""","parameters":{"type":"object","properties":{},"additionalProperties":false},"strict":true"""),
            ],
        });

        AssertJson(
            """
            [
              {"type":"function","name":"bare","parameters":{"type":"object","properties":{}},"strict":false},
              {"type":"function","name":"loose","description":"Looks.","parameters":{"type":"object","properties":{"a":{"type":"number","minimum":1.0}}},"strict":false},
              {"type":"function","name":"tight","parameters":{"type":"object","properties":{},"additionalProperties":false},"strict":true}
            ]
            """,
            body["tools"]);
    }

    [Theory]
    [InlineData("\"none\"", "\"none\"")]
    [InlineData("\"auto\"", "\"auto\"")]
    [InlineData("\"required\"", "\"required\"")]
    [InlineData("""{"type":"function","function":{"name":"f"}}""", """{"type":"function","name":"f"}""")]
    public void ToolChoice_IsMapped(string stored, string sent)
    {
        var body = Write(With(User("Hi")) with { Tools = [Function("f")], ToolChoice = Json(stored) });

        AssertJson(sent, body["tool_choice"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ParallelToolCalls_GoWithTools(bool parallel)
    {
        var body = Write(With(User("Hi")) with { Tools = [Function("f")], ParallelToolCalls = parallel });

        Assert.Equal(parallel, (bool?)body["parallel_tool_calls"]);
    }

    [Fact]
    public void WithoutTools_NothingAboutToolsIsSent()
    {
        var body = Write(With(User("Hi")) with { ToolChoice = Json("\"auto\""), ParallelToolCalls = false });

        Assert.Equal(["model", "input", "stream", "store"], body.Select(property => property.Key));
    }

    [Theory]
    [InlineData("\"auto\"", null)]
    [InlineData("""{"type":"text"}""", null)]
    [InlineData("""{"type":"json_object"}""", """{"format":{"type":"json_object"}}""")]
    [InlineData(
        """{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object"},"strict":true}}""",
        """{"format":{"type":"json_schema","name":"n","description":"d","schema":{"type":"object"},"strict":true}}""")]
    [InlineData(
        """{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":null}}""",
        """{"format":{"type":"json_schema","name":"n","schema":{"type":"object"}}}""")]
    public void ResponseFormat_IsMapped(string stored, string? sent)
    {
        var body = Write(With(User("Hi")) with { ResponseFormat = Json(stored) });

        AssertJson(sent, body["text"]);
    }

    [Fact]
    public void OpenAI_GetsItsExtras()
    {
        var body = Write(With(User("Hi")), OpenAI);

        AssertJson("""["reasoning.encrypted_content"]""", body["include"]);
        AssertJson("""{"include_obfuscation":false}""", body["stream_options"]);
        Assert.Matches("^[0-9a-f]{32}$", (string?)body["prompt_cache_key"]);
        Assert.Equal((string?)body["prompt_cache_key"], (string?)Write(With(User("Again")), OpenAI)["prompt_cache_key"]);
        Assert.NotEqual((string?)body["prompt_cache_key"], (string?)Write(With(User("Hi")) with { ThreadId = "thread_2" }, OpenAI)["prompt_cache_key"]);
    }

    [Fact]
    public void Azure_GetsTheIncludeOnly()
    {
        var body = Write(With(User("Hi")), Azure);

        Assert.Equal(["model", "input", "stream", "store", "include"], body.Select(property => property.Key));
    }

    [Fact]
    public void LookalikeHost_GetsNoExtras()
    {
        var body = Write(With(User("Hi")), new Uri("https://api.openai.com.example.org/v1"));

        Assert.False(body.ContainsKey("include"));
        Assert.False(body.ContainsKey("prompt_cache_key"));
    }

    [Fact]
    public void Key_And_Tenant_AreNotInTheBody()
    {
        var body = Write(With(User("Hi")), OpenAI).ToJsonString();

        Assert.DoesNotContain(Secret, body, StringComparison.Ordinal);
        Assert.DoesNotContain("tenant-1", body, StringComparison.Ordinal);
        Assert.DoesNotContain("thread_1", body, StringComparison.Ordinal);
    }

    private static ModelOptions Options(Uri baseUrl) => new() { BaseUrl = baseUrl };

    private static JsonObject Write(ModelRequest request, Uri? baseUrl = null, Action<ModelOptions>? configure = null)
    {
        var options = Options(baseUrl ?? Local);
        configure?.Invoke(options);
        return JsonNode.Parse(ResponsesRequest.Write(request, options, BackendProfile.Of(options)).Span)!.AsObject();
    }

    private static void AssertJson(string? expected, JsonNode? actual)
    {
        var wanted = expected is null ? null : JsonNode.Parse(expected);
        Assert.True(JsonNode.DeepEquals(wanted, actual), $"Expected {wanted?.ToJsonString() ?? "nothing"}, got {actual?.ToJsonString() ?? "nothing"}");
    }
}
