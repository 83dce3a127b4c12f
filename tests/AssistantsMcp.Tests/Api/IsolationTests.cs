using System.Text.Json;

namespace AssistantsMcp.Tests.Api;

/// <summary>Wherever an id can stand, another key's object answers exactly as one that never existed.</summary>
public sealed class IsolationTests : IAsyncLifetime
{
    private static readonly Dictionary<string, string> _missing = new()
    {
        ["{a}"] = "asst_NeverMadeNeverMadeNever00",
        ["{t}"] = "thread_NeverMadeNeverMadeNever00",
        ["{m}"] = "msg_NeverMadeNeverMadeNever00",
        ["{r}"] = "run_NeverMadeNeverMadeNever00",
        ["{s}"] = "step_NeverMadeNeverMadeNever00",
    };

    private static readonly (string Method, string Path, string? Body)[] _requests =
    [
        ("GET", "/assistants/{a}", null),
        ("POST", "/assistants/{a}", """{"name":"stolen"}"""),
        ("DELETE", "/assistants/{a}", null),
        ("GET", "/assistants?after={a}", null),
        ("GET", "/assistants?before={a}", null),
        ("GET", "/threads?after={t}", null),
        ("GET", "/threads?before={t}", null),
        ("GET", "/threads/{t}", null),
        ("POST", "/threads/{t}", """{"metadata":{"stolen":"yes"}}"""),
        ("DELETE", "/threads/{t}", null),
        ("GET", "/threads/{t}/messages", null),
        ("GET", "/threads/{t}/messages?after={m}", null),
        ("GET", "/threads/{t}/messages?before={m}", null),
        ("GET", "/threads/{t}/messages?run_id={r}", null),
        ("POST", "/threads/{t}/messages", """{"role":"user","content":"stolen"}"""),
        ("GET", "/threads/{t}/messages/{m}", null),
        ("POST", "/threads/{t}/messages/{m}", """{"metadata":{"stolen":"yes"}}"""),
        ("DELETE", "/threads/{t}/messages/{m}", null),
        ("GET", "/threads/{t}/runs", null),
        ("GET", "/threads/{t}/runs?after={r}", null),
        ("GET", "/threads/{t}/runs?before={r}", null),
        ("POST", "/threads/{t}/runs", """{"assistant_id":"{a}"}"""),
        ("POST", "/threads/{t}/runs", """{"assistant_id":"{a}","stream":true}"""),
        ("POST", "/threads/runs", """{"assistant_id":"{a}"}"""),
        ("GET", "/threads/{t}/runs/{r}", null),
        ("POST", "/threads/{t}/runs/{r}", """{"metadata":{"stolen":"yes"}}"""),
        ("POST", "/threads/{t}/runs/{r}/cancel", null),
        ("POST", "/threads/{t}/runs/{r}/submit_tool_outputs", """{"tool_outputs":[]}"""),
        ("GET", "/threads/{t}/runs/{r}/steps", null),
        ("GET", "/threads/{t}/runs/{r}/steps?after={s}", null),
        ("GET", "/threads/{t}/runs/{r}/steps?before={s}", null),
        ("GET", "/threads/{t}/runs/{r}/steps/{s}", null),
    ];

