using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Security;

/// <summary>The server connects to the servers that its operator named, and to no address that a caller writes.</summary>
public sealed class OutgoingCallTests : IAsyncLifetime
{
    /// <summary>Links to this machine in many spellings, and to what only a server inside a network can reach.</summary>
    private static readonly string[] _links =
    [
        "http://127.0.0.1:PORT/a.png", "http://localhost:PORT/a.png", "http://LOCALHOST:PORT/", "http://[::1]:PORT/a.png", "http://[::ffff:127.0.0.1]:PORT/a.png",
        "http://2130706433:PORT/", "http://0x7f000001:PORT/", "http://0177.0.0.1:PORT/", "http://127.1:PORT/", "http://0.0.0.0:PORT/", "http://127.9.9.9:PORT/a.png",
        "http://user@127.0.0.1:PORT/", "http://api.openai.com@127.0.0.1:PORT/", "http://127.0.0.1:PORT#@api.openai.com/", "http://127.0.0.1:PORT/redirect?to=http://169.254.169.254/",
        "http://169.254.169.254/latest/meta-data/", "http://metadata.google.internal/", "http://100.100.100.200/", "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.0.1/", "http://[fd00::1]/", "http://[fe80::1]/",
        "https://127.0.0.1:PORT/a.png", "ftp://127.0.0.1:PORT/", "gopher://127.0.0.1:PORT/_x", "file:///etc/passwd", "jar:http://127.0.0.1:PORT/!/", "//127.0.0.1:PORT/", "\\\\127.0.0.1\\share",
    ];

    private readonly TcpListener _trap = TcpListener.Create(0);
    private readonly ConcurrentQueue<string> _peers = new();
    private readonly ActivityListener _connections;
    private RunApp _app = null!;

    public OutgoingCallTests()
    {
        _connections = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "System.Net.Http" or "Experimental.System.Net.Sockets",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = call => _peers.Enqueue(
                $"{call.GetTagItem("server.address") ?? call.GetTagItem("network.peer.address")}:{call.GetTagItem("server.port") ?? call.GetTagItem("network.peer.port")}"),
        };
        ActivitySource.AddActivityListener(_connections);
    }

    private int Port => ((IPEndPoint)_trap.LocalEndpoint).Port;

    public async Task InitializeAsync()
    {
        _trap.Start();
        _app = await RunApp.StartAsync();
        _app.Model.Always(reply => reply.EventsAsync(Created, Done(Message("A picture.")), Completed()));
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        _connections.Dispose();
        _trap.Dispose();
    }

    [Fact]
    public async Task LinksInMessages_AreNotFollowed()
    {
        var api = _app.As();
        var (assistant, taken) = (await api.NewAssistantAsync(), 0);

        foreach (var link in _links.Select(link => link.Replace("PORT", $"{Port}", StringComparison.Ordinal)))
        {
            var url = JsonSerializer.Serialize(link);
            var thread = await api.NewThreadAsync($"Look at {link}");
            var message = await api.SendAsync(
                HttpMethod.Post, $"/v1/threads/{thread}/messages", $$$"""{"role":"user","content":[{"type":"image_url","image_url":{"url":{{{url}}} } }]}""");
            taken += message.Status == HttpStatusCode.OK ? 1 : 0;
            var run = await api.SettledAsync(await api.NewRunAsync(thread, assistant));
            Assert.True(run.GetProperty("status").GetString() == "completed", run.GetRawText());

            // In place of the id of a file it is no link at all, and the run that should look at it fails.
            var other = await api.NewThreadAsync("Look");
            await api.SendAsync(HttpMethod.Post, $"/v1/threads/{other}/messages", $$$"""{"role":"user","content":[{"type":"image_file","image_file":{"file_id":{{{url}}} } }]}""");
            await api.SendAsync(HttpMethod.Post, $"/v1/threads/{other}/messages", $$$"""{"role":"user","content":"x","attachments":[{"file_id":{{{url}}},"tools":[{"type":"code_interpreter"}]}]}""");
            await api.SettledAsync(await api.NewRunAsync(other, assistant));
        }

        // What was taken, the model server got as it was written.
        Assert.True(taken > 15, $"{taken} links were taken.");
        Assert.Contains(_peers, peer => peer.EndsWith($":{_app.Model.BaseUrl.Port}", StringComparison.Ordinal));
        AssertNobodyCalled();
    }

    [Theory]
    [InlineData("header", "OpenAI-Base-Url")]
    [InlineData("header", "X-Base-Url")]
    [InlineData("header", "X-Model-Base-Url")]
    [InlineData("header", "X-Forwarded-Host")]
    [InlineData("header", "X-Original-Url")]
    [InlineData("header", "Forwarded")]
    [InlineData("query", "base_url")]
    [InlineData("query", "endpoint")]
    [InlineData("field", "base_url")]
    [InlineData("field", "endpoint")]
    [InlineData("metadata", "base_url")]
    [InlineData("model", "model")]
    public async Task AddressOfTheModelServer_IsNotForCallersToChoose(string place, string name)
    {
        var trap = $"http://127.0.0.1:{Port}/v1";
        var fields = place switch
        {
            "metadata" => $$"""{"model":"m","metadata":{"{{name}}":"{{trap}}"},"instructions":"i"}""",
            "model" => $$"""{"model":"{{trap}}/m","instructions":"i"}""",
            "field" => $$"""{"model":"m","{{name}}":"{{trap}}","instructions":"i"}""",
            _ => """{"model":"m","instructions":"i"}""",
        };
        var query = place == "query" ? $"?{name}={Uri.EscapeDataString(trap)}" : "";
        _app.App.Http.DefaultRequestHeaders.TryAddWithoutValidation(place == "header" ? name : "X-None", name == "Forwarded" ? $"host=127.0.0.1:{Port}" : trap);
        var api = _app.As();

        var made = await api.SendAsync(HttpMethod.Post, $"/v1/assistants{query}", fields);
        var tool = await _app.App.CallAsync("assistant-create", fields);
        if (made.Status == HttpStatusCode.OK)
        {
            var run = await api.SendAsync(HttpMethod.Post, $"/v1/threads/runs{query}", $$"""{"assistant_id":"{{made.Body.GetProperty("id").GetString()}}"}""");
            await api.SettledAsync($"/v1/threads/{run.Body.GetProperty("thread_id").GetString()}/runs/{run.Body.GetProperty("id").GetString()}");
        }

        Assert.Equal(made.Status != HttpStatusCode.OK, tool.IsError);
        AssertNobodyCalled();
    }

    /// <summary>The trap heard nobody, and nobody set out for an address that only a link named.</summary>
    private void AssertNobodyCalled()
    {
        Assert.False(_trap.Pending());
        string[] elsewhere = ["169.254.", "100.100.", "10.0.0.1:", "172.16.", "192.168.", "fd00:", "fe80:", "127.9.", $":{Port}"];
        Assert.DoesNotContain(_peers, peer => Array.Exists(elsewhere, part => peer.Contains(part, StringComparison.Ordinal)));
    }
}
