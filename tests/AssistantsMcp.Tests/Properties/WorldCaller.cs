using System.Net;
using System.Text.Json;

namespace AssistantsMcp.Tests.Properties;

/// <summary>Does each operation on the server and on the plain <see cref="World"/>, and compares what both say.</summary>
internal sealed class WorldCaller(TestApp app)
{
    private readonly World _world = new();
    private Tenant _tenant = null!;
    private RestClient _api = null!;

    public async Task DoAsync(Step step)
    {
        _tenant = _world.Tenants[step.Tenant];
        _api = new RestClient(app.Http, _tenant.Key);
        await (step.Verb switch
        {
            Verb.CreateAssistant => CreateAssistantAsync(step),
            Verb.ListAssistants => ListAsync("/v1/assistants", step, _tenant.Assistants, "asst", _world.AssistantIds, "assistant"),
            Verb.GetAssistant or Verb.ModifyAssistant or Verb.DeleteAssistant => OnAssistantAsync(step),
            Verb.CreateThread => CreateThreadAsync(step),
            Verb.ListThreads => ListAsync("/v1/threads", step, _tenant.Threads, "thread", _world.ThreadIds, "thread"),
            _ => OnThreadAsync(step),
        });
    }

    /// <summary>Ends what still runs, so that it holds no worker.</summary>
    public async Task EndAsync()
    {
        foreach (var tenant in _world.Tenants)
        {
            foreach (var thread in tenant.Threads.Where(thread => thread.Active is not null))
            {
                await new RestClient(app.Http, tenant.Key).DeleteAsync($"/v1/threads/{thread.Id}");
            }
        }
    }

    private async Task CreateAssistantAsync(Step step)
    {
        var instructions = step.Choice % 2 == 0 ? ",\"instructions\":\"Be brief.\"" : "";
        var created = await _api.PostAsync("/v1/assistants", $$$"""
            {"model":"m","metadata":{{{Metadata(step)}}},"tools":[{"type":"function","function":{"name":"tide"}},{"type":"function","function":{"name":"wind"}}]{{{instructions}}}}
            """);
        _tenant.Assistants.Add(new Item(Id(created), Metadata(step)));
        _world.AssistantIds.Add(Id(created));
        Compare(_tenant.Assistants[^1], created);
    }

    private async Task OnAssistantAsync(Step step)
    {
        var id = World.Pick(step.First, Ids(_tenant.Assistants), _world.AssistantIds, "asst");
        var found = _tenant.Assistants.Find(assistant => assistant.Id == id);
        var refusal = found is null ? $"No assistant found with id '{id}'." : null;
        var answer = await ChangeAsync(step.Verb is Verb.DeleteAssistant, step.Verb is Verb.ModifyAssistant, $"/v1/assistants/{id}", step, refusal, found);
        if (answer && step.Verb is Verb.DeleteAssistant)
        {
            _tenant.Assistants.Remove(found!);
        }
    }

    private async Task CreateThreadAsync(Step step)
    {
        var texts = Enumerable.Range(0, step.Choice % 4).Select(number => $"{Word(step.First + number)} {number}").ToList();
        var messages = string.Join(',', texts.Select(text => $$"""{"role":"user","content":"{{text}}"}"""));
        var created = await _api.PostAsync("/v1/threads", $$"""{"metadata":{{Metadata(step)}},"messages":[{{messages}}]}""");
        var thread = new ThreadItem(Id(created), Metadata(step));
        Compare(thread, created);
        _tenant.Threads.Add(thread);
        _world.ThreadIds.Add(thread.Id);

        var listed = (await _api.GetAsync($"/v1/threads/{thread.Id}/messages?order=asc")).GetProperty("data").EnumerateArray().ToList();
        thread.Messages.AddRange(listed.Zip(texts, (message, text) => new MessageItem(Id(message), "user", text)));
        Assert.Equal(texts, listed.Select(RestClient.Text));
    }

