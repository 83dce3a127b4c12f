using System.Net;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Runs;

/// <summary>Requests on one thread at the same instant: whatever their order, the outcome is one that some order explains.</summary>
public sealed class RaceTests : IAsyncLifetime
{
    private const string Tide = """{"type":"function","function":{"name":"tide"}}""";

    private RunApp _app = null!;
    private RestClient _api = null!;

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync();
        _api = _app.As();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task MessagesAgainstARun_AreReadByItOrRefused()
    {
        _app.Model.Always(reply => reply.HangAsync());
        var (assistant, thread) = (await _api.NewAssistantAsync(), await _api.NewThreadAsync("Hello"));

        var messages = Enumerable.Range(0, 40).Select(number => number == 20
            ? _api.SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}"}""")
            : _api.SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", $$"""{"role":"user","content":"{{number}}"}"""));
        var answers = await Task.WhenAll(messages);
        var read = (await _app.Model.ArrivalAsync()).Json.GetProperty("input").EnumerateArray().Select(item => item.GetProperty("content")[0].GetProperty("text").GetString());

        Assert.Equal(HttpStatusCode.OK, answers[20].Status);
        var run = answers[20].Body.GetProperty("id").GetString();
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer =>
            Assert.Equal($"Can't add messages to {thread} while a run {run} is active.", answer.Body.GetProperty("error").GetProperty("message").GetString()));
        Assert.Equal(await _api.TextsAsync(thread), read);
        Assert.Equal(answers.Count(answer => answer.Status == HttpStatusCode.OK), read.Count());
    }

    [Fact]
    public async Task DeletionAgainstARun_LeavesNeither()
    {
        _app.Model.Always(reply => reply.HangAsync());
        var assistant = await _api.NewAssistantAsync();

        for (var round = 0; round < 20; round++)
        {
            var thread = await _api.NewThreadAsync("Hello");
            var run = _api.SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}"}""");
            var deletion = _api.DeleteAsync($"/v1/threads/{thread}");
            await Task.WhenAll(run, deletion);

            Assert.True((await run).Status is HttpStatusCode.OK or HttpStatusCode.NotFound, $"{(await run).Body}");
            var (status, error) = await _api.RefusedAsync(HttpMethod.Get, $"/v1/threads/{thread}/runs");
            Assert.Equal((HttpStatusCode.NotFound, $"No thread found with id '{thread}'."), (status, error.GetProperty("message").GetString()));
        }
    }

    [Fact]
    public async Task CancellationAgainstOutputs_EndsInOneState()
    {
        var assistant = await _api.NewAssistantAsync($"\"model\":\"gpt-6-luna\",\"tools\":[{Tide}]");

        for (var round = 0; round < 20; round++)
        {
            _app.Model.NextEvents(Created, Done(Call("tide", "{}")), Completed());
            var path = await _api.NewRunAsync(await _api.NewThreadAsync("Hello"), assistant);
            await _api.SettledAsync(path);
            _app.Model.Always(reply => reply.EventsAsync(Created, Done(Message("Yes.")), Completed()));

            var outputs = _api.SendAsync(HttpMethod.Post, $"{path}/submit_tool_outputs", """{"tool_outputs":[{"tool_call_id":"call_a","output":"3"}]}""");
            var cancel = _api.SendAsync(HttpMethod.Post, $"{path}/cancel");
            var (taken, stopped) = ((await outputs).Status == HttpStatusCode.OK, (await cancel).Status == HttpStatusCode.OK);
            var run = await _api.SettledAsync(path);

            Assert.True(taken || stopped);
            Assert.Equal(stopped ? "cancelled" : "completed", run.GetProperty("status").GetString());
            var step = (await _api.GetAsync($"{path}/steps?order=asc")).GetProperty("data")[0];
            Assert.Equal(taken ? "completed" : "cancelled", step.GetProperty("status").GetString());
        }
    }

    [Fact]
    public async Task CancellationAgainstAnEnd_EndsInOneState()
    {
        _app.Model.Always(reply => reply.EventsAsync(Created, Done(Message("Yes.")), Completed()));
        var assistant = await _api.NewAssistantAsync();

        for (var round = 0; round < Effort.Of(30, 2000); round++)
        {
            var thread = await _api.NewThreadAsync("Hello");
            var path = await _api.NewRunAsync(thread, assistant);
            for (var pause = 0; pause < round % 20; pause++)
            {
                await Task.Yield();
            }

            var cancel = await _api.SendAsync(HttpMethod.Post, $"{path}/cancel");
            var run = await _api.SettledAsync(path);
            var later = await _api.GetAsync(path);

            var status = run.GetProperty("status").GetString();
            Assert.Equal(cancel.Status == HttpStatusCode.OK ? "cancelled" : "completed", status);
            Assert.Equal(run.GetRawText(), later.GetRawText());
            Assert.True(status == "cancelled" || (await _api.TextsAsync(thread)).Length == 2);
        }
    }

    [Fact]
    public async Task MessagesAndRunsOnOneThread_LetOneRunIn()
    {
        _app.Model.Always(reply => reply.HangAsync());
        var assistant = await _api.NewAssistantAsync();

        for (var round = 0; round < Effort.Of(3, 200); round++)
        {
            var thread = await _api.NewThreadAsync("Hello");

            var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(number => number % 2 == 0
                ? _api.SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}"}""")
                : _api.SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", $$"""{"role":"user","content":"{{number}}"}""")));

            var run = Assert.Single(answers.Where((_, number) => number % 2 == 0), answer => answer.Status == HttpStatusCode.OK).Body.GetProperty("id").GetString();
            Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer =>
            {
                Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
                Assert.Contains(run!, answer.Body.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
            });
            await _api.PostAsync($"/v1/threads/{thread}/runs/{run}/cancel");
        }
    }

    [Fact]
    public async Task RunsAgainstAnEnd_StartOneAtATime()
    {
        _app.Model.Always(reply => reply.EventsAsync(Created, Done(Message("Yes.")), Completed()));
        var (assistant, thread) = (await _api.NewAssistantAsync(), await _api.NewThreadAsync("Hello"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ =>
            _api.SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}"}""")));
        var started = answers.Where(answer => answer.Status == HttpStatusCode.OK).Select(answer => answer.Body.GetProperty("id").GetString()!).ToList();
        foreach (var run in started)
        {
            await _api.SettledAsync($"/v1/threads/{thread}/runs/{run}");
        }

        // Each run found the answers of all runs before it, so no two of them overlapped.
        Assert.Equal(started.Count + 1, (await _api.TextsAsync(thread)).Length);
        Assert.Equal(
            Enumerable.Range(1, started.Count), _app.Model.Calls.Select(call => call.Json.GetProperty("input").GetArrayLength()).Order());
    }
}
