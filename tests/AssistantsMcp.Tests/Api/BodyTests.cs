using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AssistantsMcp.Tests.Api;

/// <summary>Bodies that are refused: by field, by form, by size.</summary>
public sealed class BodyTests(OpenApp open) : IClassFixture<OpenApp>
{
    private readonly WireCaller _caller = open.NewCaller();

    [Theory]
    [InlineData("{}", "Missing required parameter: 'model'.", "model", "missing_required_parameter")]
    [InlineData("""{"model":null}""", "Invalid type for 'model': expected a string, but got null instead.", "model", "invalid_type")]
    [InlineData("""{"model":true}""", "Invalid type for 'model': expected a string, but got a boolean instead.", "model", "invalid_type")]
    [InlineData("""{"model":"m","name":1.5}""", "Invalid type for 'name': expected a string, but got a decimal instead.", "name", "invalid_type")]
    [InlineData("""{"model":"m","name":{}}""", "Invalid type for 'name': expected a string, but got an object instead.", "name", "invalid_type")]
    [InlineData("""{"model":"m","file_ids":[]}""", "Unknown parameter: 'file_ids'.", "file_ids", "unknown_parameter")]
    [InlineData("""{"model":"m","Name":"n"}""", "Unknown parameter: 'Name'.", "Name", "unknown_parameter")]
    [InlineData("""{"model":"m","":"n"}""", "Unknown parameter: ''.", "", "unknown_parameter")]
    [InlineData("""{"model":"m","a\u0022\\b":"n"}""", "Unknown parameter: 'a\"\\b'.", "a\"\\b", "unknown_parameter")]
    [InlineData("""{"model":"m","tools":{}}""", "Invalid type for 'tools': expected an array of objects, but got an object instead.", "tools", "invalid_type")]
    [InlineData("""{"model":"m","tools":["code_interpreter"]}""", "Invalid type for 'tools[0]': expected an object, but got a string instead.", "tools[0]", "invalid_type")]
    [InlineData("""{"model":"m","tools":[{}]}""", "Missing required parameter: 'tools[0].type'.", "tools[0].type", "missing_required_parameter")]
    [InlineData("""{"model":"m","tools":[{"type":"code_interpreter"},{"type":"retrieval"}]}""", "Invalid value: 'retrieval'. Supported values are: 'code_interpreter', 'function', and 'file_search'.", "tools[1].type", "invalid_value")]
    [InlineData("""{"model":"m","tools":[{"type":"function"}]}""", "Missing required parameter: 'tools[0].function'.", "tools[0].function", "missing_required_parameter")]
    [InlineData("""{"model":"m","tools":[{"type":"function","function":{}}]}""", "Missing required parameter: 'tools[0].function.name'.", "tools[0].function.name", "missing_required_parameter")]
    [InlineData("""{"model":"m","tools":[{"type":"function","function":{"name":"a b"}}]}""", "Invalid 'tools[0].function.name': expected a name made of letters, digits, '_' and '-' only.", "tools[0].function.name", "invalid_value")]
    [InlineData("""{"model":"m","tools":[{"type":"function","function":{"name":""}}]}""", "Invalid 'tools[0].function.name': expected a name made of letters, digits, '_' and '-' only.", "tools[0].function.name", "invalid_value")]
    [InlineData("""{"model":"m","tools":[{"type":"function","function":{"name":"a\n"}}]}""", "Invalid 'tools[0].function.name': expected a name made of letters, digits, '_' and '-' only.", "tools[0].function.name", "invalid_value")]
    [InlineData("""{"model":"m","tools":[{"type":"function","function":{"name":"f","parameters":[]}}]}""", "Invalid type for 'tools[0].function.parameters': expected an object, but got an array instead.", "tools[0].function.parameters", "invalid_type")]
    [InlineData("""{"model":"m","tools":[{"type":"function","function":{"name":"f","strict":"yes"}}]}""", "Invalid type for 'tools[0].function.strict': expected a boolean, but got a string instead.", "tools[0].function.strict", "invalid_type")]
    [InlineData("""{"model":"m","tools":[{"type":"function","function":{"name":"f","colour":"blue"}}]}""", "Unknown parameter: 'tools[0].function.colour'.", "tools[0].function.colour", "unknown_parameter")]
    [InlineData("""{"model":"m","tools":[{"type":"code_interpreter","function":{"name":"f"}}]}""", "Unknown parameter: 'tools[0].function'.", "tools[0].function", "unknown_parameter")]
    [InlineData("""{"model":"m","tools":[{"type":"file_search","file_search":{"max_num_results":51}}]}""", "Invalid 'tools[0].file_search.max_num_results': integer above maximum value. Expected a value <= 50, but got 51 instead.", "tools[0].file_search.max_num_results", "integer_above_max_value")]
    [InlineData("""{"model":"m","tools":[{"type":"file_search","file_search":{"ranking_options":{"score_threshold":1.5}}}]}""", "Invalid 'tools[0].file_search.ranking_options.score_threshold': decimal above maximum value. Expected a value <= 1, but got 1.5 instead.", "tools[0].file_search.ranking_options.score_threshold", "decimal_above_max_value")]
    [InlineData("""{"model":"m","temperature":2.1}""", "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.1 instead.", "temperature", "decimal_above_max_value")]
    [InlineData("""{"model":"m","temperature":-1}""", "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead.", "temperature", "decimal_below_min_value")]
    [InlineData("""{"model":"m","temperature":1e999}""", "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 1e999 instead.", "temperature", "decimal_above_max_value")]
    [InlineData("""{"model":"m","temperature":"hot"}""", "Invalid type for 'temperature': expected a decimal, but got a string instead.", "temperature", "invalid_type")]
    [InlineData("""{"model":"m","top_p":1.1}""", "Invalid 'top_p': decimal above maximum value. Expected a value <= 1, but got 1.1 instead.", "top_p", "decimal_above_max_value")]
    [InlineData("""{"model":"m","top_p":-0.1}""", "Invalid 'top_p': decimal below minimum value. Expected a value >= 0, but got -0.1 instead.", "top_p", "decimal_below_min_value")]
    [InlineData("""{"model":"m","reasoning_effort":"some"}""", "Invalid value: 'some'. Supported values are: 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'.", "reasoning_effort", "invalid_value")]
    [InlineData("""{"model":"m","response_format":"json"}""", "Invalid value: 'json'. Supported values are: 'auto'.", "response_format", "invalid_value")]
    [InlineData("""{"model":"m","response_format":[]}""", "Invalid type for 'response_format': expected one of a string or object, but got an array instead.", "response_format", "invalid_type")]
    [InlineData("""{"model":"m","response_format":{"type":"json_schema"}}""", "Missing required parameter: 'response_format.json_schema'.", "response_format.json_schema", "missing_required_parameter")]
    [InlineData("""{"model":"m","metadata":[]}""", "Invalid type for 'metadata': expected an object, but got an array instead.", "metadata", "invalid_type")]
    [InlineData("""{"model":"m","metadata":{"modified":true}}""", "Invalid type for 'metadata.modified': expected a string, but got a boolean instead.", "metadata.modified", "invalid_type")]
    [InlineData("""{"model":"m","metadata":{"modified":null}}""", "Invalid type for 'metadata.modified': expected a string, but got null instead.", "metadata.modified", "invalid_type")]
    [InlineData("""{"model":"m","tool_resources":{"code_interpreter":{"file_ids":[7]}}}""", "Invalid type for 'tool_resources.code_interpreter.file_ids[0]': expected a string, but got an integer instead.", "tool_resources.code_interpreter.file_ids[0]", "invalid_type")]
    [InlineData("""{"model":"m","tool_resources":{"file_search":{"vector_store_ids":["a","b"]}}}""", "Invalid 'tool_resources.file_search.vector_store_ids': array too long. Expected an array with maximum length 1, but got an array with length 2 instead.", "tool_resources.file_search.vector_store_ids", "array_above_max_length")]
    [InlineData("""{"model":"m","tool_resources":{"browser":{}}}""", "Unknown parameter: 'tool_resources.browser'.", "tool_resources.browser", "unknown_parameter")]
    public async Task BadField_IsNamed(string body, string message, string param, string code)
    {
        var answer = await _caller.PostAsync("/assistants", body);

        answer.AssertError(400, message, param, code);
        Assert.Empty((await _caller.GetAsync("/assistants")).Ids);
    }

