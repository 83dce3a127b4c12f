using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace AssistantsMcp.Tests.Api.Traces;

/// <summary>Replays the traces of this folder, each against an application of its own, and compares the answers.</summary>
public sealed class TraceTests
{
    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Folder(), "*.http").Select(file => Path.GetFileName(file)).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Trace_IsReplayed(string file)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000));
        await using var app = await RunApp.StartAsync(clock, "Model:Profile=openai", "Model:Timeout=00:59:00", "Limits:ConcurrentRuns=8");
        var replay = new Replay(app, clock);

        foreach (var exchange in Trace.Parse("\n" + await File.ReadAllTextAsync(Path.Combine(Folder(), file))))
        {
            await replay.RunAsync(exchange);
        }

        Assert.NotEqual(0, replay.Count);
    }

    [Fact]
    public async Task Traces_AreMany()
    {
        var count = 0;
        foreach (var file in Directory.EnumerateFiles(Folder(), "*.http"))
        {
            count += Trace.Parse("\n" + await File.ReadAllTextAsync(file)).Count();
        }

        Assert.True(count >= 60, $"{count} exchanges");
    }

    [Theory]
    [InlineData("""{"a":1}""", """{"a":2}""")]
    [InlineData("""{"a":1}""", """{"a":"1"}""")]
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""")]
    [InlineData("""{"a":1,"b":2}""", """{"a":1}""")]
    [InlineData("""{"a":1,"b":2}""", """{"b":2,"a":1}""")]
    [InlineData("""{"a":1,"...":"..."}""", """{"b":2}""")]
    [InlineData("[1]", "[1,2]")]
    [InlineData("\"<run_1>\"", "\"run_1\"")]
    [InlineData("[\"<run_1>\",\"<run_1>\"]", "[\"run_000000000000000000000000\",\"run_000000000000000000000001\"]")]
    [InlineData("\"<run_1> ended\"", "\"run_000000000000000000000000 ended\"")]
    public void DifferentAnswer_IsSeen(string expected, string actual) =>
        Assert.NotNull(new Placeholders().Difference(JsonElement.Parse(expected), JsonElement.Parse(actual)));

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;

    private sealed class Replay(RunApp app, FakeTimeProvider clock)
    {
        private static readonly (string Name, string Value)[] _headers = [("Authorization", "Bearer sk-trace"), ("OpenAI-Beta", "assistants=v2")];

        private readonly Placeholders _ids = new();

        public int Count { get; private set; }

        public async Task RunAsync(Exchange exchange)
        {
            Count++;
            foreach (var (name, value) in exchange.Directives)
            {
                switch (name)
                {
                    case "model":
                        ScriptedTurn.Add(app.Model, value);
                        break;
                    case "clock":
                        clock.Advance(TimeSpan.FromSeconds(int.Parse(value, CultureInfo.InvariantCulture)));
                        break;
                    case "until":
                        await app.As("sk-trace").UntilAsync(_ids.Fill(exchange.Path), found => found.GetProperty("status").GetString() == value);
                        break;
                    case "after":
                        break;
                    default:
                        throw new NotSupportedException($"{exchange.Title}: there is no @{name}.");
                }
            }

            using var request = Request(exchange.Method, exchange.Path, exchange.Body, exchange.Headers);
            using var response = await app.App.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            var isStream = exchange.Answer.StartsWith("event:", StringComparison.Ordinal);
            var text = isStream && response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync();
            Expect(exchange, exchange.Status == (int)response.StatusCode, $"answered with {(int)response.StatusCode} {text}");
            foreach (var (name, value) in exchange.AnswerHeaders)
            {
                var found = response.Headers.Concat(response.Content.Headers).FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase));
                Expect(exchange, found.Value?.SingleOrDefault() == value, $"header {name} is {found.Value?.SingleOrDefault() ?? "missing"}, not {value}");
            }

            if (isStream)
            {
                await CompareEventsAsync(exchange, response);
                return;
            }

            var difference = _ids.Difference(JsonElement.Parse(exchange.Answer), JsonElement.Parse(text));
            Expect(exchange, difference is null, $"{difference}\n{text}");
        }

        private async Task CompareEventsAsync(Exchange exchange, HttpResponseMessage response)
        {
            var after = exchange.Directives.Where(directive => directive.Name == "after").Select(directive => directive.Value.Split(' ', 3)).ToList();
            await using var events = new EventReader(response);
            foreach (var block in exchange.Answer.Split("\n\n").Select(block => block.Split('\n', 2)))
            {
                var happened = await events.NextAsync();
                Expect(exchange, block[0] == $"event: {happened?.Name}", $"told of {happened?.Name} in place of {block[0]}");
                var (expected, actual) = (block[1]["data: ".Length..], happened!.Data);
                var difference = expected == "[DONE]"
                    ? actual == expected ? null : $"it carries {actual}"
                    : _ids.Difference(JsonElement.Parse(expected), JsonElement.Parse(actual));
                Expect(exchange, difference is null, $"{happened.Name}: {difference}\n{actual}");
                if (after.Find(step => step[0] == happened.Name) is { } meanwhile)
                {
                    after.Remove(meanwhile);
                    await DoAsync(meanwhile[1], meanwhile[2]);
                }
            }

            Expect(exchange, await events.NextAsync() is null, "more events came than expected");
        }

        /// <summary>What happens while a stream is open: a request, or time that goes by.</summary>
        private async Task DoAsync(string what, string value)
        {
            if (what == "clock")
            {
                clock.Advance(TimeSpan.FromSeconds(int.Parse(value, CultureInfo.InvariantCulture)));
                return;
            }

            using var request = Request(new HttpMethod(what), value, "", []);
            using var response = await app.App.Http.SendAsync(request);
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        }

        private HttpRequestMessage Request(HttpMethod method, string path, string body, IReadOnlyList<(string Name, string Value)> headers)
        {
            var request = new HttpRequestMessage(method, _ids.Fill(path));
            foreach (var (name, value) in headers.UnionBy(_headers, header => header.Name))
            {
                if (value.Length > 0)
                {
                    request.Headers.TryAddWithoutValidation(name, value);
                }
            }

            if (body.Length > 0)
            {
                request.Content = new StringContent(_ids.Fill(body), Encoding.UTF8, "application/json");
            }

            return request;
        }

        private static void Expect(Exchange exchange, bool isSo, string fault) => Assert.True(isSo, $"{exchange.Title}: {fault}");
    }
}