    private async Task OnThreadAsync(Step step)
    {
        var id = World.Pick(step.First, Ids(_tenant.Threads), _world.ThreadIds, "thread");
        var path = $"/v1/threads/{id}";
        var thread = _tenant.Threads.Find(thread => thread.Id == id);
        var refusal = thread is null ? $"No thread found with id '{id}'." : null;
        switch (step.Verb)
        {
            case Verb.GetThread or Verb.ModifyThread or Verb.DeleteThread:
                if (await ChangeAsync(step.Verb is Verb.DeleteThread, step.Verb is Verb.ModifyThread, path, step, refusal, thread) && step.Verb is Verb.DeleteThread)
                {
                    _tenant.Threads.Remove(thread!);
                }

                break;
            case Verb.CreateMessage:
                await CreateMessageAsync(step, path, thread, refusal);
                break;
            case Verb.GetMessage or Verb.ModifyMessage or Verb.DeleteMessage:
                await OnMessageAsync(step, path, thread, refusal);
                break;
            case Verb.ListMessages:
                await ListAsync($"{path}/messages", step, thread?.Messages, "msg", [], "message", refusal);
                break;
            case Verb.ListMessagesOfRun when thread?.Runs is [_, ..] runs:
                var run = runs[step.Second % runs.Count];
                await ListAsync($"{path}/messages?run_id={run.Id}", step with { Choice = step.Choice / 10 * 10 }, [.. thread.Messages.Where(message => message.RunId == run.Id)], "msg", [], "message");
                break;
            case Verb.CreateRun or Verb.StreamRun:
                await CreateRunAsync(step, path, thread, refusal);
                break;
            case Verb.ListRuns:
                await ListAsync($"{path}/runs", step, thread?.Runs, "run", [], "run", refusal);
                break;
            default:
                await OnRunAsync(step, path, thread, refusal);
                break;
        }
    }

    private async Task CreateMessageAsync(Step step, string path, ThreadItem? thread, string? refusal)
    {
        refusal ??= thread!.Active is { } active ? $"Can't add messages to {thread.Id} while a run {active.Id} is active." : null;
        var (role, text) = (step.Choice % 3 == 0 ? "assistant" : "user", $"{Word(step.Second)} {step.Choice}");
        var created = await SendAsync(HttpMethod.Post, $"{path}/messages", $$"""{"role":"{{role}}","content":"{{text}}","metadata":{{Metadata(step)}}}""", refusal);
        if (refusal is null)
        {
            thread!.Messages.Add(new MessageItem(Id(created), role, text, metadata: Metadata(step)));
            Compare(thread.Messages[^1], created);
        }
    }

    private async Task OnMessageAsync(Step step, string path, ThreadItem? thread, string? refusal)
    {
        var id = World.Pick(step.Second, Ids(thread?.Messages), [.. _tenant.Threads.SelectMany(other => Ids(other.Messages))], "msg");
        var found = thread?.Messages.Find(message => message.Id == id);
        refusal ??= found is null ? $"No message found with id '{id}'." : null;
        var answer = await ChangeAsync(step.Verb is Verb.DeleteMessage, step.Verb is Verb.ModifyMessage, $"{path}/messages/{id}", step, refusal, found);
        if (answer && step.Verb is Verb.DeleteMessage)
        {
            thread!.Messages.Remove(found!);
        }
    }

    private async Task CreateRunAsync(Step step, string path, ThreadItem? thread, string? refusal)
    {
        var assistantId = World.Pick(step.Second, Ids(_tenant.Assistants), _world.AssistantIds, "asst");
        var added = step.Choice % 4 == 0 ? null : $"{Word(step.Choice)} added";
        var hasInstructions = step.Choice % 3 == 0;
        refusal ??= !_tenant.Assistants.Exists(assistant => assistant.Id == assistantId) ? $"No assistant found with id '{assistantId}'."
            : thread!.Active is { } active ? $"Thread {thread.Id} already has an active run {active.Id}."
            : thread.Messages.Count == 0 && added is null && !hasInstructions ? "Run creation requires a Thread with a user message or an assistant with instructions."
            : null;
        var word = added?.Split(' ')[0] ?? thread?.Word;

        // A run that hangs has no end to read up to.
        var isStreamed = step.Verb is Verb.StreamRun && word != "hang";
        var body = $$"""
            {"assistant_id":"{{assistantId}}","instructions":{{(hasInstructions ? "\"Go.\"" : "\"\"")}},"stream":{{(isStreamed ? "true" : "false")}},
            "additional_messages":[{{(added is null ? "" : $$"""{"role":"user","content":"{{added}}"}""")}}]}
            """;
        if (refusal is not null)
        {
            await SendAsync(HttpMethod.Post, $"{path}/runs", body, refusal);
            return;
        }

        var run = isStreamed ? await LastRunAsync($"{path}/runs", body) : await _api.PostAsync($"{path}/runs", body);
        var item = new RunItem(Id(run), assistantId);
        thread!.Runs.Add(item);
        WorldModel.Apply(word!, item);
        await SettleAsync(path, thread, item, added);
    }

