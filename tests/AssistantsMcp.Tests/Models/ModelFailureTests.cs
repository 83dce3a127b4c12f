using AssistantsMcp.Engine.Models;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Models;

/// <summary>Refusals and errors of a model server end in one <see cref="TurnFailed"/> that says cause and remedy.</summary>
public sealed class ModelFailureTests : ModelClientTests
{
    [Theory]
    [InlineData(400, """{"error":{"message":"Bad image.","type":"invalid_request_error"}}""", "invalid_prompt", "Bad image.")]
    [InlineData(400, """{"error":{"message":"The requested model 'm' does not exist.","code":"model_not_found"}}""", "invalid_prompt", "The requested model 'm' does not exist. Name a model it has, or map the name with Model:Aliases.")]
    [InlineData(400, "not json", "invalid_prompt", "The model server refused the request with status 400.")]
    [InlineData(404, """{"error":{"message":"model \"m\" not found","type":"not_found_error"}}""", "invalid_prompt", "model \"m\" not found. Name a model it has, or map the name with Model:Aliases.")]
    [InlineData(404, """{"error":{"message":"The model `m` does not exist.","type":"NotFoundError","param":null,"code":404}}""", "invalid_prompt", "The model `m` does not exist. Name a model it has, or map the name with Model:Aliases.")]
    [InlineData(404, """{"detail":"Not Found"}""", "invalid_prompt", "offers no /responses at that base URL")]
    [InlineData(404, "<html>", "invalid_prompt", "offers no /responses at that base URL")]
    [InlineData(422, """{"detail":[{"loc":["body","input"],"msg":"field required"}]}""", "invalid_prompt", "body.input: field required")]
    [InlineData(401, """{"error":{"message":"Incorrect API key provided: sk-ca*****2c."}}""", "server_error", "The model server refused the API key. Use a key that it accepts.")]
    [InlineData(403, "{}", "server_error", "The model server refused the API key. Use a key that it accepts.")]
    [InlineData(402, """{"error":"Add credits."}""", "server_error", "The model server answered with status 402. Add credits.")]
    [InlineData(501, "{}", "server_error", "The model server answered with status 501.")]
    public async Task RefusedRequest_IsNotRepeated(int status, string body, string code, string message)
    {
        Server.NextStatus(status, body);

        var failed = await Host.FailAsync();

        Assert.Equal(code, failed.Code);
        Assert.Contains(message, failed.Message, StringComparison.Ordinal);
        Assert.Single(Server.Calls);
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        Server.NextStatus(307, "{}", ("Location", "/v1/elsewhere"));

        Assert.Contains("redirect", (await Host.FailAsync()).Message, StringComparison.Ordinal);
        Assert.Single(Server.Calls);
    }

    [Theory]
    [InlineData("""{"error":{"message":"No such thing."}}""", "No such thing.")]
    [InlineData("<html>Welcome</html>", "answered with text/html instead of an event stream")]
    public async Task AnswerThatIsNoStream_Fails(string body, string message)
    {
        Server.NextStatus(200, body);

        var failed = await Host.FailAsync();

        Assert.Equal("server_error", failed.Code);
        Assert.Contains(message, failed.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rate_limit_exceeded", "rate_limit_exceeded")]
    [InlineData("insufficient_quota", "rate_limit_exceeded")]
    [InlineData("invalid_prompt", "invalid_prompt")]
    [InlineData("image_too_large", "invalid_prompt")]
    [InlineData("failed_to_download_image", "invalid_prompt")]
    [InlineData("context_length_exceeded", "invalid_prompt")]
    [InlineData("server_error", "server_error")]
    [InlineData("something_new", "server_error")]
    public async Task FailedResponse_KeepsItsCodeAndUsage(string upstream, string code)
    {
        Server.NextEvents(Created, $$$"""{"type":"response.failed","response":{"status":"failed","error":{"code":"{{{upstream}}}","message":"It failed."},"usage":{{{Usage}}}}}""");

        var expected = new TurnFailed(code, "It failed.", new ModelUsage(11, 7, 4, 3)) { IsTooLong = upstream == "context_length_exceeded" };
        Assert.Equal(expected, await Host.FailAsync());
    }

    [Theory]
    [InlineData("""{"type":"error","code":"rate_limit_exceeded","message":"Slow down.","param":null}""", "rate_limit_exceeded", "Slow down.")]
    [InlineData("""{"type":"error","error":{"type":"invalid_request_error","code":null,"message":"Bad."}}""", "invalid_prompt", "Bad.")]
    [InlineData("""{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}""", "invalid_prompt", "the request exceeds the available context size")]
    [InlineData("""{"error":{"code":500,"message":"boom","type":"server_error"}}""", "server_error", "boom")]
    [InlineData("""{"type":"error","error":{"type":"invalid_request_error","code":"string_above_max_length","message":"Long."}}""", "invalid_prompt", "Long.")]
    [InlineData("""{"error":{"type":"rate_limit_error","message":"Slow down."}}""", "rate_limit_exceeded", "Slow down.")]
    [InlineData("""{"error":"boom"}""", "server_error", "boom")]
    [InlineData("""{"type":"error"}""", "server_error", "The model server failed without saying why.")]
    public async Task ErrorEvent_InAnyShape_Fails(string json, string code, string message)
    {
        Server.Next(reply => reply.RawAsync($"data: {json}\n\n"));

        var expected = new TurnFailed(code, message, default) { IsTooLong = message.EndsWith("context size", StringComparison.Ordinal) };
        Assert.Equal(expected, await Host.FailAsync());
    }

    [Theory]
    [InlineData(Requests.Secret)]
    [InlineData("sk-proj-ab********yz")]
    public async Task QuotedKeys_AreRemoved(string key)
    {
        Server.NextStatus(400, $$$"""{"error":{"message":"Key {{{key}}} may not do that."}}""");
        Server.NextEvents($$"""{"type":"error","message":"Key {{key}} may not do that."}""");

        Assert.Equal("Key *** may not do that.", (await Host.FailAsync()).Message);
        Assert.Equal("Key *** may not do that.", (await Host.FailAsync()).Message);
    }
}
