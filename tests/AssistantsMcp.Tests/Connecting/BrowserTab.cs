using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using AssistantsMcp.Tests.Security;

namespace AssistantsMcp.Tests.Connecting;

/// <summary>One tab of a real browser, driven over its debugging protocol.</summary>
/// <remarks>Source: https://chromedevtools.github.io/devtools-protocol/</remarks>
internal sealed class BrowserTab : IAsyncDisposable
{
    private readonly Browser _browser = Browser.Open(new Uri("about:blank"), "--remote-debugging-port=0");
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));
    private readonly HashSet<string> _loaded = [];
    private int _lastId;

    private BrowserTab()
    {
    }

    /// <summary>What the page and the browser complained of, such as a script that the page's policy forbids.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>What the page asked for.</summary>
    public List<Uri> Requests { get; } = [];

    public static async Task<BrowserTab> OpenAsync()
    {
        var tab = new BrowserTab();
        await tab.ConnectAsync();
        foreach (var domain in new[] { "Page", "Runtime", "Log", "Network" })
        {
            await tab.SendAsync($"{domain}.enable");
        }

        await tab.SendAsync("Page.setLifecycleEventsEnabled", new() { ["enabled"] = true });
        await tab.SendAsync("Emulation.setFocusEmulationEnabled", new() { ["enabled"] = true });
        return tab;
    }

    /// <summary>Goes to a page and waits until it is loaded.</summary>
    public async Task VisitAsync(Uri page)
    {
        var navigation = await SendAsync("Page.navigate", new() { ["url"] = page.ToString() });
        while (!_loaded.Contains((string)navigation["loaderId"]!))
        {
            await ReceiveAsync();
        }
    }

    /// <summary>The value of an expression in the page, which may be a promise.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var answer = await SendAsync("Runtime.evaluate", new() { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true, ["userGesture"] = true });
        return answer["exceptionDetails"] is { } problem ? throw new InvalidOperationException(problem.ToJsonString()) : answer["result"]!["value"];
    }

    public async Task<JsonNode> SendAsync(string method, JsonObject? parameters = null)
    {
        var id = ++_lastId;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, true, _patience.Token);
        while (true)
        {
            var answer = await ReceiveAsync();
            if ((int?)answer["id"] == id)
            {
                return answer["result"] ?? throw new InvalidOperationException($"{method}: {answer.ToJsonString()}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _patience.Dispose();
        await _browser.DisposeAsync();
    }

    /// <summary>The browser writes down its port when it listens.</summary>
    private async Task ConnectAsync()
    {
        var file = Path.Combine(_browser.Profile, "DevToolsActivePort");
        while (!File.Exists(file) || (await File.ReadAllLinesAsync(file, _patience.Token)).Length < 2)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), _patience.Token);
        }

        var port = (await File.ReadAllLinesAsync(file, _patience.Token))[0];
        using var http = new HttpClient();
        var targets = await http.GetFromJsonAsync<JsonArray>(new Uri($"http://127.0.0.1:{port}/json/list"), _patience.Token);
        var page = targets!.First(target => (string?)target!["type"] == "page")!;
        await _socket.ConnectAsync(new Uri((string)page["webSocketDebuggerUrl"]!), _patience.Token);
    }

    private async Task<JsonNode> ReceiveAsync()
    {
        using var message = new MemoryStream();
        var buffer = new byte[16 * 1024];
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer.AsMemory(), _patience.Token);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);

        var node = JsonNode.Parse(message.ToArray())!;
        switch ((string?)node["method"])
        {
            case "Log.entryAdded" or "Runtime.exceptionThrown":
                Complaints.Add(node["params"]!.ToJsonString());
                break;
            case "Page.lifecycleEvent" when (string?)node["params"]!["name"] == "load":
                _loaded.Add((string)node["params"]!["loaderId"]!);
                break;
            case "Network.requestWillBeSent":
                Requests.Add(new Uri((string)node["params"]!["request"]!["url"]!));
                break;
        }

        return node;
    }
}
