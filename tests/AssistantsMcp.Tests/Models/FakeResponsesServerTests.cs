using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using static AssistantsMcp.Tests.Models.Upstream;
using static AssistantsMcp.Tests.Models.UpstreamTools;

namespace AssistantsMcp.Tests.Models;

/// <summary>The stand-in for the model does what its scripts say.</summary>
public sealed class FakeResponsesServerTests : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private FakeResponsesServer _server = null!;

    public async Task InitializeAsync() => _server = await FakeResponsesServer.StartAsync();

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Echo_QuotesTheMessagesItWasGiven()
    {
        _server.Next(reply => reply.EchoAsync());

        var events = await ReadAsync(await OpenAsync("""
            {"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]},
            {"type":"function_call_output","call_id":"call_a","output":"3"},
            {"type":"message","role":"assistant","content":"Yes?"}]}
            """));

        Assert.Equal("user: Hi\nassistant: Yes?", events[1].GetProperty("item").GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task HostedTools_AreToldEventByEvent()
    {
        _server.NextEvents([
            .. CodeInterpreter(["print(", "3)"], [Logs("3\n"), Image("https://example.com/a.png")]),
            .. FileSearch(["tide"], [SearchResult("file-a", "tides.txt", "High at six.")], index: 1),
            AnnotationAdded(FileCitation("file-a", "tides.txt", 12), index: 2),
            AnnotationAdded(ContainerFileCitation("cfile_a", "plot.png", 3, 9), 1, index: 2),
        ]);

        var events = await ReadAsync(await OpenAsync("{}"));

        Assert.Equal(
            [
                "response.output_item.added", "response.code_interpreter_call.in_progress",
                "response.code_interpreter_call_code.delta", "response.code_interpreter_call_code.delta", "response.code_interpreter_call_code.done",
                "response.code_interpreter_call.interpreting", "response.code_interpreter_call.completed", "response.output_item.done",
                "response.output_item.added", "response.file_search_call.in_progress", "response.file_search_call.searching",
                "response.file_search_call.completed", "response.output_item.done",
                "response.output_text.annotation.added", "response.output_text.annotation.added",
            ],
            events.Select(happened => happened.GetProperty("type").GetString()));
        Assert.Equal("print(3)", events[7].GetProperty("item").GetProperty("code").GetString());
        Assert.Equal("tides.txt", events[12].GetProperty("item").GetProperty("results")[0].GetProperty("filename").GetString());
    }

    [Fact]
    public async Task PermittedEvents_ComeOneByOne()
    {
        using var permits = new SemaphoreSlim(0);
        _server.Next(reply => reply.EventsAsync(permits, Created, Completed()));
        using var response = await OpenAsync("{}");
        await using var events = SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator();

        permits.Release();
        Assert.True(await events.MoveNextAsync());
        var second = events.MoveNextAsync().AsTask();

        Assert.False(second.IsCompleted);
        permits.Release();
        Assert.True(await second);
        Assert.Equal("response.completed", events.Current.EventType);
    }

    [Fact]
    public async Task HalfClosedAnswer_EndsEarlyAndHearsTheCallerLeave()
    {
        var (read, left) = (new TaskCompletionSource(), new TaskCompletionSource());
        _server.Next(async reply =>
        {
            reply.Gone.Register(left.SetResult);
            await reply.EventsAsync(Created);
            await read.Task;
            reply.HalfClose();
            await reply.HangAsync();
        });

        using var response = await OpenAsync("{}");
        read.SetResult();
        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());

        await left.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private Task<HttpResponseMessage> OpenAsync(string body) => _http.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, $"{_server.BaseUrl}/responses") { Content = new StringContent(body, Encoding.UTF8, "application/json") },
        HttpCompletionOption.ResponseHeadersRead);

    private static async Task<List<JsonElement>> ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var parser = SseParser.Create(await response.Content.ReadAsStreamAsync(), (_, data) => JsonElement.Parse(data));
            return await parser.EnumerateAsync().Select(item => item.Data).ToListAsync();
        }
    }
}
