using System.Text.Json;

namespace AssistantsMcp.Tests.Runs;

/// <summary>Runs, steps and messages of a finished run, field by field. The sandbox answers; the clock stands still.</summary>
public sealed class StepTests(OpenApp open) : IClassFixture<OpenApp>
{
    private readonly WireCaller _caller = new(open.App, "sandbox");

    [Fact]
    public async Task FinishedRun_ShowsEveryField()
    {
        var (assistant, thread, run) = await RunAsync("say: Aye.");

        var step = Assert.Single((await _caller.GetAsync($"/threads/{thread}/runs/{run}/steps")).Ok().Json.GetProperty("data").EnumerateArray());
        var message = (await _caller.GetAsync($"/threads/{thread}/messages?run_id={run}")).Json.GetProperty("data")[0];
        var ended = await _caller.GetAsync($"/threads/{thread}/runs/{run}");
        var (stepId, messageId, usage) = (step.GetProperty("id").GetString(), message.GetProperty("id").GetString(), ended["usage"]);
        Assert.Matches("^step_[A-Za-z0-9]{24}$", stepId);
        Assert.Equal(
            $$$"""{"id":"{{{stepId}}}","object":"thread.run.step","created_at":1790000000,"run_id":"{{{run}}}","assistant_id":"{{{assistant}}}","thread_id":"{{{thread}}}","type":"message_creation","status":"completed","cancelled_at":null,"completed_at":1790000000,"expires_at":null,"expired_at":null,"failed_at":null,"last_error":null,"step_details":{"type":"message_creation","message_creation":{"message_id":"{{{messageId}}}"}},"metadata":{},"usage":{{{usage}}}}""",
            step.GetRawText());
        Assert.Equal(
            $$$"""{"id":"{{{messageId}}}","object":"thread.message","created_at":1790000000,"assistant_id":"{{{assistant}}}","thread_id":"{{{thread}}}","run_id":"{{{run}}}","status":"completed","incomplete_details":null,"incomplete_at":null,"completed_at":1790000000,"role":"assistant","content":[{"type":"text","text":{"value":"Aye.","annotations":[]}}],"attachments":[],"metadata":{}}""",
            message.GetRawText());
        Assert.Matches(
            """^\{"prompt_tokens":\d+,"completion_tokens":1,"total_tokens":\d+,"prompt_token_details":\{"cached_tokens":0\},"completion_tokens_details":\{"reasoning_tokens":0\}\}$""",
            usage);
        ended.AssertObject(
            $$"""{"id":"ID","object":"thread.run","created_at":1790000000,"assistant_id":"{{assistant}}","thread_id":"{{thread}}","status":"completed","started_at":1790000000,"expires_at":null,"cancelled_at":null,"failed_at":null,"completed_at":1790000000,"required_action":null,"last_error":null,"model":"m","instructions":null,"tools":[],"tool_resources":{},"metadata":{},"temperature":1.0,"top_p":1.0,"reasoning_effort":null,"max_completion_tokens":null,"max_prompt_tokens":null,"truncation_strategy":{"type":"auto","last_messages":null},"incomplete_details":null,"usage":{{usage}},"response_format":"auto","tool_choice":"auto","parallel_tool_calls":true}""");
    }

    [Fact]
    public async Task FailedRun_ShowsItsErrorAndZeros()
    {
        var (_, thread, run) = await RunAsync("fail: rate_limit");

        var ended = await _caller.GetAsync($"/threads/{thread}/runs/{run}");

        Assert.Equal(("\"failed\"", "1790000000", "null", "null"), (ended["status"], ended["failed_at"], ended["expires_at"], ended["completed_at"]));
        Assert.Equal("rate_limit_exceeded", ended.Json.GetProperty("last_error").GetProperty("code").GetString());
        Assert.Equal(
            """{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0,"prompt_token_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}""",
            ended["usage"]);
    }

    [Fact]
    public async Task RunThatHasEnded_TakesMetadata()
    {
        var (_, thread, run) = await RunAsync("say: Aye.");

        var modified = await _caller.PostAsync($"/threads/{thread}/runs/{run}", """{"metadata":{"seen":"yes"}}""");

        Assert.Equal(("""{"seen":"yes"}""", "\"completed\""), (modified.Ok()["metadata"], modified["status"]));
    }

    [Fact]
    public async Task MessageThatIsDeleted_IsStillNamedByItsStep()
    {
        var (_, thread, run) = await RunAsync("say: Aye.");
        var message = (await _caller.GetAsync($"/threads/{thread}/messages?run_id={run}")).Ids.Single();

        (await _caller.DeleteAsync($"/threads/{thread}/messages/{message}")).Ok();

        var step = (await _caller.GetAsync($"/threads/{thread}/runs/{run}/steps")).Json.GetProperty("data")[0];
        Assert.Equal(message, step.GetProperty("step_details").GetProperty("message_creation").GetProperty("message_id").GetString());
        (await _caller.GetAsync($"/threads/{thread}/runs/{run}")).Ok();
    }

    [Theory]
    [InlineData("include[]=step_details.tool_calls[*].file_search.results[*].content")]
    [InlineData("include%5B%5D=step_details.tool_calls%5B%2A%5D.file_search.results%5B%2A%5D.content")]
    public async Task Include_IsTakenInBothSpellings(string include)
    {
        var (assistant, thread, run) = await RunAsync("say: Aye.");

        var steps = await _caller.GetAsync($"/threads/{thread}/runs/{run}/steps?{include}");
        var step = await _caller.GetAsync($"/threads/{thread}/runs/{run}/steps/{steps.Ok().Ids.Single()}?{include}");

        Assert.Equal(steps.Json.GetProperty("data")[0].GetRawText(), step.Ok().Text);
        (await _caller.PostAsync($"/threads/{thread}/runs?{include}", $$"""{"assistant_id":"{{assistant}}"}""")).Ok();
    }

    /// <summary>Runs on a new thread and follows the run to its end.</summary>
    private async Task<(string Assistant, string Thread, string Run)> RunAsync(string message)
    {
        var assistant = await _caller.CreateAssistantAsync();
        var thread = await _caller.CreateThreadAsync($$"""{"messages":[{"role":"user","content":"{{message}}"}]}""");
        var stream = await _caller.PostAsync($"/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","stream":true}""");
        return (assistant, thread, JsonElement.Parse(stream.Ok().Text.Split("data: ")[1].Split('\n')[0]).GetProperty("id").GetString()!);
    }
}
