using System.Text.Json;
using AssistantsMcp.Tests.Models;

namespace AssistantsMcp.Tests.Telemetry;

/// <summary>The server with somebody who listens, as a process of its own: listeners hear everything in their process.</summary>
internal sealed class TalkativeServer : IAsyncDisposable
{
    public const string Key = "sk-canary-2b8Kd4Vn6Ty1";

    private readonly TestDatabase _database;

    private TalkativeServer(TestDatabase database, FakeResponsesServer model, ServerProcess process) =>
        (_database, Model, Process) = (database, model, process);

    public FakeResponsesServer Model { get; }

    public ServerProcess Process { get; }

    public HttpClient Http => Process.Http;

    public RestClient Api => new(Http, Key);

    public static async Task<TalkativeServer> StartAsync(params IEnumerable<string> settings)
    {
        var database = TestDatabase.Create();
        var model = await FakeResponsesServer.StartAsync();
        return new TalkativeServer(
            database, model, await ServerProcess.StartAsync(database, [$"Model:BaseUrl={model.BaseUrl}", "Access:Mode=open", .. settings]));
    }

    /// <summary>Sends a message to the MCP door, with the key in the address.</summary>
    public async Task<JsonElement> SendAsync(string method, string parameters)
    {
        using var body = new StringContent($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""");
        body.Headers.ContentType = new("application/json");
        using var response = await Http.PostAsync(new Uri($"/mcp/{Key}", UriKind.Relative), body);
        return JsonElement.Parse(await response.Content.ReadAsStringAsync());
    }

    /// <summary>Calls a tool and returns the object that came back; undefined for an error.</summary>
    public async Task<JsonElement> CallAsync(string tool, string arguments)
    {
        var answer = await SendAsync("tools/call", $$"""{"name":"{{tool}}","arguments":{{arguments}}}""");
        return answer.TryGetProperty("result", out var result) && result.TryGetProperty("structuredContent", out var content) ? content : default;
    }

    /// <summary>An assistant, a thread and a run by tools, until the run has ended.</summary>
    public async Task<JsonElement> ConverseAsync(string model = "gpt-6-luna")
    {
        var assistant = await CallAsync("assistant-create", $$"""{"model":"{{model}}"}""");
        var thread = await CallAsync("thread-create", """{"messages":[{"role":"user","content":"Hello"}]}""");
        var threadId = thread.GetProperty("id").GetString();
        var run = await CallAsync("run-create", $$"""{"thread_id":"{{threadId}}","assistant_id":"{{assistant.GetProperty("id").GetString()}}"}""");
        return await Api.SettledAsync($"/v1/threads/{threadId}/runs/{run.GetProperty("id").GetString()}");
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await Model.DisposeAsync();
        await _database.DisposeAsync();
        Assert.Empty(Model.Unexpected);
    }
}
