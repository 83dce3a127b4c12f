using System.Net;
using Microsoft.Extensions.Time.Testing;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Api;

/// <summary>Requests that are sent again with the same <c>Idempotency-Key</c>.</summary>
public sealed class IdempotencyTests : IAsyncLifetime
{
    private const string Canary = "canary-5bY1-order-66";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000));
    private RunApp _app = null!;
    private RestClient _api = null!;

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync(_time);
        _api = _app.As();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("/v1/assistants", """{"model":"gpt-6-luna"}""")]
    [InlineData("/v1/threads", "{}")]
    [InlineData("/v1/threads", null)]
    public async Task RepeatedCreation_GetsTheFirstAnswer(string path, string? body)
    {
        var first = await _api.Once("k").SendAsync(HttpMethod.Post, path, body);
        var again = await _api.Once("k").SendAsync(HttpMethod.Post, path, body);
        var other = await _api.Once("l").SendAsync(HttpMethod.Post, path, body);

        Assert.Equal((HttpStatusCode.OK, first.Text, true), (again.Status, again.Text, again.IsReplayed));
        Assert.False(first.IsReplayed || other.IsReplayed);
        Assert.NotEqual(first.Text, other.Text);
        Assert.Equal(2, (await _api.GetAsync(path)).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task RepeatedMessage_StandsInItsThreadOnce()
    {
        var thread = await _api.NewThreadAsync();

        var first = await _api.Once("k").PostAsync($"/v1/threads/{thread}/messages", """{"role":"user","content":"Once."}""");
        var again = await _api.Once("k").PostAsync($"/v1/threads/{thread}/messages", """{"role":"user","content":"Once."}""");

        Assert.Equal(first.GetRawText(), again.GetRawText());
        Assert.Equal(["Once."], await _api.TextsAsync(thread));
    }

    [Fact]
    public async Task RepeatedRunAndOutputs_ReachTheModelOnce()
    {
        _app.Model.NextEvents(Created, Done(Call("tide", "{}", "call_a")), Completed()).NextEvents(Created, Done(Message("High.")), Completed());
        var assistant = await _api.NewAssistantAsync("\"model\":\"m\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"tide\"}}]");
        var body = $$$"""{"assistant_id":"{{{assistant}}}","thread":{"messages":[{"role":"user","content":"Hi"}]}}""";
        var outputs = """{"tool_outputs":[{"tool_call_id":"call_a","output":"3"}]}""";

        var run = await _api.Once("run").SendAsync(HttpMethod.Post, "/v1/threads/runs", body);
        var thread = run.Body.GetProperty("thread_id").GetString()!;
        var path = $"/v1/threads/{thread}/runs/{run.Body.GetProperty("id").GetString()}";
        await _api.SettledAsync(path);
        var runAgain = await _api.Once("run").SendAsync(HttpMethod.Post, "/v1/threads/runs", body);
        var submitted = await _api.Once("outputs").SendAsync(HttpMethod.Post, $"{path}/submit_tool_outputs", outputs);
        await _api.SettledAsync(path);
        var submittedAgain = await _api.Once("outputs").SendAsync(HttpMethod.Post, $"{path}/submit_tool_outputs", outputs);

        Assert.Equal((run.Text, true), (runAgain.Text, runAgain.IsReplayed));
        Assert.Equal((submitted.Text, true), (submittedAgain.Text, submittedAgain.IsReplayed));
        Assert.Equal("queued", submittedAgain.Body.GetProperty("status").GetString());
        Assert.Equal(["Hi", "High."], await _api.TextsAsync(thread));
        Assert.Equal(2, _app.Model.Calls.Count);
    }

    [Fact]
    public async Task TwentyTwins_MakeOneObject()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(
            _ => _api.Once("k").SendAsync(HttpMethod.Post, "/v1/threads", """{"messages":[{"role":"user","content":"Hi"}]}""")));

        Assert.Single(answers.Select(answer => answer.Text).Distinct());
        Assert.Equal(19, answers.Count(answer => answer.IsReplayed));
        Assert.Equal(1, (await _api.GetAsync("/v1/threads")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task SameFieldsInAnotherOrder_AreTheSameRequest()
    {
        var first = await _api.Once("k").PostAsync("/v1/assistants", """{"model":"m","metadata":{"a":"1","b":"2"}}""");
        var again = await _api.Once("k").PostAsync("/v1/assistants", """{ "metadata": {"b":"2", "a":"\u0031"}, "model": "m" }""");

        Assert.Equal(first.GetRawText(), again.GetRawText());
    }

    [Theory]
    [InlineData("/v1/assistants", """{"model":"other"}""")]
    [InlineData("/v1/assistants?x=1", """{"model":"m"}""")]
    [InlineData("/v1/threads", "{}")]
    public async Task OtherRequestWithTheSameKey_IsRefused(string path, string body)
    {
        var first = await _api.Once("k").PostAsync("/v1/assistants", """{"model":"m"}""");

        var (status, error) = await _api.Once("k").RefusedAsync(HttpMethod.Post, path, body);
        var again = await _api.Once("k").PostAsync("/v1/assistants", """{"model":"m"}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(
            """{"message":"This 'Idempotency-Key' was used for another request within the last 24 hours. Send a request that is to be repeated exactly as it was, and any other with a key of its own.","type":"invalid_request_error","param":null,"code":"idempotency_key_reuse"}""",
            error.GetRawText());
        Assert.Equal(first.GetRawText(), again.GetRawText());
    }

    [Fact]
    public async Task KeyOfAnotherTenant_IsAnotherKey()
    {
        var mine = await _api.Once("k").PostAsync("/v1/assistants", """{"model":"m"}""");
        var theirs = await _app.As("sk-other").Once("k").SendAsync(HttpMethod.Post, "/v1/assistants", """{"model":"other"}""");

        Assert.False(theirs.IsReplayed);
        Assert.NotEqual(mine.GetProperty("id").GetString(), theirs.Body.GetProperty("id").GetString());
    }

    [Fact]
    public async Task RefusalOfTheExecution_IsTheAnswerOfEachRepeat()
    {
        _app.Model.Always(reply => reply.HangAsync());
        var (thread, assistant) = (await _api.NewThreadAsync("Hi"), await _api.NewAssistantAsync());
        var run = await _api.NewRunAsync(thread, assistant);
        var message = """{"role":"user","content":"More."}""";

        var locked = await _api.Once("locked").SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", message);
        var missing = await _api.Once("missing").SendAsync(HttpMethod.Post, "/v1/threads/thread_none/messages", message);
        await _api.PostAsync($"{run}/cancel");
        await _api.SettledAsync(run);
        var lockedAgain = await _api.Once("locked").SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", message);
        var missingAgain = await _api.Once("missing").SendAsync(HttpMethod.Post, "/v1/threads/thread_none/messages", message);

        Assert.Equal((HttpStatusCode.BadRequest, locked.Text, true), (lockedAgain.Status, lockedAgain.Text, lockedAgain.IsReplayed));
        Assert.Equal((HttpStatusCode.NotFound, missing.Text, true), (missingAgain.Status, missingAgain.Text, missingAgain.IsReplayed));
        Assert.False(locked.IsReplayed || missing.IsReplayed);
        Assert.Equal(["Hi"], await _api.TextsAsync(thread));
    }

    [Theory]
    [InlineData("/v1/assistants", """{"model":5}""")]
    [InlineData("/v1/assistants", "{")]
    [InlineData("/v1/threads/runs", """{"assistant_id":"thread_1"}""")]
    public async Task InvalidRequest_LeavesTheKeyFree(string path, string body)
    {
        var (status, _) = await _api.Once("k").RefusedAsync(HttpMethod.Post, path, body);
        var corrected = await _api.Once("k").SendAsync(HttpMethod.Post, "/v1/assistants", """{"model":"m"}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal((HttpStatusCode.OK, false), (corrected.Status, corrected.IsReplayed));
    }

    [Fact]
    public async Task Answer_IsKeptForADay()
    {
        var first = await _api.Once("k").PostAsync("/v1/assistants", """{"model":"m"}""");
        _time.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        var again = await _api.Once("k").PostAsync("/v1/assistants", """{"model":"m"}""");
        _time.Advance(TimeSpan.FromSeconds(1));
        var nextDay = await _api.Once("k").PostAsync("/v1/assistants", """{"model":"other"}""");
        var nextDayAgain = await _api.Once("k").PostAsync("/v1/assistants", """{"model":"other"}""");

        Assert.Equal(first.GetRawText(), again.GetRawText());
        Assert.Equal("other", nextDay.GetProperty("model").GetString());
        Assert.Equal(nextDay.GetRawText(), nextDayAgain.GetRawText());
    }

    [Fact]
    public async Task OldAnswers_AreDeleted()
    {
        foreach (var key in Enumerable.Range(0, 5))
        {
            await _api.Once($"k{key}").PostAsync("/v1/threads");
        }

        Assert.Equal(5, await CountAnswersAsync());
        _time.Advance(TimeSpan.FromHours(25));
        await _api.Once("new").PostAsync("/v1/threads");

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await CountAnswersAsync() != 1)
        {
            await Task.Delay(10, patience.Token);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\u007f")]
    [InlineData("a\tb")]
    [InlineData(null)]
    public async Task MalformedKey_IsRefused(string? key)
    {
        var (status, error) = await _api.Once(key ?? new string('k', 256)).RefusedAsync(HttpMethod.Post, "/v1/threads");
        var longest = await _api.Once(new string('k', 255)).SendAsync(HttpMethod.Post, "/v1/threads");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("Invalid 'Idempotency-Key': expected one header of 1 to 255 printable ASCII characters, such as a UUID.", error.GetProperty("message").GetString());
        Assert.Equal("invalid_idempotency_key", error.GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.OK, longest.Status);
    }

    [Fact]
    public async Task RequestThatCreatesNothing_IsDoneEachTime()
    {
        var assistant = await _api.NewAssistantAsync();

        var first = await _api.Once("k").PostAsync($"/v1/assistants/{assistant}", """{"name":"A"}""");
        var second = await _api.Once("k").PostAsync($"/v1/assistants/{assistant}", """{"name":"B"}""");

        Assert.Equal(("A", "B"), (first.GetProperty("name").GetString(), second.GetProperty("name").GetString()));
        Assert.Equal("B", (await _api.Once("k").GetAsync($"/v1/assistants/{assistant}")).GetProperty("name").GetString());
    }

    [Fact]
    public async Task Key_IsKnownByItsHashOnly()
    {
        await _api.Once(Canary).PostAsync("/v1/threads");
        await _api.Once(Canary).RefusedAsync(HttpMethod.Post, "/v1/assistants", """{"model":"m"}""");

        Assert.Equal(1, await CountAnswersAsync());
        Assert.DoesNotContain(_app.App.Log.Lines, line => line.Contains(Canary, StringComparison.Ordinal));
        Assert.DoesNotContain(await _app.App.Database.DumpAsync(), file => file.Contains(Canary, StringComparison.Ordinal));
    }

    private async Task<long> CountAnswersAsync()
    {
        await using var connection = await _app.App.Database.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM idempotency_keys";
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
