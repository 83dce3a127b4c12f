using System.Net;
using System.Text;
using System.Text.Json;

namespace AssistantsMcp.Tests.Transport;

public sealed class MessageTests : IAsyncLifetime
{
    private const string List = """{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}""";

    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData(null)]
    [InlineData("*/*")]
    [InlineData("application/json")]
    [InlineData("application/*")]
    [InlineData("text/html")]
    [InlineData("application/json, text/event-stream;q=0")]
    public async Task CallerThatDidNotAskForEvents_GetsOneJsonObject(string? accept)
    {
        using var response = await _app.PostAsync(List, accept: accept);

        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(body.Length, response.Content.Headers.ContentLength);
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.Equal(22, JsonElement.Parse(body).GetProperty("result").GetProperty("tools").GetArrayLength());
    }

    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("application/json, text/event-stream")]
    [InlineData("application/json;q=0.5, TEXT/EVENT-STREAM")]
    public async Task CallerThatAskedForEvents_GetsThem(string accept)
    {
        using var response = await _app.PostAsync(List, accept: accept);

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("event: message\ndata: {", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/json; charset=utf-8")]
    public async Task BodyThatMayBeJson_IsRead(string? contentType)
    {
        using var response = await _app.PostAsync(List, contentType: contentType);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task BodyOfAnotherType_IsRefusedWithTheRemedy(string contentType)
    {
        using var response = await _app.PostAsync(List, contentType: contentType);

        await AssertErrorAsync(response, HttpStatusCode.UnsupportedMediaType, -32600, "Content-Type: application/json");
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("  ", "line 1, byte 3")]
    [InlineData("{\"jsonrpc\":\"2.0\",\n\"secret-content\" 1}", "line 2, byte 18")]
    [InlineData("[1,", "line 1")]
    [InlineData("{} {}", "line 1, byte 4")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"\ud800"}""", "surrogate")]
    public async Task MalformedJson_IsAParseErrorThatSaysWhere(string body, string place)
    {
        using var response = await _app.PostAsync(body);

        var message = await AssertErrorAsync(response, HttpStatusCode.BadRequest, -32700, place);
        Assert.DoesNotContain("secret-content", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(100_000)]
    public async Task Nesting_MayGo64LevelsDeep(int depth)
    {
        // The argument stands on the fourth level.
        var (open, close) = (new string('[', depth - 3), new string(']', depth - 3));

        using var response = await _app.PostAsync(
            """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"assistant-list","arguments":{"other":""" + open + close + "}}}");

        if (depth <= 64)
        {
            Assert.Contains("Unknown parameter: ", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        else
        {
            await AssertErrorAsync(response, HttpStatusCode.BadRequest, -32600, "nested more than 64 levels deep");
        }
    }

    [Fact]
    public async Task InvalidUtf8_IsAParseError()
    {
        using var content = new ByteArrayContent([(byte)'"', 0xff, (byte)'"']);
        content.Headers.ContentType = new("application/json");

        using var response = await _app.Http.PostAsync(new Uri("/mcp/sk-test", UriKind.Relative), content);

        await AssertErrorAsync(response, HttpStatusCode.BadRequest, -32700, "UTF-8");
    }

    [Theory]
    [InlineData($"[{List},{List}]", "batches")]
    [InlineData("[]", "batches")]
    [InlineData("\"text\"", "one JSON object")]
    [InlineData("null", "one JSON object")]
    public async Task JsonThatIsNoMessage_IsAnInvalidRequest(string body, string reason)
    {
        using var response = await _app.PostAsync(body);

        await AssertErrorAsync(response, HttpStatusCode.BadRequest, -32600, reason);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    public async Task OtherMethod_IsNotAllowed(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/mcp/sk-test");

        using var response = await _app.Http.SendAsync(request);

        await AssertErrorAsync(response, HttpStatusCode.MethodNotAllowed, -32600, "POST");
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task PathBehindTheKey_IsNotFound()
    {
        using var response = await _app.PostAsync(List, "/mcp/sk-test/more");

        await AssertErrorAsync(response, HttpStatusCode.NotFound, -32600, "/mcp");
    }

    [Fact]
    public async Task Notification_IsAcceptedWithoutAnAnswer()
    {
        using var response = await _app.PostAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call"}""", "params.name")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{}}""", "params.name")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":5}}""", "params.name")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"assistant-list","arguments":[]}}""", "params.arguments")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"assistant-burn"}}""", "assistant-burn")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"cursor":5}}""", "do not fit")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"logging/setLevel","params":{"level":"nonsense"}}""", "do not fit")]
    public async Task CallThatDoesNotFit_HasInvalidParams(string body, string reason)
    {
        using var response = await _app.PostAsync(body);

        await AssertErrorAsync(response, HttpStatusCode.OK, -32602, reason);
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/list","params":[]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/list","params":5}""")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"params":{"name":"assistant-list","_meta":5},"method":"tools/call"}""")]
    public async Task ParamsThatAreNoObject_AreInvalid(string body)
    {
        using var response = await _app.PostAsync(body);

        await AssertErrorAsync(response, HttpStatusCode.BadRequest, -32602, "must be an object");
    }

    [Fact]
    public async Task ToolArgumentsCalledParams_MayBeAnything()
    {
        using var response = await _app.PostAsync(
            """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"assistant-list","arguments":{"params":5,"_meta":5}}}""");

        Assert.Contains("Unknown parameter: ", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("initialize", ",\"params\":{}")]
    [InlineData("initialize", ",\"params\":{ }")]
    [InlineData("initialize", "")]
    [InlineData("tools/list", ",\"params\":{}")]
    [InlineData("ping", ",\"params\":{}")]
    public async Task EmptyParams_AreAsGoodAsNone(string method, string parameters)
    {
        using var response = await _app.PostAsync($$"""{"jsonrpc":"2.0"{{parameters}},"id":1,"method":"{{method}}"}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(JsonElement.Parse(await response.Content.ReadAsStringAsync()).TryGetProperty("result", out _));
    }

    [Fact]
    public async Task InitializeThatLacksItsFields_HasInvalidParams()
    {
        using var response = await _app.PostAsync("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}""");

        await AssertErrorAsync(response, HttpStatusCode.BadRequest, -32602, "params");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BodyOf40Megabytes_IsRefusedAndTheConnectionSurvives(bool withLength)
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 1 };
        using var http = new HttpClient(handler) { BaseAddress = _app.Http.BaseAddress };
        using var huge = new HttpRequestMessage(HttpMethod.Post, "/mcp/sk-test") { Content = new ByteArrayContent(new byte[40 * 1024 * 1024]) };
        huge.Content.Headers.ContentType = new("application/json");
        huge.Headers.TransferEncodingChunked = !withLength;

        using var refused = await http.SendAsync(huge);
        using var next = await http.PostAsync(
            new Uri("/mcp/sk-test", UriKind.Relative), new StringContent(List, Encoding.UTF8, "application/json"));

        await AssertErrorAsync(refused, HttpStatusCode.RequestEntityTooLarge, -32600, "larger than 1048576 bytes (Limits:ToolCallBytes). Send what is that long over the REST API");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task BodyAsLargeAsTheLimit_IsServed()
    {
        const int Largest = 1024 * 1024;
        using var largest = await _app.PostAsync(List.PadRight(Largest));
        using var tooLarge = await _app.PostAsync(List.PadRight(Largest + 1));

        Assert.Equal(HttpStatusCode.OK, largest.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge.StatusCode);
    }

    private static async Task<string> AssertErrorAsync(HttpResponseMessage response, HttpStatusCode status, int code, string reason)
    {
        var error = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");
        var message = error.GetProperty("message").GetString()!;
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(code, error.GetProperty("code").GetInt32());
        Assert.Contains(reason, message, StringComparison.Ordinal);
        return message;
    }
}
