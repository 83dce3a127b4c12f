using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using AssistantsMcp.Tests.Models;
using AssistantsMcp.Tests.Tools;
using Microsoft.Extensions.DependencyInjection;

namespace AssistantsMcp.Tests.Security;

/// <summary>
/// The program as operators run it, with its own log on the console: whatever is asked of it, however it is asked, and
/// however much it logs, no piece of a caller's key is in what it writes, keeps or answers.
/// </summary>
[Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
public sealed class KeyLeakTests : IAsyncLifetime
{
    private static readonly KeyForms _canary = new("sk-canary.7f3Qz9Lm2Xw8_Rk4Tn6Vb1Hs5Jd0Gp");

    /// <summary>A whole answer of the model server. Where requests are passed on, their sender gets it as it is.</summary>
    private static readonly string _refusal = $$$"""{"error":{"message":"Incorrect API key provided: {{{_canary.Key}}}.","code":"invalid_api_key"} }""";

    private static readonly string[] _routes =
    [
        "GET /models", "GET /assistants", "POST /assistants", "GET /assistants/asst_1", "POST /assistants/asst_1", "DELETE /assistants/asst_1",
        "GET /threads", "POST /threads", "GET /threads/THREAD", "POST /threads/THREAD", "DELETE /threads/thread_1",
        "GET /threads/THREAD/messages", "POST /threads/THREAD/messages", "GET /threads/THREAD/messages/msg_1", "POST /threads/THREAD/messages/msg_1",
        "DELETE /threads/THREAD/messages/msg_1", "GET /threads/THREAD/runs", "POST /threads/THREAD/runs", "POST /threads/runs", "GET /threads/THREAD/runs/run_1",
        "POST /threads/THREAD/runs/run_1", "POST /threads/THREAD/runs/run_1/cancel", "POST /threads/THREAD/runs/run_1/submit_tool_outputs",
        "GET /threads/THREAD/runs/run_1/steps", "GET /threads/THREAD/runs/run_1/steps/step_1", "GET /files", "GET /files/file-1/content", "POST /files",
        "POST /responses", "POST /embeddings", "GET /vector_stores", "PUT /assistants", "GET /nothing", "GET /assistants?limit=0",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("assistants-mcp-").FullName;
    private FakeResponsesServer _model = null!;

    public async Task InitializeAsync() => _model = (await FakeResponsesServer.StartAsync()).Always(reply => (reply.Call.Body.Length % 3) switch
    {
        0 => reply.StatusAsync(401, _refusal),
        1 => reply.StatusAsync(500, "broken"),
        _ => reply.EventsAsync(Upstream.Created, Upstream.Done(Upstream.Message("Yes.")), Upstream.Completed()),
    });

    public async Task DisposeAsync()
    {
        await _model.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("Information", "text")]
    [InlineData("Trace", "text")]
    [InlineData("Trace", "json")]
    public async Task KeyOfACaller_IsNowhereInWhatTheProgramWrites(string level, string format)
    {
        string[] categories = ["Default", "Microsoft", "ModelContextProtocol", "Polly", "System.Net.Http.HttpClient"];
        await using var server = await ServerProcess.StartAsync(
            Path.Combine(_folder, "a.db"),
            [$"Model:BaseUrl={_model.BaseUrl}", "Access:Mode=open", $"Logging:Format={format}", .. categories.Select(category => $"Logging:LogLevel:{category}={level}")]);
        var api = new RestClient(server.Http, _canary.Key);
        var assistant = await api.NewAssistantAsync();
        var answers = new List<string>();

        for (var round = 0; round < Effort.Of(1, 20); round++)
        {
            var thread = await api.NewThreadAsync("Hello");
            answers.Add((await api.SettledAsync(await api.NewRunAsync(thread, assistant))).GetRawText());
            await CallToolsAsync(server, answers, thread, assistant);
            await CallRoutesAsync(server, answers, thread, assistant);
            await SendRawAsync(server, answers);
        }

        var files = Directory.EnumerateFiles(_folder).Select(ReadShared).ToList();
        Assert.Equal(0, await server.StopAsync());

        _canary.AssertAbsent(server.Lines);
        _canary.AssertAbsent(answers);
        _canary.AssertAbsent(files);
        _canary.AssertAbsent([.. Directory.EnumerateFiles(_folder).Select(ReadShared)]);
        Assert.All(_model.Calls, call => Assert.Equal($"Bearer {_canary.Key}", call.Headers["Authorization"]));
        Assert.True(format == "text" || server.Lines.SkipWhile(line => !line.StartsWith('{')).All(IsJsonObject));
    }

    [Fact]
    public async Task Keys_AreNoLabelsOfMetrics()
    {
        await using var app = await TestApp.StartAsync([$"Model:BaseUrl={_model.BaseUrl}", "Access:Mode=open"]);
        var series = new HashSet<string>();
        using var listener = Listen(app, series);

        await AskAsync("sk-first.Wm4Xk8Lp2Qz6");
        var before = Snapshot();
        for (var caller = 0; caller < Effort.Of(50, 500); caller++)
        {
            await AskAsync($"{_canary.Key}-{caller}");
        }

        Assert.NotEmpty(before);
        Assert.Equal(before, Snapshot());
        _canary.AssertAbsent(before);

        async Task AskAsync(string key)
        {
            await app.CallAsync("assistant-list", key: key);
            await new WireCaller(app, key).GetAsync("/assistants");
            await new WireCaller(app, key).GetAsync("/nothing");
        }

        string[] Snapshot()
        {
            lock (series)
            {
                return [.. series.Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Keeps each combination of labels of the app's own meters, not of the tests beside it.</summary>
    private static MeterListener Listen(TestApp app, HashSet<string> series)
    {
        var meters = app.App.Services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, labels, _) => Keep(instrument, labels));
        listener.SetMeasurementEventCallback<double>((instrument, _, labels, _) => Keep(instrument, labels));
        listener.Start();
        return listener;

        void Keep(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> labels)
        {
            var text = $"{instrument.Name} {string.Join(' ', labels.ToArray())}";
            lock (series)
            {
                series.Add(text);
            }
        }
    }

    private static async Task CallToolsAsync(ServerProcess server, List<string> answers, string thread, string assistant)
    {
        foreach (var call in RequestTests.Calls)
        {
            var arguments = ((string)call[1]).Replace("thread_1", thread, StringComparison.Ordinal).Replace("asst_1", assistant, StringComparison.Ordinal);
            foreach (var given in (string[])[arguments, "{}", """{"assistant_id":"..","thread_id":7,"other":1}"""])
            {
                // What is made or deleted by the right call would be gone for the next one.
                if ((string)call[0] is "assistant-delete" or "thread-delete" && given == arguments)
                {
                    continue;
                }

                await SendAsync(
                    server, answers, "POST", $"/mcp/{_canary.Key}", $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{call[0]}}}","arguments":{{{given}}}}}""");
            }
        }

        foreach (var message in MisplacedKeys.Messages(_canary.Key))
        {
            await SendAsync(server, answers, "POST", $"/mcp/{_canary.Key}", message);
        }

        foreach (var (path, body) in new[] { ($"/mcp/{_canary.Key}", "{"), ($"/mcp/{_canary.Key}%20", "{}"), ($"/mcp/{_canary.Key}/x", "{}"), ($"/x/mcp/{_canary.Key}", "{}"), ($"/mcp/{_canary.Key}?a=/mcp/{_canary.Key}", "[]"), ($"/{_canary.Key}", "") })
        {
            await SendAsync(server, answers, "POST", path, body);
        }
    }

    private static async Task CallRoutesAsync(ServerProcess server, List<string> answers, string thread, string assistant)
    {
        foreach (var route in _routes)
        {
            var parts = route.Replace("THREAD", thread, StringComparison.Ordinal).Split(' ');
            string?[] bodies = parts[0] == "POST" ? ["{}", "{", $$"""{"model":"m","role":"user","content":"hi","assistant_id":"{{assistant}}"}"""] : [null];
            foreach (var body in bodies)
            {
                await SendAsync(server, answers, parts[0], $"/v1{parts[1]}", body);
            }
        }
    }

    private static async Task SendAsync(ServerProcess server, List<string> answers, string method, string path, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server.Http.BaseAddress!, path));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {_canary.Key}");
        request.Headers.TryAddWithoutValidation("OpenAI-Beta", "assistants=v2");
        request.Content = body is null ? null : WireCaller.Json(body);
        using var response = await server.Http.SendAsync(request);
        answers.Add($"{response} {await response.Content.ReadAsStringAsync()}".Replace(_refusal, "", StringComparison.Ordinal));
    }

    /// <summary>What the web server itself refuses, before any code of this program sees it.</summary>
    private static async Task SendRawAsync(ServerProcess server, List<string> answers)
    {
        var key = _canary.Key;
        foreach (var request in new[]
        {
            $"GET /mcp/{key} HTTP/9.9\r\n\r\n", $"G@T /mcp/{key} HTTP/1.1\r\n\r\n", $"GET /mcp/{key}\r\n\r\n", $"GET  /mcp/{key}  HTTP/1.1\r\n\r\n", $"GET mcp/{key} HTTP/1.1\r\n\r\n",
            $"GET /mcp/{key}\u0001 HTTP/1.1\r\nHost: localhost\r\n\r\n", $"GET /mcp/{key}%ZZ%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", $"GET /mcp/{key}/../..%2f HTTP/1.1\r\nHost: localhost\r\n\r\n",
            $"GET http://evil.example/mcp/{key} HTTP/1.1\r\nHost: localhost\r\n\r\n", $"CONNECT {key}:80 HTTP/1.1\r\nHost: {key}:80\r\n\r\n", $"OPTIONS * HTTP/1.1\r\nHost: {key}@x\r\n\r\n",
            $"GET /mcp HTTP/1.1\r\nHost: localhost\r\nBearer {key}\r\n\r\n", $"GET /mcp HTTP/1.1\r\nHost: localhost\r\n{key} : x\r\n\r\n", $"GET /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\u0000\r\n\r\n",
            $"POST /mcp/{key} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {key}\r\n\r\n", $"POST /mcp/{key} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: {key}\r\n\r\n", $"POST /mcp/{key} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{key}\r\n",
            $"GET /mcp/{key}{new string('a', 10_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n", $"GET /mcp HTTP/1.1\r\nHost: localhost\r\nX: {key}{new string('a', 40_000)}\r\n\r\n",
            $"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{key}", $"\u0016\u0003\u0001\u0002\u0000{key}", $"{key}\r\n\r\n",
        })
        {
            answers.Add(await RawHttp.SendAsync(server.Http.BaseAddress!, request, hangsUp: true));
        }
    }

    private static bool IsJsonObject(string line) => line.Length == 0 || JsonElement.Parse(line).ValueKind == JsonValueKind.Object;

    private static string ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var text = new StreamReader(file, Encoding.Latin1);
        return text.ReadToEnd();
    }
}