    [Theory]
    [InlineData("""{"messages":7}""", "Invalid type for 'messages': expected an array of objects, but got an integer instead.", "messages", "invalid_type")]
    [InlineData("""{"messages":[{"role":"user","content":false}]}""", "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got a boolean instead.", "messages[0].content", "invalid_type")]
    [InlineData("""{"messages":[{"role":"user","content":"a"},{"role":"user","content":[{"type":"text","text":1}]}]}""", "Invalid type for 'messages[1].content[0].text': expected a string, but got an integer instead.", "messages[1].content[0].text", "invalid_type")]
    [InlineData("""{"messages":[{"role":"user"}]}""", "Missing required parameter: 'messages[0].content'.", "messages[0].content", "missing_required_parameter")]
    [InlineData("""{"messages":[{"role":"user","content":"a","file_ids":[]}]}""", "Unknown parameter: 'messages[0].file_ids'.", "messages[0].file_ids", "unknown_parameter")]
    public async Task BadFieldOfAnInitialMessage_IsNamedByItsPath(string body, string message, string param, string code)
    {
        var answer = await _caller.PostAsync("/threads", body);

        answer.AssertError(400, message, param, code);
    }

    [Theory]
    [InlineData("name", 256)]
    [InlineData("description", 512)]
    [InlineData("instructions", 256_000)]
    public async Task Text_MayHaveItsGreatestLengthAndNoMore(string field, int maximum)
    {
        var longest = await _caller.PostAsync("/assistants", $$"""{"model":"m","{{field}}":"{{new string('é', maximum)}}"}""");
        var tooLong = await _caller.PostAsync("/assistants", $$"""{"model":"m","{{field}}":"{{new string('é', maximum + 1)}}"}""");

        longest.Ok();
        tooLong.AssertError(
            400,
            string.Create(CultureInfo.InvariantCulture, $"Invalid '{field}': string too long. Expected a string with maximum length {maximum}, but got a string with length {maximum + 1} instead."),
            field,
            "string_above_max_length");
    }

