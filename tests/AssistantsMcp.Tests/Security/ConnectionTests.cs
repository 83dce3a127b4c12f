using System.Net;
using System.Net.Sockets;
using System.Text;
using AssistantsMcp.Engine.Execution;
using Microsoft.Extensions.DependencyInjection;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Security;

/// <summary>Connections that hardly move, in either direction, are closed, and the others do not notice.</summary>
public sealed class ConnectionTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task SlowSenders_AreHungUpOnWhileOthersAreServed()
    {
        var count = Effort.Of(10, 500);
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true", .. Effort.IsLong ? [] : new[] { "Limits:HeadersTimeout=00:00:02" }]);
        using var done = new CancellationTokenSource();
        var good = ServeAsync(app, done.Token);

        var slowHeaders = Enumerable.Range(0, count).Select(_ => TrickleAsync(app, "GET /v1/assistants HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", 'x')).ToArray();
        var slowBodies = Enumerable.Range(0, count).Select(number => TrickleAsync(
            app,
            $"POST {(number % 2 == 0 ? "/v1/threads" : "/mcp/sandbox")} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sandbox\r\nOpenAI-Beta: assistants=v2\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n",
            ' ')).ToArray();
        var answers = await Task.WhenAll([.. slowHeaders, .. slowBodies]).WaitAsync(_patience);
        await done.CancelAsync();

        Assert.All(answers[..count], answer => Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal));
        Assert.True(await good > 0);
        Assert.DoesNotContain(app.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Critical", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ReadersThatStop_AreCutOffAndTheirRunsGoOn()
    {
        await using var app = await RunApp.StartAsync();
        var piece = new string('x', 50_000);
        var story = Enumerable.Repeat(TextDelta(piece), 400);
        app.Model.Always(reply => reply.EventsAsync([Created, Added(EmptyMessage()), .. story, Done(Message("The end.")), Completed()]));
        var api = app.As();
        var assistant = await api.NewAssistantAsync();
        var readers = new List<TcpClient>();
        var threads = new List<string>();

        for (var i = 0; i < Effort.Of(3, 100); i++)
        {
            threads.Add(await api.NewThreadAsync("Hello"));
            readers.Add(await OpenUnreadStreamAsync(app.App, threads[^1], assistant));
        }

        foreach (var thread in threads)
        {
            var run = (await api.UntilAsync($"/v1/threads/{thread}/runs", runs => runs.GetProperty("data").GetArrayLength() == 1)).GetProperty("data")[0];
            Assert.Equal("completed", (await api.SettledAsync($"/v1/threads/{thread}/runs/{run.GetProperty("id").GetString()}")).GetProperty("status").GetString());
        }

        // 20 MB were said to each of them, and none of it is kept.
        await UntilAsync(() => !app.App.App.Services.GetRequiredService<RunEvents>().Watched.Any());
        Assert.All(readers, reader => Assert.True(WasCutOff(reader)));
        Assert.DoesNotContain(app.App.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
        readers.ForEach(reader => reader.Dispose());
    }

    [Fact]
    public async Task StreamsOfOneTenant_AreLimitedUntilOneIsClosed()
    {
        await using var app = await RunApp.StartAsync(null, "Limits:ConcurrentStreams=2");
        app.Model.Always(reply => reply.HangAsync());
        var api = app.As();
        var assistant = await api.NewAssistantAsync();
        var first = await StreamAsync(api, assistant);
        await using var second = await StreamAsync(api, assistant);

        await using var third = await StreamAsync(api, assistant);
        await using var together = await api.StreamAsync("/v1/threads/runs", $$"""{"assistant_id":"{{assistant}}","thread":{"messages":[{"role":"user","content":"Hello"}]},"stream":true}""");
        await using var ofAnother = await StreamAsync(app.As("sk-other"));
        var unstreamed = await api.NewRunAsync(await api.NewThreadAsync("Hello"), assistant);

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], [first.Response.StatusCode, second.Response.StatusCode]);
        Assert.Equal([HttpStatusCode.TooManyRequests, HttpStatusCode.TooManyRequests], [third.Response.StatusCode, together.Response.StatusCode]);
        Assert.Equal(
            """{"error":{"message":"Too many streams are open for this API key: 2 at most. Read or close one, or create the run without 'stream' and retrieve it until it has ended.","type":"invalid_request_error","param":null,"code":"rate_limit_exceeded"}}""",
            await third.Response.Content.ReadAsStringAsync());
        Assert.Equal("5", Assert.Single(third.Response.Headers.GetValues("Retry-After")));
        Assert.Equal(HttpStatusCode.OK, ofAnother.Response.StatusCode);
        Assert.NotEmpty(unstreamed);

        await first.DisposeAsync();
        await UntilAsync(async () =>
        {
            await using var next = await StreamAsync(api, assistant);
            return next.Response.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task StreamsOverTheLimit_LeaveNoRunBehind()
    {
        await using var app = await RunApp.StartAsync(null, "Limits:ConcurrentStreams=1");
        app.Model.Always(reply => reply.HangAsync());
        var api = app.As();
        var (assistant, thread) = (await api.NewAssistantAsync(), await api.NewThreadAsync("Hello"));
        await using var first = await StreamAsync(api, assistant);

        await using var refused = await api.StreamAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Response.StatusCode);
        Assert.Empty((await api.GetAsync($"/v1/threads/{thread}/runs")).GetProperty("data").EnumerateArray());
    }

    private static async Task<EventReader> StreamAsync(RestClient api, string? assistant = null)
    {
        assistant ??= await api.NewAssistantAsync();
        return await api.StreamAsync($"/v1/threads/{await api.NewThreadAsync("Hello")}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
    }

    /// <summary>Asks for a stream over a connection with little room, and reads nothing of it.</summary>
    private static async Task<TcpClient> OpenUnreadStreamAsync(TestApp app, string thread, string assistant)
    {
        var connection = new TcpClient { ReceiveBufferSize = 4096 };
        await connection.ConnectAsync(app.Http.BaseAddress!.Host, app.Http.BaseAddress.Port);
        var body = $$"""{"assistant_id":"{{assistant}}","stream":true}""";
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/threads/{thread}/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk-test\r\nOpenAI-Beta: assistants=v2\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        return connection;
    }

    /// <summary>Whether the connection breaks when it is read at last.</summary>
    private static bool WasCutOff(TcpClient reader)
    {
        try
        {
            using var everything = new MemoryStream();
            reader.GetStream().CopyTo(everything);
            return !Encoding.ASCII.GetString(everything.ToArray()).Contains("[DONE]", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Sends a beginning, and then one byte at a time, until the server hangs up.</summary>
    private static async Task<string> TrickleAsync(TestApp app, string beginning, char more)
    {
        using var connection = await RawHttp.ConnectAsync(app);
        using var stream = connection.GetStream();
        var reading = RawHttp.ReadToEndAsync(stream);
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(beginning));
            while (!reading.IsCompleted)
            {
                await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMilliseconds(500)));
                await stream.WriteAsync(new[] { (byte)more });
            }
        }
        catch (IOException)
        {
            // Hung up on.
        }

        return await reading;
    }

    /// <summary>A client that behaves; how many answers it got.</summary>
    private static async Task<int> ServeAsync(TestApp app, CancellationToken done)
    {
        var api = new RestClient(app.Http, "sandbox");
        var answered = 0;
        while (!done.IsCancellationRequested)
        {
            await api.GetAsync("/v1/assistants");
            answered++;
            await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }

        return answered;
    }

    private static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    private static async Task UntilAsync(Func<Task<bool>> isSoAsync)
    {
        using var patience = new CancellationTokenSource(_patience);
        while (!await isSoAsync())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }
}
