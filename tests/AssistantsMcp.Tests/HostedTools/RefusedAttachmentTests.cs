using System.Net;
using System.Security.Cryptography;
using System.Text;
using static AssistantsMcp.Tests.HostedTools.AttachmentTests;

namespace AssistantsMcp.Tests.HostedTools;

/// <summary>Attachments that are refused, here or by the model server.</summary>
public sealed class RefusedAttachmentTests : HostingModelTests
{
    [Fact]
    public async Task StoreNamedAndAskedForAtOnce_IsRefused()
    {
        var (status, error) = await Api.RefusedAsync(
            HttpMethod.Post, "/v1/threads", """{"tool_resources":{"file_search":{"vector_store_ids":["vs_a"],"vector_stores":[{"file_ids":["file-a"]}]}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("tool_resources.file_search", error.GetProperty("param").GetString());
        Assert.Empty(Model.Calls);
    }

    [Fact]
    public async Task FileThatTheProviderDoesNotKnow_IsRefusedAndNothingIsStored()
    {
        Model.On(NewStore, reply => reply.StatusAsync(
            400, """{"error":{"message":"No file 'file-x' for key sk-test.","type":"invalid_request_error","code":"file_not_found"}}"""));
        var thread = await Api.NewThreadAsync();

        var (status, error) = await Api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-x", "file_search"));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("No file 'file-x' for key ***.", error.GetProperty("message").GetString());
        Assert.Equal(0, (await Api.GetAsync($"/v1/threads/{thread}/messages")).GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"id":"../../models"}""")]
    public async Task StoreWithoutAnIdThatCouldBeUsed_IsRefused(string made)
    {
        Model.On(NewStore, reply => reply.StatusAsync(200, made));
        var thread = await Api.NewThreadAsync();

        var (status, error) = await Api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-a", "file_search"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("The model server made a vector store without an id.", error.GetProperty("message").GetString());
        Assert.Equal("""{"code_interpreter":{"file_ids":[]}}""", (await Api.GetAsync($"/v1/threads/{thread}")).GetProperty("tool_resources").GetRawText());
    }

    [Theory]
    [InlineData("""{"error":{"message":"Slow down.","type":"requests","code":null}}""", "invalid_request_error", "rate_limit_exceeded")]
    [InlineData("""{"error":{"message":"Slow down.","type":"insufficient_quota","code":"insufficient_quota"}}""", "insufficient_quota", "insufficient_quota")]
    public async Task RateLimitThatLastsLonger_IsHandedOnAtOnce(string said, string type, string code)
    {
        Model.On(NewStore, reply => reply.StatusAsync(429, said, ("Retry-After", "7")));
        var caller = new WireCaller(App);
        var thread = await caller.CreateThreadAsync();

        var answer = await caller.PostAsync($"/threads/{thread}/messages", Message("file-a", "file_search"));

        answer.AssertError(429, "Slow down.", code: code, type: type);
        Assert.Equal("7", answer.Headers.GetValues("Retry-After").Single());
        Assert.Single(Model.CallsOf(NewStore));
    }

    [Fact]
    public async Task StoreThatMayHaveBeenMade_IsNotMadeAgain()
    {
        Model.On(NewStore, reply => reply.StatusAsync(500, """{"error":{"message":"Oops."}}"""));
        var thread = await Api.NewThreadAsync();

        var (status, error) = await Api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-a", "file_search"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("Oops.", error.GetProperty("message").GetString());
        Assert.Single(Model.CallsOf(NewStore));
    }

