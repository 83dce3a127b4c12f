using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Tests.PassThrough;

/// <summary>Bodies flow both ways as they come, and an end on either side ends the other.</summary>
public sealed class StreamingTests
{
    private const long UploadBytes = 200L * 1024 * 1024;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Upload_ArrivesWhileItIsSent()
    {
        long received = 0;
        await using var provider = await FakeProvider.StartAsync(async context =>
        {
            var buffer = new byte[1 << 16];
            while (await context.Request.Body.ReadAsync(buffer) is > 0 and var count)
            {
                Interlocked.Add(ref received, count);
            }

            await context.Response.WriteAsync("{}");
        });
        await using var app = await provider.StartAppAsync();
        using var patience = new CancellationTokenSource(_patience);

        // The sender goes on only when all but the last 16 MB have arrived: a buffer in between would stop it for ever.
        using var content = new PacedContent(async sent =>
        {
            while (sent - Interlocked.Read(ref received) > 16 * 1024 * 1024)
            {
                await Task.Delay(1, patience.Token);
            }
        });
        using var response = await PostAsync(app, content);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(UploadBytes, received);
        Assert.StartsWith("multipart/form-data; boundary=", Assert.Single(provider.Calls).Headers["Content-Type"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task UploadThatNobodyReads_IsHeldBack()
    {
        var release = new TaskCompletionSource();
        long received = 0, sent = 0;
        await using var provider = await FakeProvider.StartAsync(async context =>
        {
            await release.Task;
            var buffer = new byte[1 << 16];
            while (await context.Request.Body.ReadAsync(buffer) is > 0 and var count)
            {
                received += count;
            }

            await context.Response.WriteAsync("{}");
        });
        await using var app = await provider.StartAppAsync();
        using var content = new PacedContent(count =>
        {
            Interlocked.Exchange(ref sent, count);
            return Task.CompletedTask;
        });

        var upload = PostAsync(app, content);
        await UntilItRestsAsync(() => Interlocked.Read(ref sent));
        var held = Interlocked.Read(ref sent);
        release.SetResult();
        using var response = await upload.WaitAsync(_patience);

        Assert.InRange(held, 1, UploadBytes / 4);
        Assert.Equal(UploadBytes, received);
    }

    [Fact]
    public async Task Events_ArriveOneByOne()
    {
        using var read = new SemaphoreSlim(0);
        await using var provider = await FakeProvider.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var count = 1; count <= 3; count++)
            {
                await context.Response.WriteAsync($"event: e\ndata: {count}\n\n");
                await context.Response.Body.FlushAsync();
                await read.WaitAsync(context.RequestAborted);
            }
        });
        await using var app = await provider.StartAppAsync();
        using var response = await PostAsync(app, WireCaller.Json("""{"stream":true}"""), "/v1/responses");
        await using var events = new EventReader(response);

        for (var count = 1; count <= 3; count++)
        {
            Assert.Equal($"{count}", (await events.NextAsync())!.Data);
            read.Release();
        }

        Assert.Null(await events.NextAsync());
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallerWhoHangsUp_EndsTheRequest(bool hasBegun)
    {
        var (arrived, gone) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var provider = await FakeProvider.StartAsync(async context =>
        {
            using var leaving = context.RequestAborted.Register(gone.SetResult);
            if (hasBegun)
            {
                await context.Response.WriteAsync("event: e\n\n");
                await context.Response.Body.FlushAsync();
            }

            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await using var app = await provider.StartAppAsync();
        using var hangUp = new CancellationTokenSource();

        var response = PostAsync(app, WireCaller.Json("{}"), "/v1/responses", hangUp.Token);
        await arrived.Task.WaitAsync(_patience);
        if (hasBegun)
        {
            (await response).Dispose();
        }

        await hangUp.CancelAsync();

        await gone.Task.WaitAsync(_patience);
        await Assert.ThrowsAnyAsync<Exception>(async () => await (await response).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task UploaderWhoHangsUp_EndsTheRequest()
    {
        var (arrived, gone) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var provider = await FakeProvider.StartAsync(async context =>
        {
            using var leaving = context.RequestAborted.Register(() => gone.TrySetResult());
            arrived.SetResult();
            try
            {
                await context.Request.Body.CopyToAsync(Stream.Null);
            }
            catch (Exception)
            {
                gone.TrySetResult();
            }
        });
        await using var app = await provider.StartAppAsync();
        using var hangUp = new CancellationTokenSource();
        using var content = new PacedContent(sent => sent > 1 << 20 ? Task.Delay(Timeout.Infinite, hangUp.Token) : Task.CompletedTask);

        var upload = PostAsync(app, content, cancellationToken: hangUp.Token);
        await arrived.Task.WaitAsync(_patience);
        await hangUp.CancelAsync();

        await gone.Task.WaitAsync(_patience);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload);
    }

    [Fact]
    public async Task AnswerThatBreaksOff_BreaksOff()
    {
        var read = new TaskCompletionSource();
        await using var provider = await FakeProvider.StartAsync(async context =>
        {
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            await read.Task;
            context.Abort();
        });
        await using var app = await provider.StartAppAsync();

        using var response = await PostAsync(app, WireCaller.Json("{}"), "/v1/responses");
        read.SetResult();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task ConnectionThatBreaksBeforeTheAnswer_IsABadGateway()
    {
        await using var provider = await FakeProvider.StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var app = await provider.StartAppAsync();

        var answer = await new WireCaller(app).PostAsync("/responses", "{}");

        answer.AssertError(
            502,
            $"The connection to the model server at {provider.BaseUrl.Authority} broke before it had answered. The request may have taken effect; look before you send it again.",
            type: "server_error");
        Assert.Equal("false", Assert.Single(answer.Headers.GetValues("x-should-retry")));
    }

    [Fact]
    public async Task ModelServerThatIsAway_IsReportedAsUnavailable()
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open", "Model:BaseUrl=http://127.0.0.1:1/v1"]);

        var answer = await new WireCaller(app).PostAsync("/responses", "{}");

        answer.AssertError(
            503,
            "The model server at 127.0.0.1:1 could not be reached (no connection). Check that it runs and that Model:BaseUrl is right.",
            type: "server_error");
        Assert.Equal("1", Assert.Single(answer.Headers.GetValues("Retry-After")));
    }

    [Fact]
    public async Task ModelServerThatStaysSilent_IsAGatewayTimeout()
    {
        await using var provider = await FakeProvider.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var app = await provider.StartAppAsync("Model:Timeout=00:00:01");

        var answer = await new WireCaller(app).PostAsync("/responses", "{}");

        answer.AssertError(504, "The model server was silent for 1 seconds. Try again, or raise Model:Timeout.", type: "server_error");
        Assert.Equal("false", Assert.Single(answer.Headers.GetValues("x-should-retry")));
    }

    [Fact]
    public async Task StreamThatFallsSilent_BreaksOff()
    {
        await using var provider = await FakeProvider.StartAsync(async context =>
        {
            await context.Response.WriteAsync("event: e\n\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await using var app = await provider.StartAppAsync("Model:Timeout=00:00:01");

        using var response = await PostAsync(app, WireCaller.Json("{}"), "/v1/responses");

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());
    }

    private static async Task<HttpResponseMessage> PostAsync(
        TestApp app, HttpContent content, string path = "/v1/files", CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "sk-stream");
        return await app.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Waits until a number has stopped growing. Being too early makes the test lenient, not wrong.</summary>
    private static async Task UntilItRestsAsync(Func<long> number)
    {
        for (var (last, still) = (-1L, 0); still < 10; still = number() == last && last > 0 ? still + 1 : 0)
        {
            last = number();
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    /// <summary>An upload of unknown length, too large for any buffer, that asks before each piece.</summary>
    private sealed class PacedContent : HttpContent
    {
        private readonly Func<long, Task> _beforePiece;

        public PacedContent(Func<long, Task> beforePiece)
        {
            _beforePiece = beforePiece;
            Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var piece = new byte[1 << 16];
            for (long sent = 0; sent < UploadBytes; sent += piece.Length)
            {
                await _beforePiece(sent);
                await stream.WriteAsync(piece);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
