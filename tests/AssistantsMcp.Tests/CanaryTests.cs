using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using AssistantsMcp.Tests.PassThrough;
using AssistantsMcp.Tests.Security;
using AssistantsMcp.Tests.Tools;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests;

/// <summary>A caller's key is seen by the server it is meant for, and by nothing else.</summary>
public sealed class CanaryTests
{
    private const string Key = "sk-canary-5Tg8Wp1Kc4Ye";

    [Theory]
    [InlineData(200, "{}")]
    [InlineData(401, """{"error":{"message":"Incorrect API key provided: sk-canary-5Tg8Wp1Kc4Ye"}}""")]
    [InlineData(500, "broken")]
    public async Task KeyOfACaller_IsNowhereInLogsTracesOrErrors(int status, string body)
    {
        using var traces = new Traces();
        using var server = new StubServer(status, body);
        await using var app = await TestApp.StartAsync(server.Endpoint);
        var answers = new StringBuilder();

        foreach (var call in RequestTests.Calls)
        {
            answers.AppendLine((await app.CallAsync((string)call[0], (string)call[1], Key)).Result.GetRawText());
        }

        answers.AppendLine((await app.CallAsync("assistant-get", """{"assistant_id":".."}""", Key)).Result.GetRawText());
        var misplaced = await app.CallAsync("assistant-get", $$"""{"assistant_id":"{{Key}}"}""", Key);
        Assert.StartsWith("'assistant_id' holds your API key.", misplaced.Text, StringComparison.Ordinal);
        answers.AppendLine(misplaced.Result.GetRawText());
        answers.Append(await AskAsync(app, "asst_1", "thread_1", "run_1"));
        foreach (var (path, message) in new[] { ($"/mcp/{Key}", "{"), ($"/mcp/{Key}%20", "{}"), ($"/mcp/{Key}/x", "{}"), ($"/x/mcp/{Key}", "{}"), ($"/mcp/{Key}?a=/mcp/{Key}", "[]"), ($"/mcp?tools={Key}&toolset={Key}", "{}") })
        {
            using var response = await app.PostAsync(message, path, bearer: $"{Key}2");
            answers.Append(await response.Content.ReadAsStringAsync()).Append(response.Headers);
        }

        Assert.All(server.Requests, request => Assert.Equal($"Bearer {Key}", request.Headers["Authorization"]));
        AssertHidden(app.Log.Lines);
        AssertHidden(traces.Of(app));
        AssertHidden(answers.ToString().Split('\n'));
    }

    [Fact]
    public async Task KeyOfACaller_IsNowhereInTheDatabase()
    {
        using var model = new StubServer(500, "broken");
        await using var app = await TestApp.StartAsync(["Access:Mode=open", $"Model:BaseUrl={model.Endpoint}"]);

        var assistant = await app.CallAsync("assistant-create", "{}", Key);
        var thread = await app.CallAsync("thread-create", """{"messages":[{"role":"user","content":"hi"}]}""", Key);
        var run = await app.CallAsync("run-create", $$"""{"thread_id":"{{thread.Id}}","assistant_id":"{{assistant.Id}}"}""", Key);

        Assert.False(run.IsError, run.Text);
        var kept = await app.Database.DumpAsync();
        Assert.Contains(kept, text => text.Contains(assistant.Id, StringComparison.Ordinal));
        AssertHidden(kept);
        AssertHidden(app.Log.Lines);
    }

    [Fact]
    public async Task KeyInAzuresHeader_IsNowhereInLogsTracesErrorsOrFiles()
    {
        using var traces = new Traces();
        await using var app = await RunApp.StartAsync(null, "Model:Profile=azure", "Model:ApiVersion=preview");
        app.Model.NextStatus(401, $$$"""{"error":{"code":"401","message":"Access denied for {{{Key}}}."} }""").NextStatus(200, "{}");
        var api = app.As(Key);

        var failed = await api.SettledAsync(await api.NewRunAsync(await api.NewThreadAsync("Hello"), await api.NewAssistantAsync()));
        await api.GetAsync("/v1/models");

        Assert.Equal("failed", failed.GetProperty("status").GetString());
        Assert.All(app.Model.Calls, call => Assert.Equal(Key, call.Headers["api-key"]));
        AssertHidden([.. app.App.Log.Lines, .. traces.Of(app.App), failed.GetRawText()]);
        AssertHidden(await app.App.Database.DumpAsync());
    }