    [Fact]
    public async Task RefusalOfTheServersKey_IsNotTheCallersAffair()
    {
        await using var app = await RunApp.StartAsync(
            null,
            "Model:Profile=openai",
            "Model:ApiKey=sk-held-by-the-server",
            "Access:Mode=list",
            $"Access:Keys:0={Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes("sk-test")))}");
        app.Model.On(NewStore, reply => reply.StatusAsync(
            401, """{"error":{"message":"Incorrect API key provided: sk-held***rver.","type":"invalid_request_error","code":"invalid_api_key"}}"""));
        var api = app.As();
        var thread = await api.NewThreadAsync();

        var (status, error) = await api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-x", "file_search"));

        Assert.Equal(HttpStatusCode.BadGateway, status);
        Assert.Equal(
            "The model server refused the key that this server holds for it. The operator should check Model:ApiKey.", error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task LockedThread_IsNotGivenFiles()
    {
        Model.Next(reply => reply.HangAsync());
        var thread = await Api.NewThreadAsync("Hi");
        var run = await Api.NewRunAsync(thread, await Api.NewAssistantAsync());
        await Model.ArrivalAsync();

        var (_, error) = await Api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-a", "file_search"));

        Assert.StartsWith($"Can't add messages to {thread}", error.GetProperty("message").GetString());
        Assert.Empty(Model.CallsOf(NewStore));
        await Api.PostAsync($"{run}/cancel");
        await Api.SettledAsync(run);
    }

    [Fact]
    public async Task RunOfNoAssistant_IsRefusedBeforeAnythingIsMade()
    {
        var thread = await Api.NewThreadAsync();
        var added = $"\"additional_messages\":[{Message("file-a", "file_search")}]";

        var (_, missing) = await Api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/runs", $$"""{"assistant_id":"asst_gone",{{added}}}""");
        var (_, malformed) = await Api.RefusedAsync(HttpMethod.Post, "/v1/threads/thread_gone/runs", $$"""{"assistant_id":"gone",{{added}}}""");

        Assert.Equal("No assistant found with id 'asst_gone'.", missing.GetProperty("message").GetString());
        Assert.Equal("Invalid 'assistant_id': 'gone'. Expected an ID that begins with 'asst'.", malformed.GetProperty("message").GetString());
        Assert.Empty(Model.Calls);
    }

    [Fact]
    public async Task TwentyFirstFileOfTheThread_IsRefused()
    {
        var files = string.Join(',', Enumerable.Range(0, 20).Select(number => $"\"file-{number}\""));
        var thread = (await Api.PostAsync("/v1/threads", "{\"tool_resources\":{\"code_interpreter\":{\"file_ids\":[" + files + "]}}}")).GetProperty("id").GetString();

        var (_, error) = await Api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-x", "code_interpreter"));

        Assert.Equal(
            "Invalid 'tool_resources.code_interpreter.file_ids': array too long. Expected an array with maximum length 20, but got an array with length 21 instead.",
            error.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("/v1/threads/THREAD/messages", "MESSAGE")]
    [InlineData("/v1/threads/THREAD/runs", """{"assistant_id":"ASSISTANT","additional_messages":[MESSAGE]}""")]
    [InlineData("/v1/threads", """{"messages":[MESSAGE],"tool_resources":{"file_search":{"vector_stores":[{"file_ids":["file-a"]}]}}}""")]
    [InlineData("/v1/threads/runs", """{"assistant_id":"ASSISTANT","thread":{"messages":[MESSAGE]}}""")]
    public async Task MoreFilesThanARequestMayAttach_AreRefusedBeforeAnythingIsMade(string path, string body)
    {
        await using var app = await RunApp.StartAsync(null, "Model:Profile=openai", "Limits:AttachedFiles=2");
        var api = app.As();
        var (thread, assistant) = (await api.NewThreadAsync(), await api.NewAssistantAsync());
        var attachments = string.Join(',', new[] { "a", "a", "b", "c" }.Select(file => $$"""{"file_id":"file-{{file}}","tools":[{"type":"file_search"}]}"""));
        var message = $$"""{"role":"user","content":"Read these.","attachments":[{{attachments}}]}""";

        var (status, error) = await api.RefusedAsync(
            HttpMethod.Post,
            path.Replace("THREAD", thread, StringComparison.Ordinal),
            body.Replace("MESSAGE", message, StringComparison.Ordinal).Replace("ASSISTANT", assistant, StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(
            """{"message":"Invalid 'attachments': one request may attach at most 2 files for file_search, but this one attaches 3. Attach the others with further messages, or put them into a vector store and name it in 'tool_resources'.","type":"invalid_request_error","param":"attachments","code":"array_above_max_length"}""",
            error.GetRawText());
        Assert.Empty(app.Model.Calls);
    }

    [Fact]
    public async Task BackEndWithoutVectorStores_SaysSo()
    {
        await using var app = await RunApp.StartAsync(null, "Model:Profile=ollama");
        var thread = await app.As().NewThreadAsync();

        var (status, error) = await app.As().RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", Message("file-a", "file_search"));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("The model server behind this server (ollama) has no vector stores", error.GetProperty("message").GetString());
    }
}
