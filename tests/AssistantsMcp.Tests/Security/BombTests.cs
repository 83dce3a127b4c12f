using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit.Abstractions;

namespace AssistantsMcp.Tests.Security;

/// <summary>Bodies made to cost much: each is served or refused in the shape of its door, by a process that has little memory.</summary>
public sealed class BombTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Limit = 4 * 1024 * 1024;

    /// <summary>Less than .NET takes for its objects in a container of 384 MB, which is three quarters.</summary>
    private const int HeapBytes = 256 * 1024 * 1024;

    private readonly string _folder = Directory.CreateTempSubdirectory("assistants-mcp-").FullName;
    private ServerProcess _server = null!;

    private static readonly string[] _bombs =
    [
        "at the limit", "above the limit", "far above the limit", "deep arrays", "deep objects", "open brackets", "many keys", "many equal keys", "long key",
        "long number", "long exponent", "many numbers", "many strings", "escapes", "bad UTF-8", "surrogates", "zero bytes", "gzip", "deflate, declared", "UTF-16",
        "byte order mark", "twice",
    ];

    public async Task InitializeAsync() => _server = await ServerProcess.StartWithinAsync(HeapBytes, Path.Combine(_folder, "a.db"), "Sandbox:Enabled=true", "Access:Mode=open");

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task CostlyBodies_AreServedOrRefused()
    {
        var api = new RestClient(_server.Http, "sandbox");
        for (var round = 0; round < Effort.Of(0, 6); round++)
        {
            await SendAllAsync();
        }

        using var done = new CancellationTokenSource();
        var (before, good) = (_server.ResidentBytes, ServeAsync(api, done.Token));

        for (var round = 0; round < Effort.Of(1, 9); round++)
        {
            await SendAllAsync();
        }

        await done.CancelAsync();
        var times = (await good).Order().ToList();
        var growth = (_server.ResidentBytes - before) / (1024 * 1024);
        output.WriteLine($"{times.Count} good requests meanwhile, p50 {times[times.Count / 2].TotalMilliseconds:0} ms, p99 {times[times.Count * 99 / 100].TotalMilliseconds:0} ms.");
        output.WriteLine($"The process had {before / (1024 * 1024)} MB at first, and then grew by {growth} MB.");
        if (Effort.IsLong)
        {
            // Once it has the memory that one such body takes, it asks for no more.
            Assert.True(growth < 150, $"The process grew by {growth} MB.");
        }
    }

    private async Task SendAllAsync()
    {
        foreach (var bomb in _bombs)
        {
            await AssertAnsweredAsync(bomb, "/v1");
            await AssertAnsweredAsync(bomb, "/mcp");
        }
    }

    private async Task AssertAnsweredAsync(string name, string door)
    {
        var (fragment, body, encoding) = Make(name);
        var bytes = body ?? Encoding.UTF8.GetBytes(door == "/v1"
            ? $$$"""{"model":"m","tools":[{"type":"function","function":{"name":"f","parameters":{{{fragment}}}}}]}"""
            : $$$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"assistant-create","arguments":{"model":"m","tools":[{"type":"function","function":{"name":"f","parameters":{{{{fragment}}}}}}]}}}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, door == "/v1" ? "/v1/assistants" : "/mcp") { Content = new ByteArrayContent(bytes) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "sandbox");
        request.Headers.TryAddWithoutValidation("OpenAI-Beta", "assistants=v2");
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (encoding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(encoding);
        }

        using var response = await _server.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();

        Assert.True(response.StatusCode < HttpStatusCode.InternalServerError, $"{name} at {door}: {(int)response.StatusCode} {text[..Math.Min(text.Length, 300)]}");
        Assert.DoesNotContain("This server failed", text, StringComparison.Ordinal);
        Assert.True(text.Length < 2 * Limit, $"{name} at {door}: an answer of {text.Length} characters.");
        var answer = JsonElement.Parse(text, new JsonDocumentOptions { MaxDepth = 200 });
        if (response.StatusCode >= HttpStatusCode.BadRequest)
        {
            Assert.InRange(answer.GetProperty("error").GetProperty("message").GetString()!.Length, 10, 500);
        }
    }

    /// <returns>A value for a field that takes any object, or a whole body, and how that is said to be encoded.</returns>
    private static (string? Fragment, byte[]? Body, string? Encoding) Make(string name) => name switch
    {
        "at the limit" => ($$"""{"a":"{{new string('x', Limit - 200)}}"}""", null, null),
        "above the limit" => ($$"""{"a":"{{new string('x', Limit + 200_000)}}"}""", null, null),
        "far above the limit" => (null, Encoding.ASCII.GetBytes("{}".PadRight(40 * 1024 * 1024)), null),
        "deep arrays" => ($"{{\"a\":{new string('[', 500_000)}{new string(']', 500_000)}}}", null, null),
        "deep objects" => ($"{string.Concat(Enumerable.Repeat("{\"a\":", 100_000))}1{new string('}', 100_000)}", null, null),
        "open brackets" => (null, Encoding.ASCII.GetBytes(new string('[', Limit)), null),
        "many keys" => ($"{{{string.Join(',', Enumerable.Range(0, 100_000).Select(number => $"\"k{number}\":{number}"))}}}", null, null),
        "many equal keys" => ($"{{{string.Join(',', Enumerable.Repeat("\"k\":1", 100_000))}}}", null, null),
        "long key" => ($$"""{"{{new string('k', 1_000_000)}}":1}""", null, null),
        "long number" => ($$"""{"a":{{new string('9', 1_000_000)}}}""", null, null),
        "long exponent" => ($$"""{"a":1e{{new string('9', 100_000)}}}""", null, null),
        "many numbers" => ($$"""{"a":[{{string.Join(',', Enumerable.Repeat("1e-7", Effort.Of(100_000, 500_000)))}}]}""", null, null),
        "many strings" => ($$"""{"a":[{{string.Join(',', Enumerable.Repeat("\"\"", Effort.Of(100_000, 1_000_000)))}}]}""", null, null),
        "escapes" => ($$"""{"a":"{{string.Concat(Enumerable.Repeat("\\u0000", 500_000))}}"}""", null, null),
        "bad UTF-8" => (null, [.. "{\"model\":\""u8, .. Enumerable.Repeat((byte)0xFF, 1_000_000), .. "\"}"u8], null),
        "surrogates" => ($$"""{"a":"{{string.Concat(Enumerable.Repeat("\\ud800", 100_000))}}"}""", null, null),
        "zero bytes" => (null, new byte[Limit], null),
        "gzip" => (null, Gzip(new string(' ', 100_000_000)), "gzip"),
        "deflate, declared" => (null, "{}"u8.ToArray(), "deflate"),
        "UTF-16" => (null, Encoding.Unicode.GetBytes("{\"model\":\"m\"}"), null),
        "byte order mark" => (null, [0xEF, 0xBB, 0xBF, .. "{\"model\":\"m\"}"u8], null),
        "twice" => (null, "{\"model\":\"m\"}{\"model\":\"m\"}"u8.ToArray(), null),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    private static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.ASCII.GetBytes(text));
        }

        return packed.ToArray();
    }

    /// <summary>A client that behaves; how long its requests took.</summary>
    private static async Task<List<TimeSpan>> ServeAsync(RestClient api, CancellationToken done)
    {
        var times = new List<TimeSpan>();
        while (!done.IsCancellationRequested)
        {
            var started = TimeProvider.System.GetTimestamp();
            await api.GetAsync("/v1/assistants?limit=1&order=asc");
            times.Add(TimeProvider.System.GetElapsedTime(started));
            await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }

        return times;
    }
}
