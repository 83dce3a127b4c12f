using System.Net;
using AssistantsMcp.Tests.Tools;
using Microsoft.Extensions.Configuration;
using ModelContextProtocol.Protocol;

namespace AssistantsMcp.Tests;

public sealed class HostTests
{
    [Theory]
    [InlineData("/healthz", HttpStatusCode.OK)]
    [InlineData("/readyz", HttpStatusCode.OK)]
    [InlineData("/nowhere", HttpStatusCode.NotFound)]
    public async Task Path_IsAnswered(string path, HttpStatusCode status)
    {
        await using var app = await TestApp.StartAsync();

        using var response = await app.Http.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task FilesOfSettings_AreReadOnce()
    {
        await using var app = await TestApp.StartAsync();

        var files = ((IConfigurationRoot)app.App.Configuration).Providers.OfType<FileConfigurationProvider>();

        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.False(file.Source.ReloadOnChange));
    }

    [Fact]
    public async Task Request_IsLoggedInOneLineWithoutItsQuery()
    {
        await using var app = await TestApp.StartAsync();

        using var response = await app.Http.GetAsync(new Uri("/v1/now%0Ahere?token=secret", UriKind.Relative));

        var line = Assert.Single(app.Log.Lines, line => line.Contains("RequestLog", StringComparison.Ordinal));
        Assert.StartsWith("Information AssistantsMcp.Logging.RequestLog: GET /v1/now%0Ahere was answered 401 after ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OfficialClient_CallsTools()
    {
        using var server = new StubServer(body: """{"id":"thread_1","object":"thread"}""");
        await using var app = await TestApp.StartAsync(server.Endpoint);
        await using var client = await app.ConnectAsync("sk-client");

        var result = await client.CallToolAsync("thread-get", new Dictionary<string, object?> { ["thread_id"] = "thread_1" });

        Assert.Equal("""{"id":"thread_1","object":"thread"}""", Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text);
        Assert.Equal("thread_1", result.StructuredContent!.Value.GetProperty("id").GetString());
        Assert.Equal("Bearer sk-client", server.Requests.Single().Headers["Authorization"]);
    }

    [Fact]
    public async Task Shutdown_LetsACallInFlightFinish()
    {
        using var server = StubServer.Silent();
        await using var app = await TestApp.StartAsync(server.Endpoint);
        var call = app.CallAsync("thread-create");
        await server.Taken;

        var stopping = app.App.StopAsync();
        server.Release();

        Assert.False((await call).IsError);
        await stopping;
    }

    [Fact]
    public async Task CallerThatHangsUp_IsForgotten()
    {
        using var server = StubServer.Silent();
        await using var app = await TestApp.StartAsync(server.Endpoint);
        using var hangUp = new CancellationTokenSource();
        using var body = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"thread-create"}}""");
        body.Headers.ContentType = new("application/json");
        var call = app.Http.PostAsync(new Uri("/mcp/sk-test", UriKind.Relative), body, hangUp.Token);
        await server.Taken;

        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await app.App.StopAsync();

        Assert.DoesNotContain(app.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
        Assert.Contains(app.Log.Lines, line => line.Contains("RequestLog", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Data Source=/data/a.db;Password=secret", "/data/a.db")]
    [InlineData("Host=db.example;Username=u;Password=secret", "PostgreSQL at db.example")]
    [InlineData("postgres://u:secret@db.example:5433/assistants", "PostgreSQL at db.example:5433")]
    public void PlaceOfTheData_IsShownWithoutItsPassword(string connectionString, string place) =>
        Assert.Equal(place, StartupSummary.DataPlace(connectionString));
}
