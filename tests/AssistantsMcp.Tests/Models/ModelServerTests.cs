using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Models;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace AssistantsMcp.Tests.Models;

/// <summary>What a call to the model server looks like on the wire.</summary>
public sealed class ModelServerTests : IDisposable
{
    private const string Stream = "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"output\":[]}}\n\n";

    private readonly WireMockServer _upstream = WireMockServer.Start();

    public void Dispose() => _upstream.Dispose();

    [Fact]
    public async Task Turn_IsOnePostWithTheCallersKey_AndNothingElseOfTheCallers()
    {
        Given("/v1/responses");
        await using var host = Host("/v1");
        using var activity = new Activity("a request of the caller's").SetBaggage("user", "secret").Start();

        await host.RunAsync();

        var sent = Assert.Single(_upstream.LogEntries).RequestMessage!;
        Assert.Equal("Bearer " + Requests.Secret, sent.Headers!["Authorization"].Single());
        Assert.Equal("AssistantsMcp/0.1.0", sent.Headers["User-Agent"].Single());
        Assert.Equal("text/event-stream", sent.Headers["Accept"].Single());
        Assert.Equal("application/json", sent.Headers["Content-Type"].Single());
        Assert.Empty(sent.Headers.Keys.Except(["Authorization", "User-Agent", "Accept", "Content-Type", "Content-Length", "Host"], StringComparer.OrdinalIgnoreCase));
        var body = JsonDocument.Parse(sent.Body!).RootElement;
        Assert.Equal("local-model", body.GetProperty("model").GetString());
        Assert.True(body.GetProperty("stream").GetBoolean());
        Assert.False(body.GetProperty("store").GetBoolean());
    }

    [Theory]
    [InlineData("", "/responses", "")]
    [InlineData("/", "/responses", "")]
    [InlineData("/openai/v1/", "/openai/v1/responses", "")]
    [InlineData("/openai/v1?api-version=2026-01-01", "/openai/v1/responses", "?api-version=2026-01-01")]
    public async Task BaseUrl_KeepsItsPathAndQuery(string baseUrl, string path, string query)
    {
        Given(path);
        await using var host = Host(baseUrl);

        Assert.IsType<TurnCompleted>((await host.RunAsync())[^1]);

        Assert.EndsWith(path + query, Assert.Single(_upstream.LogEntries).RequestMessage!.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_MayTakeAsLongAsTheModel_AndOtherCallsMayNot()
    {
        await using var upstream = await FakeResponsesServer.StartAsync();
        var clock = new ImpatientClock();
        await using var host = ModelTestHost.For(upstream.BaseUrl, clock, options => options.Timeout = TimeSpan.FromSeconds(90));
        upstream.On("POST /v1/vector_stores", reply => reply.HangAsync());
        upstream.On("POST /v1/files", async reply =>
        {
            // Had the upload half a minute, it would be over when its caller has gone.
            await Task.WhenAny(reply.HangAsync(), Task.Delay(TimeSpan.FromMilliseconds(200)));
            await reply.StatusAsync(200);
        });

        var asked = await Assert.ThrowsAsync<ModelServerException>(() => AskAsync("vector_stores", new StringContent("{}")));
        var uploaded = await AskAsync("files", new MultipartFormDataContent { { new StringContent("a file"), "file", "a.txt" } });

        Assert.Contains("silent for 30 seconds", asked.Message, StringComparison.Ordinal);
        Assert.Equal(200, uploaded.Status);

        Task<ModelAnswer> AskAsync(string route, HttpContent content) =>
            host.Server.AskAsync(HttpMethod.Post, route, content, new ApiKey(Requests.Secret), "tenant", CancellationToken.None);
    }

    [Fact]
    public async Task ServersOwnKey_ReplacesTheCallers_AndIsScrubbed()
    {
        _upstream.Given(Request.Create().WithPath("/v1/responses")).RespondWith(
            Response.Create().WithStatusCode(400).WithBody("""{"error":{"message":"No: server-held and sk-canary-5f1d2c."}}"""));
        await using var host = ModelTestHost.For(new Uri(_upstream.Url + "/v1"), null, options => options.ApiKey = "server-held");

        var failed = await host.FailAsync();

        Assert.Equal("Bearer server-held", Assert.Single(_upstream.LogEntries).RequestMessage!.Headers!["Authorization"].Single());
        Assert.Equal("No: *** and ***", failed.Message.TrimEnd('.'));
    }

    [Fact]
    public async Task Models_AreHandedOnByteForByte()
    {
        const string Listing = "{ \"object\":\"list\", \"data\":[] }";
        _upstream.Given(Request.Create().UsingGet().WithPath("/v1/models").WithParam("api-version", "1"))
            .RespondWith(Response.Create().WithStatusCode(HttpStatusCode.OK).WithBody(Listing));
        await using var host = ModelTestHost.For(new Uri(_upstream.Url + "/v1?api-version=1"), new ImpatientClock(TimeSpan.FromSeconds(20)));

        var models = await host.Server.GetModelsAsync(new ApiKey(Requests.Secret), "tenant-1", CancellationToken.None);

        Assert.Equal((200, Listing), (models.Status, Encoding.UTF8.GetString(models.Body)));
        Assert.Equal("Bearer " + Requests.Secret, Assert.Single(_upstream.LogEntries).RequestMessage!.Headers!["Authorization"].Single());
    }

    private void Given(string path) => _upstream
        .Given(Request.Create().UsingPost().WithPath(path))
        .RespondWith(Response.Create().WithHeader("Content-Type", "text/event-stream").WithBody(Stream));

    private ModelTestHost Host(string baseUrl) => ModelTestHost.For(new Uri(_upstream.Url + baseUrl));
}
