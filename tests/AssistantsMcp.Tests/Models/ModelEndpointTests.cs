using System.Net;

namespace AssistantsMcp.Tests.Models;

/// <summary><c>GET /v1/models</c>.</summary>
public sealed class ModelEndpointTests
{
    [Theory]
    [InlineData(200, """{"object":"list","data":[{"id":"m","object":"model"}]}""")]
    [InlineData(401, """{"error":{"message":"No.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}""")]
    public async Task Models_AreTheModelServersOwn(int status, string body)
    {
        await using var app = await RunApp.StartAsync();
        app.Model.NextStatus(status, body);

        var answer = await app.As("sk-models").SendAsync(HttpMethod.Get, "/v1/models");

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal(body, answer.Body.GetRawText());
        Assert.Equal("Bearer sk-models", Assert.Single(app.Model.Calls).Headers["Authorization"]);
    }

    [Fact]
    public async Task ModelServerThatIsAway_IsReportedAsUnavailable()
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open", "Model:BaseUrl=http://127.0.0.1:1/v1"]);

        var (status, error) = await new RestClient(app.Http, "sk-test").RefusedAsync(HttpMethod.Get, "/v1/models");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("127.0.0.1:1", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sandbox_HasOneModel()
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true"]);

        var sandbox = new RestClient(app.Http, "sandbox");

        var listed = Assert.Single((await sandbox.GetAsync("/v1/models")).GetProperty("data").EnumerateArray().ToList());
        var model = await sandbox.GetAsync("/v1/models/sandbox");
        var (status, error) = await sandbox.RefusedAsync(HttpMethod.Get, "/v1/models/another");

        Assert.Equal("""{"id":"sandbox","object":"model","created":1790000000,"owned_by":"assistants-mcp"}""", model.GetRawText());
        Assert.Equal(model.GetRawText(), listed.GetRawText());
        Assert.Equal((HttpStatusCode.NotFound, "The model 'another' does not exist."), (status, error.GetProperty("message").GetString()));
    }
}