    /// <summary>The engine of this process: every tool, right and wrong, with runs that wait, end and fail meanwhile.</summary>
    [Fact]
    public async Task KeyOfACaller_IsNowhereInLogsTracesErrorsOrFilesOfTheEngine()
    {
        using var traces = new Traces();
        await using var app = await RunApp.StartAsync();
        app.Model
            .NextEvents(Created, Done(Call("tide", "{}")), Completed())
            .NextStatus(401, $$$"""{"error":{"message":"Incorrect API key provided: {{{Key}}}.","code":"invalid_api_key"} }""")
            .Always(reply => reply.HangAsync());
        var api = app.As(Key);
        var assistant = await api.NewAssistantAsync("\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"tide\"}}]");
        var thread = await api.NewThreadAsync("Hello");
        var run = await api.NewRunAsync(thread, assistant);
        await api.SettledAsync(run);
        var failed = await api.SettledAsync(await api.NewRunAsync(await api.NewThreadAsync("Hello"), assistant));
        await api.NewRunAsync(await api.NewThreadAsync("Hello"), assistant);
        var answers = new StringBuilder(failed.GetRawText());

        foreach (var call in RequestTests.Calls)
        {
            var arguments = ((string)call[1]).Replace("thread_1", thread, StringComparison.Ordinal).Replace("asst_1", assistant, StringComparison.Ordinal);
            answers.AppendLine((await app.App.CallAsync((string)call[0], arguments, Key)).Result.GetRawText());
        }

        answers.Append(await AskAsync(app.App, assistant, thread, run.Split('/')[^1]));
        foreach (var path in new[] { "/v1/assistants/wrong", "/v1/nothing", "/v1/assistants?limit=0", $"/v1/assistants/{Key}", $"/v1/{Key}", $"/v1/assistants?after={Key}" })
        {
            answers.AppendLine((await api.SendAsync(HttpMethod.Get, path)).Body.GetRawText());
        }

        Assert.Equal("failed", failed.GetProperty("status").GetString());
        Assert.All(app.Model.Calls, call => Assert.Equal($"Bearer {Key}", call.Headers["Authorization"]));
        AssertHidden(app.App.Log.Lines);
        AssertHidden(traces.Of(app.App));
        AssertHidden(answers.ToString().Split('\n'));
        AssertHidden(await app.App.Database.DumpAsync());
    }