    private static readonly (string Tool, string Arguments)[] _calls =
    [
        ("assistant-list", """{"after":"{a}"}"""),
        ("assistant-list", """{"before":"{a}"}"""),
        ("assistant-get", """{"assistant_id":"{a}"}"""),
        ("assistant-update", """{"assistant_id":"{a}","name":"stolen"}"""),
        ("assistant-delete", """{"assistant_id":"{a}"}"""),
        ("thread-get", """{"thread_id":"{t}"}"""),
        ("thread-update", """{"thread_id":"{t}","metadata":{"stolen":"yes"}}"""),
        ("thread-delete", """{"thread_id":"{t}"}"""),
        ("message-create", """{"thread_id":"{t}","content":"stolen"}"""),
        ("message-list", """{"thread_id":"{t}"}"""),
        ("message-list", """{"thread_id":"{t}","after":"{m}"}"""),
        ("message-list", """{"thread_id":"{t}","before":"{m}"}"""),
        ("message-list", """{"thread_id":"{t}","run_id":"{r}"}"""),
        ("message-get", """{"thread_id":"{t}","message_id":"{m}"}"""),
        ("message-update", """{"thread_id":"{t}","message_id":"{m}","metadata":{"stolen":"yes"}}"""),
        ("message-delete", """{"thread_id":"{t}","message_id":"{m}"}"""),
        ("run-create", """{"thread_id":"{t}","assistant_id":"{a}"}"""),
        ("run-list", """{"thread_id":"{t}"}"""),
        ("run-list", """{"thread_id":"{t}","after":"{r}"}"""),
        ("run-list", """{"thread_id":"{t}","before":"{r}"}"""),
        ("run-get", """{"thread_id":"{t}","run_id":"{r}"}"""),
        ("run-update", """{"thread_id":"{t}","run_id":"{r}","metadata":{"stolen":"yes"}}"""),
        ("run-cancel", """{"thread_id":"{t}","run_id":"{r}"}"""),
        ("run-submit-tool-outputs", """{"thread_id":"{t}","run_id":"{r}","tool_outputs":[{"tool_call_id":"call_1","output":"4"}]}"""),
        ("run-step-list", """{"thread_id":"{t}","run_id":"{r}"}"""),
        ("run-step-list", """{"thread_id":"{t}","run_id":"{r}","after":"{s}"}"""),
        ("run-step-get", """{"thread_id":"{t}","run_id":"{r}","step_id":"{s}"}"""),
    ];

    private readonly OpenApp _open = new();

    public Task InitializeAsync() => _open.InitializeAsync();

    public Task DisposeAsync() => _open.DisposeAsync();

    [Fact]
    public async Task ObjectsOfAnotherKey_AnswerAsIfTheyHadNeverBeen()
    {
        // Alice plays in the sandbox, where her run leaves a message and a step.
        var (alice, bob) = (new WireCaller(_open.App, "sandbox"), _open.NewCaller());
        var hers = await MakeWorldAsync(alice);
        var his = await MakeWorldAsync(bob);
        var before = await ReadWorldAsync(alice, hers);

        foreach (var (method, path, body) in _requests)
        {
            var places = _missing.Keys.Where(place => $"{path}{body}".Contains(place, StringComparison.Ordinal)).ToArray();
            for (var choice = 1; choice < 1 << places.Length; choice++)
            {
                // A set bit puts a stranger's id into its place, the others hold Bob's own.
                var foreign = Fill(places.Select((place, bit) => (place, (choice >> bit & 1) == 1 ? hers[place] : his[place])));
                var missing = Fill(places.Select((place, bit) => (place, (choice >> bit & 1) == 1 ? _missing[place] : his[place])));

                var toForeign = await SendAsync(bob, method, foreign(path), foreign(body));
                var toMissing = await SendAsync(bob, method, missing(path), missing(body));

                var blanked = places.Aggregate(toForeign.Text, (text, place) => text.Replace(hers[place], _missing[place], StringComparison.Ordinal));
                Assert.Equal($"{method} {path} {toMissing.Status} {toMissing.Text}", $"{method} {path} {toForeign.Status} {blanked}");
                Assert.Equal(toMissing.Headers.Select(header => header.Key), toForeign.Headers.Select(header => header.Key));
                Assert.True(toForeign.Status == System.Net.HttpStatusCode.NotFound || path.Contains("run_id", StringComparison.Ordinal), $"{method} {path}: {toForeign.Text}");
            }
        }

        Assert.Equal(before, await ReadWorldAsync(alice, hers));
    }

