using System.Net.Http.Headers;
using System.Text;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Transport;

/// <summary>How the parts of an event stream leave: its headers, notifications, the answer and the end.</summary>
public sealed class EventStreamTests : IAsyncLifetime
{
    private const string List = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";

    private RunApp _app = null!;

    private HttpClient Http => _app.App.Http;

    public async Task InitializeAsync() => _app = await RunApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task AnswerThatIsSoonThere_LeavesWhole()
    {
        using var response = await SendAsync(List);

        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(body.Length, response.Content.Headers.ContentLength);
        Assert.EndsWith("}\n\n", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","_meta":{"progressToken":"p"}""")]
    public async Task AnswerThatTakesLonger_HasItsHeadersSentBefore(string meta)
    {
        var permits = new SemaphoreSlim(0);
        _app.Model.Next(reply => reply.EventsAsync(permits, Created, Done(Message("Late.")), Completed()));
        var api = _app.As();
        var (assistant, thread) = (await api.NewAssistantAsync(), await api.NewThreadAsync("Hello"));

        using var response = await SendAsync(
            $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"run-create","arguments":{"assistant_id":"{{{assistant}}}","thread_id":"{{{thread}}}","wait_seconds":50}{{{meta}}}}}""");

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Null(response.Content.Headers.ContentLength);
        permits.Release(10);
        Assert.Contains("Late.", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_ServesTheNextRequest()
    {
        for (var i = 0; i < 20; i++)
        {
            using var response = await SendAsync(List);
            Assert.Contains("assistant-create", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    /// <summary>Returns as soon as the headers are there.</summary>
    private async Task<HttpResponseMessage> SendAsync(string message)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp/sk-test")
        {
            Content = new StringContent(message, new MediaTypeHeaderValue("application/json")),
            Headers = { { "Accept", "application/json, text/event-stream" } },
        };
        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