    [Fact]
    public async Task Lengths_CountCharactersAndNotTheirHalves()
    {
        var waves = string.Concat(Enumerable.Repeat("🌊", 256));

        var longest = await _caller.PostAsync("/assistants", $$"""{"metadata":{"{{waves[..128]}}":"{{waves}}{{waves}}"},"model":"m","name":"{{waves}}"}""");
        var tooLong = await _caller.PostAsync("/assistants", $$"""{"model":"m","name":"{{waves}}!"}""");

        longest.Ok();
        tooLong.AssertError(
            400, "Invalid 'name': string too long. Expected a string with maximum length 256, but got a string with length 257 instead.", "name", "string_above_max_length");
    }

    [Fact]
    public async Task ToolsAndNames_HaveTheirGreatestLengths()
    {
        static string Tools(int count) => string.Join(',', Enumerable.Repeat("""{"type":"code_interpreter"}""", count));
        static string Function(int length) => $$$"""{"type":"function","function":{"name":"{{{new string('f', length)}}}"}}""";

        (await _caller.PostAsync("/assistants", $$"""{"model":"m","tools":[{{Tools(128)}}]}""")).Ok();
        (await _caller.PostAsync("/assistants", $$"""{"model":"m","tools":[{{Tools(129)}}]}""")).AssertError(
            400, "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 129 instead.", "tools", "array_above_max_length");
        (await _caller.PostAsync("/assistants", $$"""{"model":"m","tools":[{{Function(64)}}]}""")).Ok();
        (await _caller.PostAsync("/assistants", $$"""{"model":"m","tools":[{{Function(65)}}]}""")).AssertError(
            400, "Invalid 'tools[0].function.name': string too long. Expected a string with maximum length 64, but got a string with length 65 instead.", "tools[0].function.name", "string_above_max_length");
        (await _caller.PostAsync("/assistants", $$"""{"tool_resources":{"code_interpreter":{"file_ids":[{{string.Join(',', Enumerable.Repeat("\"f\"", 21))}}]} },"model":"m"}""")).AssertError(
            400, "Invalid 'tool_resources.code_interpreter.file_ids': array too long. Expected an array with maximum length 20, but got an array with length 21 instead.", "tool_resources.code_interpreter.file_ids", "array_above_max_length");
    }