    /// <summary>What is passed on: answered, refused, broken off, and with nobody there to answer.</summary>
    [Fact]
    public async Task KeyOfACaller_IsNowhereInLogsTracesOrFilesOfPassedRequests()
    {
        using var traces = new Traces();
        await using var provider = await FakeProvider.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Path.Value!.EndsWith("completions", StringComparison.Ordinal) ? 429 : 200;
            if (context.Request.Path.Value.EndsWith("embeddings", StringComparison.Ordinal))
            {
                context.Abort();
            }

            return Task.CompletedTask;
        });
        await using var app = await provider.StartAppAsync();
        await using var lonely = await TestApp.StartAsync(["Access:Mode=open", "Model:BaseUrl=http://127.0.0.1:1/v1"]);
        var answers = new StringBuilder();

        foreach (var server in new[] { app, lonely })
        {
            foreach (var path in new[] { "/responses", "/chat/completions", "/embeddings", "/files", "/files/..%2F", "/nothing" })
            {
                var answer = await new WireCaller(server, Key).PostAsync(path, "{}");
                answers.Append(answer.Text).Append(answer.Headers);
            }
        }

        Assert.Equal(4, provider.Calls.Count);
        Assert.All(provider.Calls, call => Assert.Equal($"Bearer {Key}", call.Headers["Authorization"]));
        foreach (var server in new[] { app, lonely })
        {
            AssertHidden(server.Log.Lines);
            AssertHidden(traces.Of(server));
            AssertHidden(await server.Database.DumpAsync());
        }

        AssertHidden(answers.ToString().Split('\n'));
    }

    /// <summary>Resources, prompts and completions, right and wrong.</summary>
    private static async Task<string> AskAsync(TestApp app, string assistant, string thread, string run)
    {
        var answers = new StringBuilder();
        foreach (var uri in new[] { "docs://getting-started", "docs://nothing", $"assistants://{assistant}", $"assistants://{Key}", "assistants://..", $"threads://{thread}/messages", $"runs://{thread}/{run}", "runs://thread_1/run_none" })
        {
            await AskAsync("resources/read", $$"""{"uri":"{{uri}}"}""");
        }

        foreach (var argument in new[] { "assistant_id", "thread_id", "run_id", "model", "nothing" })
        {
            var (prompt, context) = (argument switch { "model" => "create-assistant", "assistant_id" => "start-conversation", _ => "debug-run" }, $$$"""{"arguments":{"thread_id":"{{{thread}}}"}}""");
            await AskAsync("completion/complete", $$$"""{"ref":{"type":"ref/prompt","name":"{{{prompt}}}"},"argument":{"name":"{{{argument}}}","value":""},"context":{{{context}}}}""");
        }

        await AskAsync("prompts/get", $$$"""{"name":"summarize-thread","arguments":{"thread_id":"{{{thread}}}"}}""");
        await AskAsync("prompts/get", """{"name":"summarize-thread"}""");
        foreach (var message in MisplacedKeys.Messages(Key))
        {
            await SendAsync(message);
        }

        foreach (var header in new[] { "MCP-Protocol-Version", "Mcp-Session-Id", "Mcp-Method", "Mcp-Name", "Mcp-Param-x", "Last-Event-ID", "X-MCP-Tools", "User-Agent", "X-Request-Id", "tracestate", "baggage" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/mcp/{Key}") { Content = WireCaller.Json("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"assistant-list"}}""") };
            request.Headers.TryAddWithoutValidation("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
            request.Headers.TryAddWithoutValidation(header, header is "tracestate" or "baggage" ? $"a={Key}" : Key);
            using var response = await app.Http.SendAsync(request);
            answers.AppendLine(header).AppendLine(await response.Content.ReadAsStringAsync());
        }

        return answers.ToString();

        Task AskAsync(string method, string parameters) => SendAsync($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""");

        async Task SendAsync(string message)
        {
            using var response = await app.PostAsync(message, $"/mcp/{Key}");
            answers.AppendLine(await response.Content.ReadAsStringAsync());
        }
    }

    private static void AssertHidden(IReadOnlyCollection<string> texts) => new KeyForms(Key).AssertAbsent(texts);

    /// <summary>Every activity of the process, with its tags and events.</summary>
    private sealed class Traces : IDisposable
    {
        private readonly ConcurrentQueue<Activity> _activities = new();
        private readonly ActivityListener _listener;

        public Traces()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = _ => true,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = _activities.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        /// <summary>What was traced, without the calls of the test itself: they are no part of the app.</summary>
        public IReadOnlyCollection<string> Of(TestApp app) => [.. _activities.Where(activity => !IsOfTestClient(activity, app)).Select(Render)];

        public void Dispose() => _listener.Dispose();

        private static bool IsOfTestClient(Activity activity, TestApp app) =>
            activity.GetTagItem("url.full") is string url && url.StartsWith(app.Http.BaseAddress!.ToString(), StringComparison.Ordinal);

        private static string Render(Activity activity) => string.Join(
            ' ',
            [
                activity.DisplayName,
                activity.StatusDescription,
                activity.TraceStateString,
                .. activity.Baggage.Select(item => $"{item.Key}={item.Value}"),
                .. activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"),
                .. activity.Events.SelectMany(happened => happened.Tags).Select(tag => $"{tag.Key}={tag.Value}"),
            ]);
    }
}