    private async Task OnRunAsync(Step step, string path, ThreadItem? thread, string? refusal)
    {
        var id = World.Pick(step.Second, Ids(thread?.Runs), [.. _tenant.Threads.SelectMany(other => Ids(other.Runs))], "run");
        var run = thread?.Runs.Find(run => run.Id == id);
        refusal ??= run is null ? $"No run found with id '{id}'." : null;
        var runPath = $"{path}/runs/{id}";
        switch (step.Verb)
        {
            case Verb.GetRun or Verb.ModifyRun:
                await ChangeAsync(isDelete: false, step.Verb is Verb.ModifyRun, runPath, step, refusal, run);
                break;
            case Verb.ListSteps:
                var steps = await SendAsync(HttpMethod.Get, $"{runPath}/steps?order=asc", null, refusal);
                Assert.Equal(run?.Steps ?? [], refusal is null ? steps.GetProperty("data").EnumerateArray().Select(found => (Text(found, "type"), Text(found, "status"))) : []);
                break;
            case Verb.SubmitOutputs or Verb.SubmitWrongOutputs:
                await SubmitAsync(step, path, thread, run, refusal);
                break;
            default:
                await CancelAsync(runPath, thread, run, refusal);
                break;
        }
    }

    private async Task SubmitAsync(Step step, string path, ThreadItem? thread, RunItem? run, string? refusal)
    {
        List<string> given = run is not { CallIds: [_, ..] } ? ["call_a"] : [.. run.CallIds.AsEnumerable().Reverse()];
        if (step.Verb is Verb.SubmitWrongOutputs)
        {
            given = step.Choice % 2 == 0 ? given[1..] : [.. given[1..], "call_foreign"];
        }

        refusal ??= run!.Status != "requires_action" ? $"Runs in status \"{run.Status}\" do not accept tool outputs."
            : step.Verb is Verb.SubmitWrongOutputs ? $"Expected tool outputs for call_ids [{Quoted(run.CallIds)}], got [{Quoted(given)}]"
            : null;
        var outputs = string.Join(',', given.Select(id => $$"""{"tool_call_id":"{{id}}","output":"3"}"""));
        var isStreamed = step.Choice % 3 == 0 && refusal is null;
        var target = $"{path}/runs/{run?.Id ?? "run_000000000000000000000000"}/submit_tool_outputs";
        var body = $$"""{"tool_outputs":[{{outputs}}],"stream":{{(isStreamed ? "true" : "false")}}}""";
        if (isStreamed)
        {
            await LastRunAsync(target, body);
        }
        else
        {
            await SendAsync(HttpMethod.Post, target, body, run is null && thread is not null ? "No run found with id 'run_000000000000000000000000'." : refusal);
        }

        if (refusal is null)
        {
            run!.Steps[^1] = ("tool_calls", "completed");
            WorldModel.Apply("text", run);
            await SettleAsync(path, thread!, run, added: null);
        }
    }

    private async Task CancelAsync(string runPath, ThreadItem? thread, RunItem? run, string? refusal)
    {
        refusal ??= thread!.Active != run ? $"Cannot cancel run with status '{run!.Status}'." : null;
        var answer = await SendAsync(HttpMethod.Post, $"{runPath}/cancel", null, refusal);
        if (refusal is null)
        {
            Assert.Equal("cancelling", Text(answer, "status"));
            await _api.UntilAsync(runPath, found => Text(found, "status") == "cancelled");
            run!.Status = "cancelled";
            if (run.Steps is [.., (var type, "in_progress")])
            {
                run.Steps[^1] = (type, "cancelled");
            }
        }
    }

    /// <summary>Waits until the server has come as far as the world, and takes over what only the server could know: ids.</summary>
    private async Task SettleAsync(string path, ThreadItem thread, RunItem run, string? added)
    {
        var settled = await _api.UntilAsync($"{path}/runs/{run.Id}", found => Text(found, "status") is var status && status != "queued" && (status != "in_progress" || run.Status == status));
        Compare(run, settled);
        if (run.Status == "requires_action")
        {
            run.CallIds.AddRange(settled.GetProperty("required_action").GetProperty("submit_tool_outputs").GetProperty("tool_calls").EnumerateArray().Select(Id));
        }

        var texts = (added is null ? [] : new[] { (added, (string?)null, "completed") })
            .Concat(run.Status is "completed" or "incomplete" ? [(WorldModel.Answer, run.Id, run.Status)] : []).ToList();
        var listed = (await _api.GetAsync($"{path}/messages?order=asc&limit=100{(thread.Messages is [.., var last] ? $"&after={last.Id}" : "")}")).GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(texts, listed.Select(message => (RestClient.Text(message), message.GetProperty("run_id").GetString(), Text(message, "status"))));
        thread.Messages.AddRange(listed.Select(message => new MessageItem(
            Id(message), Text(message, "role"), RestClient.Text(message), message.GetProperty("run_id").GetString(), Text(message, "status"))));
    }