    [Theory]
    [InlineData("/assistants", "\"model\":\"m\",")]
    [InlineData("/threads", "")]
    public async Task Metadata_HasItsLimits(string path, string required)
    {
        static string Pairs(int count) => string.Join(',', Enumerable.Range(1, count).Select(index => $"\"k{index}\":\"v\""));
        Task<WireAnswer> PostAsync(string pairs) => _caller.PostAsync(path, "{" + required + "\"metadata\":{" + pairs + "}}");
        var (key, value) = (new string('k', 64), new string('v', 512));

        (await PostAsync(Pairs(16))).Ok();
        (await PostAsync($"\"{key}\":\"{value}\"")).Ok();
        (await PostAsync(Pairs(17))).AssertError(
            400, "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.", "metadata", "object_above_max_properties");
        (await PostAsync($"\"{key}k\":\"v\"")).AssertError(
            400, $"Invalid property name in 'metadata': '{key}k' is too long. Expected a string with maximum length 64, but got a string with length 65 instead.", $"metadata.{key}k", "property_name_above_max_length");
        (await PostAsync($"\"a\":\"{value}v\"")).AssertError(
            400, "Invalid 'metadata.a': string too long. Expected a string with maximum length 512, but got a string with length 513 instead.", "metadata.a", "string_above_max_length");
        (await PostAsync("\"a\":1")).AssertError(
            400, "Invalid type for 'metadata.a': expected a string, but got an integer instead.", "metadata.a", "invalid_type");
    }