    [Fact]
    public async Task ToolsOnObjectsOfAnotherKey_AnswerAsIfTheyHadNeverBeen()
    {
        var (alice, bob) = (new WireCaller(_open.App, "sandbox"), _open.NewCaller());
        var hers = await MakeWorldAsync(alice);
        var his = await MakeWorldAsync(bob);
        var before = await ReadWorldAsync(alice, hers);

        foreach (var (tool, arguments) in _calls)
        {
            var places = _missing.Keys.Where(place => arguments.Contains(place, StringComparison.Ordinal)).ToArray();
            for (var choice = 1; choice < 1 << places.Length; choice++)
            {
                var foreign = Fill(places.Select((place, bit) => (place, (choice >> bit & 1) == 1 ? hers[place] : his[place])));
                var missing = Fill(places.Select((place, bit) => (place, (choice >> bit & 1) == 1 ? _missing[place] : his[place])));

                var toForeign = await _open.App.CallAsync(tool, foreign(arguments)!, bob.Key);
                var toMissing = await _open.App.CallAsync(tool, missing(arguments)!, bob.Key);

                var blanked = places.Aggregate(toForeign.Result.GetRawText(), (text, place) => text.Replace(hers[place], _missing[place], StringComparison.Ordinal));
                Assert.Equal(toMissing.Result.GetRawText(), blanked);
                Assert.True(toForeign.IsError || arguments.Contains("{r}", StringComparison.Ordinal), $"{tool} {arguments}: {toForeign.Text}");
            }
        }

        // Lists and the two that only make something take no id of an object that is there already.
        Assert.Equal(22, _calls.Select(call => call.Tool).Union(["assistant-create", "thread-create"]).Count());
        Assert.Equal(before, await ReadWorldAsync(alice, hers));
    }

    [Fact]
    public async Task Lists_ShowOnesOwnObjectsOnly()
    {
        var (alice, bob) = (_open.NewCaller(), _open.NewCaller());
        var hers = await alice.CreateAssistantAsync();
        var his = await bob.CreateAssistantAsync();

        Assert.Equal([hers], (await alice.GetAsync("/assistants")).Ids);
        Assert.Equal([his], (await bob.GetAsync("/assistants")).Ids);
    }

    private static async Task<Dictionary<string, string>> MakeWorldAsync(WireCaller caller)
    {
        var assistantId = await caller.CreateAssistantAsync("""{"model":"m","instructions":"i"}""");
        var threadId = await caller.CreateThreadAsync();
        var messageId = await caller.CreateMessageAsync(threadId);
        var runId = await RunAsync(caller, threadId, assistantId);
        var steps = await caller.GetAsync($"/threads/{threadId}/runs/{runId}/steps");
        return new()
        {
            ["{a}"] = assistantId,
            ["{t}"] = threadId,
            ["{m}"] = messageId,
            ["{r}"] = runId,
            ["{s}"] = steps.Ok().Ids.FirstOrDefault(_missing["{s}"]),
        };
    }

    /// <summary>In the sandbox the run is followed to its end; the others have no model server to end it.</summary>
    private static async Task<string> RunAsync(WireCaller caller, string threadId, string assistantId)
    {
        if (caller.Key != "sandbox")
        {
            return (await caller.PostAsync($"/threads/{threadId}/runs", $$"""{"assistant_id":"{{assistantId}}"}""")).Ok().Id;
        }

        var stream = await caller.PostAsync($"/threads/{threadId}/runs", $$"""{"assistant_id":"{{assistantId}}","stream":true}""");
        return JsonElement.Parse(stream.Ok().Text.Split("data: ")[1].Split('\n')[0]).GetProperty("id").GetString()!;
    }

    private static async Task<string[]> ReadWorldAsync(WireCaller caller, Dictionary<string, string> ids)
    {
        var fill = Fill(ids.Select(id => (id.Key, id.Value)));
        var texts = new List<string>();
        foreach (var path in new[] { "/assistants", "/threads", "/threads/{t}", "/threads/{t}/messages", "/threads/{t}/runs", "/threads/{t}/runs/{r}/steps", "/threads/{t}/runs/{r}/steps/{s}" })
        {
            texts.Add((await caller.GetAsync(fill(path)!)).Ok().Text);
        }

        return [.. texts];
    }

    private static Func<string?, string?> Fill(IEnumerable<(string Place, string Id)> ids)
    {
        var all = ids.ToArray();
        return text => all.Aggregate(text, (filled, id) => filled?.Replace(id.Place, id.Id, StringComparison.Ordinal));
    }

    private static Task<WireAnswer> SendAsync(WireCaller caller, string method, string? path, string? body) =>
        caller.SendAsync(new HttpMethod(method), path!, body is null ? null : WireCaller.Json(body));
}
