using System.Text;
using System.Text.Json;

namespace AssistantsMcp.Tests.Security;

/// <summary>What callers write is data: it comes back as it was, and it never becomes a line of the log or an event of a stream.</summary>
public sealed class HostileTextTests
{
    [Fact]
    public async Task StoredText_ComesBackAsItWas()
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true"]);
        var api = new RestClient(app.Http, "sandbox");
        var (thread, texts) = (await api.NewThreadAsync(), new HostileText(14));

        for (var sample = 0; sample < Effort.Of(60, 1000); sample++)
        {
            var text = texts.Next();
            var (content, value) = (JsonSerializer.Serialize(text), JsonSerializer.Serialize(text[..Math.Min(text.Length, 500)]));
            var made = await app.CallAsync("message-create", $$"""{"thread_id":"{{thread}}","content":{{content}},"metadata":{"k": {{value}} } }""", "sandbox");
            var read = await app.CallAsync("message-get", $$"""{"thread_id":"{{thread}}","message_id":"{{made.Id}}"}""", "sandbox");
            var overRest = await api.GetAsync($"/v1/threads/{thread}/messages/{made.Id}");

            Assert.False(made.IsError, made.Text);
            Assert.Equal(text, RestClient.Text(read.Result.GetProperty("structuredContent")));
            Assert.Equal(text, RestClient.Text(overRest));
            Assert.Equal(text, RestClient.Text(JsonElement.Parse(read.Text)));
            // In the text of a result nothing of it can pass for something else: no line breaks, no escape sequences of a terminal.
            Assert.DoesNotContain(read.Text, character => char.IsControl(character));
        }

        Assert.Single((await api.GetAsync("/v1/threads")).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task StreamedText_EndsNoEvent()
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true"]);
        var api = new RestClient(app.Http, "sandbox");
        var (assistant, texts) = (await api.NewAssistantAsync(), new HostileText(15));

        for (var sample = 0; sample < Effort.Of(20, 300); sample++)
        {
            var text = texts.Next();
            var thread = await api.NewThreadAsync($"say: {text}");
            await using var stream = await api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
            var events = new List<StreamEvent>();
            while (await stream.NextAsync() is { } happened)
            {
                events.Add(happened);
            }

            Assert.Equal("done", events[^1].Name);
            Assert.Single(events, happened => happened.Name == "done");
            Assert.Single(events, happened => happened.Name == "thread.message.completed");
        }
    }

    [Fact]
    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    public async Task LogOfHostileRequests_IsOneObjectToALine()
    {
        await using var database = TestDatabase.Create();
        await using var server = await ServerProcess.StartAsync(database, "Sandbox:Enabled=true", "Logging:Format=json", "Logging:LogLevel:Microsoft=Information", "Logging:LogLevel:ModelContextProtocol=Information");
        var texts = new HostileText(16);

        for (var sample = 0; sample < Effort.Of(60, 2000); sample++)
        {
            var (text, json) = (texts.Next(), JsonSerializer.Serialize(texts.Next()));
            var (method, path, body) = (sample % 6) switch
            {
                0 => ("GET", $"/v1/{Uri.EscapeDataString(text)}", ""),
                1 => ("GET", $"/v1/assistants?after={Uri.EscapeDataString(text)}", ""),
                2 => ("POST", "/mcp/sandbox", $$$"""{"jsonrpc":"2.0","id":{{{json}}},"method":"tools/call","params":{"name":{{{json}}},"arguments":{} } }"""),
                3 => ("POST", "/mcp/sandbox", $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"assistant-create","arguments":{ {{{json}}}:1,"model":{{{json}}},"name":{{{json}}} } } }"""),
                4 => ("POST", "/mcp/sandbox", $$$"""{"jsonrpc":"2.0","id":1,"method":{{{json}}},"params":{"clientInfo":{"name":{{{json}}},"version":{{{json}}} },"protocolVersion":{{{json}}} } }"""),
                _ => ("POST", "/v1/threads", $$$"""{"messages":[{"role":"user","content":{{{json}}} }],"metadata":{ {{{json}}}:{{{json}}} } }"""),
            };
            var header = new string([.. text.Where(character => character is >= ' ' and < '\x7f')]);
            await RawHttp.SendAsync(
                server.Http.BaseAddress!,
                $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sandbox\r\nOpenAI-Beta: assistants=v2\r\nUser-Agent: {header}\r\nX-Request-Id: {header}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(body))}");
        }

        await server.StopAsync();

        var entries = server.Lines.SkipWhile(line => !line.StartsWith('{')).Where(line => line.Length > 0).Select(line => JsonElement.Parse(line)).ToList();
        Assert.True(entries.Count >= Effort.Of(60, 2000));
        Assert.All(entries, entry => Assert.True(entry.TryGetProperty("@t", out _) && entry.TryGetProperty("SourceContext", out _), entry.GetRawText()));
    }
}