    /// <summary>Reads, modifies or deletes an object.</summary>
    /// <returns>Whether it was there.</returns>
    private async Task<bool> ChangeAsync(bool isDelete, bool isModify, string path, Step step, string? refusal, Item? item)
    {
        var method = isDelete ? HttpMethod.Delete : isModify ? HttpMethod.Post : HttpMethod.Get;
        var answer = await SendAsync(method, path, isModify ? $$"""{"metadata":{{Metadata(step)}}}""" : null, refusal);
        if (refusal is not null)
        {
            return false;
        }

        if (isModify)
        {
            item!.Metadata = Metadata(step);
        }

        if (!isDelete)
        {
            Compare(item!, answer);
        }

        return true;
    }

    /// <summary>One page of a list, with every kind of limit and cursor.</summary>
    private async Task ListAsync(
        string path, Step step, IReadOnlyList<Item>? items, string prefix, IReadOnlyList<string> all, string noun, string? refusal = null)
    {
        var ascending = step.Choice % 2 == 0;
        var limit = (step.Choice / 2 % 5) is var size and > 0 ? size : 20;
        var ordered = ascending ? Ids(items) : [.. Ids(items).Reverse()];
        var cursor = World.Pick(step.Second, ordered, all, prefix);
        var place = ordered.ToList().IndexOf(cursor);
        var (after, before) = (step.Choice / 10 % 3 == 1, step.Choice / 10 % 3 == 2);
        refusal ??= (after || before) && place < 0 ? $"No {noun} found with id '{cursor}'." : null;

        var answer = await SendAsync(
            HttpMethod.Get,
            $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}order={(ascending ? "asc" : "desc")}&limit={limit}{(after ? $"&after={cursor}" : before ? $"&before={cursor}" : "")}",
            null,
            refusal);
        if (refusal is null)
        {
            // Behind the cursor, the page begins with the nearest; ahead of it, the page ends with the nearest.
            var range = after ? ordered.Skip(place + 1).ToList() : before ? ordered.Take(place).ToList() : [.. ordered];
            var page = before ? range.TakeLast(limit) : range.Take(limit);
            Assert.Equal(page, answer.GetProperty("data").EnumerateArray().Select(Id));
            Assert.Equal(range.Count > limit, answer.GetProperty("has_more").GetBoolean());
        }
    }

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, string? body, string? refusal)
    {
        var answer = await _api.SendAsync(method, path, body);
        var status = refusal is null ? HttpStatusCode.OK : refusal.StartsWith("No ", StringComparison.Ordinal) ? HttpStatusCode.NotFound : HttpStatusCode.BadRequest;
        Assert.True(status == answer.Status, $"{method} {path} {body}: {answer.Status} {answer.Body}, expected {status} {refusal}");
        if (refusal is not null)
        {
            Assert.Equal(refusal, Text(answer.Body.GetProperty("error"), "message"));
        }

        return answer.Body;
    }

    private async Task<JsonElement> LastRunAsync(string path, string body)
    {
        await using var stream = await _api.StreamAsync(path, body);
        return (await stream.RestAsync())[^2].Json;
    }

    private static void Compare(Item item, JsonElement found)
    {
        Assert.Equal((item.Id, item.Metadata), (Id(found), found.GetProperty("metadata").GetRawText()));
        if (item is MessageItem message)
        {
            Assert.Equal(
                (message.Role, message.Text, message.RunId, message.Status),
                (Text(found, "role"), RestClient.Text(found), found.GetProperty("run_id").GetString(), Text(found, "status")));
        }
        else if (item is RunItem run)
        {
            Assert.Equal((run.AssistantId, run.Status), (Text(found, "assistant_id"), Text(found, "status")));
        }
    }

    private static IReadOnlyList<string> Ids(IEnumerable<Item>? items) => items is null ? [] : [.. items.Select(item => item.Id)];

    private static string Word(int number) => WorldModel.Words[number % WorldModel.Words.Length];

    private static string Metadata(Step step) => step.Choice % 5 == 0 ? "{}" : $$"""{"k{{step.Choice % 3}}":"{{step.Choice}}"}""";

    private static string Quoted(IEnumerable<string> ids) => string.Join(", ", ids.Select(id => $"'{id}'"));

    private static string Id(JsonElement found) => Text(found, "id");

    private static string Text(JsonElement found, string field) => found.GetProperty(field).GetString()!;
}