    [Fact]
    public async Task LongUnknownName_IsShortenedWithoutBreakingACharacter()
    {
        var name = new string('a', 99) + string.Concat(Enumerable.Repeat("🌊", 300));

        var answer = await _caller.PostAsync("/assistants", $$"""{"{{name}}":1}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith($"Unknown parameter: '{new string('a', 99)}", answer.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\uFFFD', answer.Json.GetProperty("error").GetProperty("message").GetString()!);
        Assert.True(answer.Text.Length < 600, answer.Text);
    }

    [Theory]
    [InlineData("{", "Line 1, byte 1.")]
    [InlineData("{\"model\":\"m\",}", "Line 1, byte 13.")]
    [InlineData("{\n\"model\" \"m\"}", "Line 2, byte 8.")]
    [InlineData("{} {}", "Line 1, byte 3.")]
    [InlineData("model=m", "Line 1, byte 0.")]
    [InlineData("{\"model\":\"m\"/*!*/}", "Line 1, byte 12.")]
    [InlineData("{\"model\":\"a\nb\"}", "Line 1, byte 11.")]
    [InlineData("[]", "It is not an object.")]
    [InlineData("[{\"model\":\"m\"}]", "It is not an object.")]
    [InlineData("\"model\"", "It is not an object.")]
    [InlineData("null", "It is not an object.")]
    [InlineData("{\"model\":\"\\ud800\"}", "A text in it is not valid UTF-16: a lone surrogate.")]
    [InlineData("{\"model\":\"m\",\"metadata\":{\"\\udc00\":\"v\"}}", "A text in it is not valid UTF-16: a lone surrogate.")]
    public async Task UnreadableBody_IsRefusedWithThePlace(string body, string reason)
    {
        var answer = await _caller.PostAsync("/assistants", body);

        answer.AssertError(400, $"We could not parse the JSON body of your request. ({reason}) The API expects a JSON object.");
    }

    [Fact]
    public async Task TextThatIsNotUtf8_IsRefused()
    {
        using var content = new ByteArrayContent([.. "{\"model\":\""u8, 0xC3, 0x28, .. "\"}"u8]);

        var answer = await _caller.SendAsync(HttpMethod.Post, "/assistants", content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith("We could not parse the JSON body of your request.", answer.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task NoBodyWhereFieldsAreRequired_MissesTheFirstOfThem(string? body)
    {
        var threadId = await _caller.CreateThreadAsync();

        (await _caller.PostAsync("/assistants", body)).AssertError(400, "Missing required parameter: 'model'.", "model", "missing_required_parameter");
        (await _caller.PostAsync($"/threads/{threadId}/messages", body)).AssertError(400, "Missing required parameter: 'role'.", "role", "missing_required_parameter");
        (await _caller.PostAsync($"/threads/{threadId}/runs", body)).AssertError(400, "Missing required parameter: 'assistant_id'.", "assistant_id", "missing_required_parameter");
        (await _caller.PostAsync("/threads/runs", body)).AssertError(400, "Missing required parameter: 'assistant_id'.", "assistant_id", "missing_required_parameter");
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    [InlineData(100_000, false)]
    public async Task Nesting_MayGo64LevelsDeep(int depth, bool taken)
    {
        // The function's parameters stand on the fifth level.
        var inner = depth - 5;
        var body = $$$$"""{"model":"m","tools":[{"type":"function","function":{"name":"f","parameters":{{{{string.Concat(Enumerable.Repeat("{\"a\":", inner))}}}}{}{{{{new string('}', inner)}}}}}}]}""";

        var answer = await _caller.PostAsync("/assistants", body);

        Assert.Equal(taken ? HttpStatusCode.OK : HttpStatusCode.BadRequest, answer.Status);
        if (taken)
        {
            Assert.Equal(answer.Text, (await _caller.GetAsync($"/assistants/{answer.Id}")).Ok().Text);
            (await _caller.PostAsync($"/assistants/{answer.Id}", """{"name":"n"}""")).Ok();
        }
        else
        {
            Assert.StartsWith("We could not parse the JSON body of your request. (", answer.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(99_991, true)]
    [InlineData(99_992, false)]
    public async Task Values_MayBe100000(int count, bool taken)
    {
        var list = string.Join(',', Enumerable.Repeat("0", count));

        var answer = await _caller.PostAsync(
            "/assistants", """{"model":"m","tools":[{"type":"function","function":{"name":"f","parameters":{"a":[""" + list + "]}}}]}");

        Assert.Equal((taken ? "OK" : "BadRequest", !taken), ($"{answer.Status}", answer.Text.Contains("It holds more than 100000 values.", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(4 * 1024 * 1024 + 1, false)]
    [InlineData(4 * 1024 * 1024 + 1, true)]
    [InlineData(40 * 1024 * 1024, false)]
    [InlineData(40 * 1024 * 1024, true)]
    public async Task BodyOverTheLimit_IsTooLarge(int bytes, bool chunked)
    {
        using var content = Body(bytes, chunked);

        var answer = await _caller.SendAsync(HttpMethod.Post, "/assistants", content);

        answer.AssertError(413, "The request body is too large. Expected at most 4194304 bytes.", code: "request_too_large");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BodyOfTheLimit_IsRead(bool chunked)
    {
        using var content = Body(4 * 1024 * 1024, chunked);

        var answer = await _caller.SendAsync(HttpMethod.Post, "/assistants", content);

        answer.AssertError(400, "Missing required parameter: 'model'.", "model", "missing_required_parameter");
    }

    [Fact]
    public async Task BrokenChunk_IsRefusedInTheApisShape()
    {
        using var connection = new TcpClient(open.App.Http.BaseAddress!.Host, open.App.Http.BaseAddress.Port);
        var stream = connection.GetStream();

        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/assistants HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {_caller.Key}\r\nOpenAI-Beta: assistants=v2\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"));
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("""{"error":{"message":"We could not parse the JSON body of your request. (""", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SenderWhoHangsUp_IsNoFaultOfTheServer()
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open"]);
        using (var connection = new TcpClient(app.Http.BaseAddress!.Host, app.Http.BaseAddress.Port))
        {
            await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                "POST /v1/assistants HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk-test\r\nOpenAI-Beta: assistants=v2\r\nContent-Length: 100\r\n\r\n{"));
        }

        var caller = new WireCaller(app, "sk-test");
        (await caller.GetAsync("/assistants")).Ok();
        await app.App.StopAsync();

        Assert.DoesNotContain(app.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LimitAboveTheWebServersOwn_Counts()
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open", "Limits:BodyBytes=50000000"]);
        var caller = new WireCaller(app);

        foreach (var chunked in new[] { false, true })
        {
            using var taken = Body(40_000_000, chunked);
            using var tooLarge = Body(50_000_001, chunked);

            (await caller.SendAsync(HttpMethod.Post, "/assistants", taken))
                .AssertError(400, "Missing required parameter: 'model'.", "model", "missing_required_parameter");
            (await caller.SendAsync(HttpMethod.Post, "/assistants", tooLarge))
                .AssertError(413, "The request body is too large. Expected at most 50000000 bytes.", code: "request_too_large");
        }
    }

    /// <summary>An object and so many spaces behind it that it has the wanted length.</summary>
    private static HttpContent Body(int bytes, bool chunked)
    {
        var text = "{}".PadRight(bytes);
        return chunked ? new StreamContent(new Unmeasured(Encoding.ASCII.GetBytes(text))) : new StringContent(text);
    }

    /// <summary>A stream that does not tell its length, so that it is sent in chunks.</summary>
    private sealed class Unmeasured(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
