using System.Net;
using System.Text.Json;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Runs;

/// <summary>Runs as a polling client sees them, and what the model server is asked.</summary>
public sealed class RunTests : IAsyncLifetime
{
    private RunApp _app = null!;
    private RestClient _api = null!;

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync();
        _api = _app.As();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task TextRun_IsAnsweredAndRecorded()
    {
        _app.Model.NextEvents(Created, Added(EmptyMessage()), TextDelta("Good "), TextDelta("day."), Done(Message("Good day.")), Completed());
        var assistant = await _api.NewAssistantAsync("\"model\":\"gpt-6-luna\",\"instructions\":\"Be polite.\"");
        var thread = await _api.NewThreadAsync("Hello");

        var created = await _api.PostAsync($"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}"}""");
        var path = $"/v1/threads/{thread}/runs/{created.GetProperty("id").GetString()}";
        var run = await _api.SettledAsync(path);

        Assert.Equal("queued", created.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, created.GetProperty("started_at").ValueKind);
        Assert.Equal(created.GetProperty("created_at").GetInt64() + 600, created.GetProperty("expires_at").GetInt64());
        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, run.GetProperty("expires_at").ValueKind);
        Assert.Equal(
            """{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18,"prompt_token_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":3}}""",
            run.GetProperty("usage").GetRawText());
        Assert.Equal(["Hello", "Good day."], await _api.TextsAsync(thread));

        var message = (await _api.GetAsync($"/v1/threads/{thread}/messages?limit=1")).GetProperty("data")[0];
        Assert.Equal(created.GetProperty("id").GetString(), message.GetProperty("run_id").GetString());
        Assert.Equal(assistant, message.GetProperty("assistant_id").GetString());

        var step = (await _api.GetAsync($"{path}/steps")).GetProperty("data")[0];
        Assert.Equal("completed", step.GetProperty("status").GetString());
        Assert.Equal(
            $$$"""{"type":"message_creation","message_creation":{"message_id":"{{{message.GetProperty("id").GetString()}}}"}}""",
            step.GetProperty("step_details").GetRawText());
        Assert.Equal(run.GetProperty("usage").GetRawText(), step.GetProperty("usage").GetRawText());
        Assert.Equal(step.GetRawText(), (await _api.GetAsync($"{path}/steps/{step.GetProperty("id").GetString()}")).GetRawText());
    }

    [Fact]
    public async Task MessagesOfRun_AreFoundByRunId()
    {
        _app.Model.NextEvents(Created, Done(Message("One.")), Completed()).NextEvents(Created, Done(Message("Two.")), Completed());
        var assistant = await _api.NewAssistantAsync();
        var thread = await _api.NewThreadAsync("Hello");
        await _api.SettledAsync(await _api.NewRunAsync(thread, assistant));
        var second = await _api.SettledAsync(await _api.NewRunAsync(thread, assistant));

        var page = await _api.GetAsync($"/v1/threads/{thread}/messages?run_id={second.GetProperty("id").GetString()}");

        Assert.Equal(["Two."], page.GetProperty("data").EnumerateArray().Select(RestClient.Text));
    }

    [Fact]
    public async Task ModelServer_GetsTheEffectiveValues()
    {
        _app.Model.NextEvents(Created, Done(Message("Yes.")), Completed());
        var assistant = await _api.NewAssistantAsync("\"model\":\"gpt-4o\",\"instructions\":\"Old.\",\"temperature\":0.5");
        var thread = await _api.NewThreadAsync("Hello");

        var path = await _api.NewRunAsync(
            thread,
            assistant,
            """
            "model":"gpt-6-luna","instructions":"New.","additional_instructions":"And short.","temperature":0.2,"max_completion_tokens":300,
            "additional_messages":[{"role":"user","content":"Again"}],"metadata":{"a":"b"}
            """);
        var run = await _api.SettledAsync(path);

        var sent = Assert.Single(_app.Model.Calls).Json;
        Assert.Equal("gpt-6-luna", sent.GetProperty("model").GetString());
        Assert.Equal("New.\n\nAnd short.", sent.GetProperty("instructions").GetString());
        Assert.Equal(0.2, sent.GetProperty("temperature").GetDouble());
        Assert.Equal(300, sent.GetProperty("max_output_tokens").GetInt32());
        Assert.Equal(["Hello", "Again"], sent.GetProperty("input").EnumerateArray().Select(item => item.GetProperty("content")[0].GetProperty("text").GetString()));
        Assert.Equal("New.", run.GetProperty("instructions").GetString());
        Assert.Equal("""{"a":"b"}""", run.GetProperty("metadata").GetRawText());
        Assert.Equal(["Hello", "Again", "Yes."], await _api.TextsAsync(thread));
    }

    [Fact]
    public async Task LastMessages_AreAllTheModelSees()
    {
        _app.Model.NextEvents(Created, Done(Message("Yes.")), Completed());
        var thread = await _api.NewThreadAsync("One", "Two", "Three");

        await _api.SettledAsync(await _api.NewRunAsync(
            thread, await _api.NewAssistantAsync(), "\"truncation_strategy\":{\"type\":\"last_messages\",\"last_messages\":2}"));

        var input = Assert.Single(_app.Model.Calls).Json.GetProperty("input");
        Assert.Equal(["Two", "Three"], input.EnumerateArray().Select(item => item.GetProperty("content")[0].GetProperty("text").GetString()));
    }

    [Fact]
    public async Task LastMessagesWithoutNumber_IsRefused()
    {
        var (assistant, thread) = (await _api.NewAssistantAsync(), await _api.NewThreadAsync("Hello"));

        var (status, error) = await _api.RefusedAsync(
            HttpMethod.Post, $"/v1/threads/{thread}/runs", $$$"""{"assistant_id":"{{{assistant}}}","truncation_strategy":{"type":"last_messages"}}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("Missing required parameter: 'truncation_strategy.last_messages'.", error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task EmptyThreadWithoutInstructions_IsRefused()
    {
        var (assistant, thread) = (await _api.NewAssistantAsync(), await _api.NewThreadAsync());

        var (status, error) = await _api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(
            """{"message":"Run creation requires a Thread with a user message or an assistant with instructions.","type":"invalid_request_error","param":null,"code":"invalid_thread"}""",
            error.GetRawText());
    }

    [Theory]
    [InlineData("\"instructions\":\"Speak.\"")]
    [InlineData("\"additional_messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]")]
    public async Task EmptyThread_RunsWithInstructionsOrMessagesOfTheRun(string fields)
    {
        _app.Model.NextEvents(Created, Done(Message("Yes.")), Completed());
        var path = await _api.NewRunAsync(await _api.NewThreadAsync(), await _api.NewAssistantAsync(), fields);

        var run = await _api.SettledAsync(path);

        Assert.Equal("completed", run.GetProperty("status").GetString());
    }

    [Fact]
    public async Task HostedTool_IsRefusedByName()
    {
        var assistant = await _api.NewAssistantAsync("\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"code_interpreter\"}]");
        var thread = await _api.NewThreadAsync("Hello");

        var (status, error) = await _api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}"}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("tools", error.GetProperty("param").GetString());
        Assert.Contains("'code_interpreter'", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThreadAndRun_AreMadeTogether()
    {
        _app.Model.NextEvents(Created, Done(Message("Yes.")), Completed());
        var assistant = await _api.NewAssistantAsync();

        var run = await _api.PostAsync(
            "/v1/threads/runs",
            $$$"""{"assistant_id":"{{{assistant}}}","thread":{"messages":[{"role":"user","content":"Hello"}],"metadata":{"a":"b"} } }""");

        var thread = run.GetProperty("thread_id").GetString()!;
        await _api.SettledAsync($"/v1/threads/{thread}/runs/{run.GetProperty("id").GetString()}");
        Assert.Equal("""{"a":"b"}""", (await _api.GetAsync($"/v1/threads/{thread}")).GetProperty("metadata").GetRawText());
        Assert.Equal(["Hello", "Yes."], await _api.TextsAsync(thread));
    }

    [Fact]
    public async Task AssistantThatChangesLater_DoesNotTouchTheRun()
    {
        var answer = new TaskCompletionSource();
        _app.Model.Next(async reply =>
        {
            await answer.Task;
            await reply.EventsAsync(Created, Done(Message("Yes.")), Completed());
        });
        var assistant = await _api.NewAssistantAsync("\"model\":\"gpt-6-luna\",\"instructions\":\"Old.\"");
        var path = await _api.NewRunAsync(await _api.NewThreadAsync("Hello"), assistant);

        await _api.PostAsync($"/v1/assistants/{assistant}", """{"instructions":"New."}""");
        await _api.DeleteAsync($"/v1/assistants/{assistant}");
        answer.SetResult();
        var run = await _api.SettledAsync(path);

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal("Old.", run.GetProperty("instructions").GetString());
    }

    [Fact]
    public async Task MetadataChangedDuringTheRun_IsKept()
    {
        var answer = new TaskCompletionSource();
        _app.Model.Next(async reply =>
        {
            await answer.Task;
            await reply.EventsAsync(Created, Done(Message("Yes.")), Completed());
        });
        var path = await _api.NewRunAsync(await _api.NewThreadAsync("Hello"), await _api.NewAssistantAsync());
        await _app.Model.ArrivalAsync();

        await _api.PostAsync(path, """{"metadata":{"seen":"yes"}}""");
        answer.SetResult();
        var run = await _api.SettledAsync(path);

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal("""{"seen":"yes"}""", run.GetProperty("metadata").GetRawText());
    }

    [Fact]
    public async Task FiftyRunsAtOnceOnOneThread_ExactlyOneWins()
    {
        _app.Model.Always(reply => reply.HangAsync());
        var (assistant, thread) = (await _api.NewAssistantAsync(), await _api.NewThreadAsync("Hello"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ =>
            _api.SendAsync(HttpMethod.Post, $"/v1/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}"}""")));

        var winner = Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK).Body.GetProperty("id").GetString();
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer =>
        {
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Equal($"Thread {thread} already has an active run {winner}.", answer.Body.GetProperty("error").GetProperty("message").GetString());
        });
    }

    [Fact]
    public async Task MessageDuringARun_IsRefused()
    {
        _app.Model.Always(reply => reply.HangAsync());
        var thread = await _api.NewThreadAsync("Hello");
        var path = await _api.NewRunAsync(thread, await _api.NewAssistantAsync());

        var (status, error) = await _api.RefusedAsync(HttpMethod.Post, $"/v1/threads/{thread}/messages", """{"role":"user","content":"More"}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal($"Can't add messages to {thread} while a run {path.Split('/')[^1]} is active.", error.GetProperty("message").GetString());
        Assert.Equal(["Hello"], await _api.TextsAsync(thread));
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"additional_messages\":[{\"role\":\"user\",\"content\":\"Hi\",\"attachments\":[{\"file_id\":\"file-a\",\"tools\":[{\"type\":\"file_search\"}]}]}]")]
    public async Task RunWithNeitherThreadNorAssistant_IsToldOfTheThread(string fields)
    {
        var (_, error) = await _api.RefusedAsync(HttpMethod.Post, "/v1/threads/thread_gone/runs", $$"""{"assistant_id":"asst_gone"{{fields}}}""");

        Assert.Equal("No thread found with id 'thread_gone'.", error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task RunOfAnotherThread_IsNotFound()
    {
        _app.Model.NextEvents(Created, Done(Message("Yes.")), Completed());
        var path = await _api.NewRunAsync(await _api.NewThreadAsync("Hello"), await _api.NewAssistantAsync());
        await _api.SettledAsync(path);
        var runId = path.Split('/')[^1];

        var (status, error) = await _api.RefusedAsync(HttpMethod.Get, $"/v1/threads/{await _api.NewThreadAsync()}/runs/{runId}");

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal($"No run found with id '{runId}'.", error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task ModelThatRefuses_FailsTheRunWithItsReason()
    {
        _app.Model.NextStatus(400, """{"error":{"message":"Unsupported parameter.","type":"invalid_request_error","param":null,"code":null}}""");
        var thread = await _api.NewThreadAsync("Hello");

        var run = await _api.SettledAsync(await _api.NewRunAsync(thread, await _api.NewAssistantAsync()));

        Assert.Equal("failed", run.GetProperty("status").GetString());
        Assert.Equal("invalid_prompt", run.GetProperty("last_error").GetProperty("code").GetString());
        Assert.Contains("Unsupported parameter.", run.GetProperty("last_error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.NotEqual(JsonValueKind.Null, run.GetProperty("failed_at").ValueKind);
        Assert.Equal(0, run.GetProperty("usage").GetProperty("total_tokens").GetInt64());
        await _api.PostAsync($"/v1/threads/{thread}/messages", """{"role":"user","content":"The thread is free again."}""");
    }

    [Fact]
    public async Task StreamThatIsCut_FailsTheRunAndKeepsTheTextAsIncomplete()
    {
        _app.Model.Next(async reply => await reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta("Half an ans")));
        var thread = await _api.NewThreadAsync("Hello");
        var path = await _api.NewRunAsync(thread, await _api.NewAssistantAsync());

        var run = await _api.SettledAsync(path);

        Assert.Equal("failed", run.GetProperty("status").GetString());
        Assert.Equal("server_error", run.GetProperty("last_error").GetProperty("code").GetString());
        var message = (await _api.GetAsync($"/v1/threads/{thread}/messages")).GetProperty("data")[0];
        Assert.Equal("incomplete", message.GetProperty("status").GetString());
        Assert.Equal("""{"reason":"run_failed"}""", message.GetProperty("incomplete_details").GetRawText());
        Assert.Equal("Half an ans", RestClient.Text(message));
        var step = (await _api.GetAsync($"{path}/steps")).GetProperty("data")[0];
        Assert.Equal("failed", step.GetProperty("status").GetString());
        Assert.Equal("server_error", step.GetProperty("last_error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task AnswerThatWasCutOff_EndsIncomplete()
    {
        _app.Model.NextEvents(
            Created, Added(EmptyMessage()), TextDelta("Once upon"), Done(Message("Once upon", status: "incomplete")), Incomplete("max_output_tokens"));
        var thread = await _api.NewThreadAsync("Hello");
        var path = await _api.NewRunAsync(thread, await _api.NewAssistantAsync());

        var run = await _api.SettledAsync(path);

        Assert.Equal("incomplete", run.GetProperty("status").GetString());
        Assert.Equal("""{"reason":"max_completion_tokens"}""", run.GetProperty("incomplete_details").GetRawText());
        Assert.NotEqual(JsonValueKind.Null, run.GetProperty("completed_at").ValueKind);
        var message = (await _api.GetAsync($"/v1/threads/{thread}/messages")).GetProperty("data")[0];
        Assert.Equal("""{"reason":"max_tokens"}""", message.GetProperty("incomplete_details").GetRawText());
        Assert.Equal("completed", (await _api.GetAsync($"{path}/steps")).GetProperty("data")[0].GetProperty("status").GetString());
    }

    [Fact]
    public async Task PollHelperOfAnSdk_IsToldToAskAgainSoon()
    {
        _app.Model.NextEvents(Created, Done(Message("Yes.")), Completed());
        var path = await _api.NewRunAsync(await _api.NewThreadAsync("Hello"), await _api.NewAssistantAsync());
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Authorization", "Bearer sk-test");
        request.Headers.Add("OpenAI-Beta", "assistants=v2");
        request.Headers.Add("X-Stainless-Poll-Helper", "true");

        using var response = await _app.App.Http.SendAsync(request);

        Assert.Equal("100", Assert.Single(response.Headers.GetValues("openai-poll-after-ms")));
    }
}
