using static AssistantsMcp.Tests.Models.BackendApp;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Models;

/// <summary>What each kind of model server is told differently, and what it is never told, through <c>/v1</c>.</summary>
public sealed class BackendDialectTests
{
    private const string Sealed = """{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gAAAAAB"}""";
    private const string Shown = """{"id":"rs_2","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"Tides first."}],"encrypted_content":null}""";
    private const string Plain = """{"id":"rs_3","type":"reasoning","summary":[],"encrypted_content":"Tides first."}""";
    private const string Hollow = """{"id":"rs_4","type":"reasoning","summary":[]}""";

    [Theory]
    [InlineData("openai", "include,prompt_cache_key,stream_options")]
    [InlineData("azure", "include")]
    [InlineData("ollama", "")]
    [InlineData("vllm", "")]
    [InlineData("llamacpp", "")]
    [InlineData("openrouter", "")]
    [InlineData("generic", "")]
    public async Task PlainRun_CarriesOnlyWhatThatServerKnows(string profile, string extras)
    {
        await using var app = await StartAsync(profile);
        app.Model.NextEvents(Done(Message("Hi.")), Completed());

        var run = await app.RunAsync();

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.False(app.Requests[0].GetProperty("store").GetBoolean());
        Assert.Equal(
            ["model", "input", "stream", "store", .. extras.Split(',', StringSplitOptions.RemoveEmptyEntries)],
            app.Requests[0].EnumerateObject().Select(field => field.Name));
    }

    [Theory]
    [InlineData("openai", "rs_1")]
    [InlineData("azure", "rs_1")]
    [InlineData("ollama", "rs_3")]
    [InlineData("vllm", "rs_2")]
    [InlineData("llamacpp", "rs_2")]
    [InlineData("openrouter", "rs_1,rs_2,rs_3")]
    [InlineData("generic", "rs_1,rs_2,rs_3")]
    public async Task Reasoning_IsReplayedInTheFormThatTheServerMakes(string profile, string replayed)
    {
        await using var app = await StartAsync(profile);
        app.Model
            .NextEvents(Done(Sealed), Done(Shown, 1), Done(Plain, 2), Done(Hollow, 3), Done(Call("tide", "{}"), 4), Completed())
            .NextEvents(Done(Message("3.2 m.")), Completed());

        await app.RunAsync(Tide);
        await app.SubmitAsync();

        Assert.Equal(replayed.Split(','), app.Items(1).Where(item => item.GetProperty("type").GetString() == "reasoning").Select(item => item.GetProperty("id").GetString()));
    }

    [Theory]
    [InlineData("openai", """{"format":{"type":"json_object"}}""")]
    [InlineData("azure", """{"format":{"type":"json_object"}}""")]
    [InlineData("ollama", """{"format":{"type":"json_schema","name":"json_object","schema":{"type":"object"}}}""")]
    [InlineData("vllm", """{"format":{"type":"json_schema","name":"json_object","schema":{"type":"object"}}}""")]
    [InlineData("llamacpp", null)]
    [InlineData("openrouter", """{"format":{"type":"json_object"}}""")]
    [InlineData("generic", """{"format":{"type":"json_object"}}""")]
    public async Task JsonObject_IsAskedForInTheWayThatHasAnEffect(string profile, string? text)
    {
        await using var app = await StartAsync(profile);
        app.Model.NextEvents(Done(Message("{}")), Completed());

        await app.RunAsync(fields: "\"response_format\":{\"type\":\"json_object\"}");

        Assert.Equal(text, app.Requests[0].TryGetProperty("text", out var sent) ? sent.GetRawText() : null);
    }

    [Theory]
    [InlineData("openai", "{\"type\":\"function\",\"name\":\"wind\"}", 2)]
    [InlineData("azure", "{\"type\":\"function\",\"name\":\"wind\"}", 2)]
    [InlineData("ollama", "{\"type\":\"function\",\"name\":\"wind\"}", 1)]
    [InlineData("vllm", "{\"type\":\"function\",\"name\":\"wind\"}", 2)]
    [InlineData("llamacpp", "\"required\"", 1)]
    [InlineData("openrouter", "{\"type\":\"function\",\"name\":\"wind\"}", 2)]
    [InlineData("generic", "{\"type\":\"function\",\"name\":\"wind\"}", 2)]
    public async Task NamedTool_IsForced(string profile, string choice, int offered)
    {
        await using var app = await StartAsync(profile);
        app.Model.NextEvents(Done(Message("Hi.")), Completed());

        await app.RunAsync($"{Tide},{Wind}", "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"wind\"}}");

        Assert.Equal(choice, app.Requests[0].GetProperty("tool_choice").GetRawText());
        Assert.Equal(offered, app.Requests[0].GetProperty("tools").GetArrayLength());
        Assert.All(app.Requests[0].GetProperty("tools").EnumerateArray(), tool => Assert.False(tool.GetProperty("strict").GetBoolean()));
    }

    [Theory]
    [InlineData("openai", true)]
    [InlineData("azure", true)]
    [InlineData("ollama", false)]
    [InlineData("vllm", false)]
    [InlineData("llamacpp", false)]
    [InlineData("openrouter", false)]
    [InlineData("generic", false)]
    public async Task RefusalsAndArguments_AreReplayedVerbatimOnlyWhereTheyAreRead(string profile, bool isVerbatim)
    {
        const string Refused = """{"id":"msg_a","type":"message","phase":"commentary","role":"assistant","content":[{"type":"refusal","refusal":"Not that."}]}""";
        await using var app = await StartAsync(profile);
        app.Model.NextEvents(Done(Refused), Done(Call("tide", "six"), 1), Completed()).NextEvents(Done(Message("Sorry.")), Completed());

        await app.RunAsync(Tide);
        await app.SubmitAsync();

        var sent = app.Requests[1].GetProperty("input").GetRawText();
        Assert.Equal(isVerbatim, sent.Contains(Refused, StringComparison.Ordinal));
        Assert.Equal(!isVerbatim, sent.Contains("""{"type":"message","role":"assistant","content":"Not that."}""", StringComparison.Ordinal));
        Assert.Equal(isVerbatim ? "six" : """{"invalid_json":"six"}""", app.Items(1).First().GetProperty("arguments").GetString());
    }

    [Theory]
    [InlineData("openai", "completed")]
    [InlineData("azure", "completed")]
    [InlineData("ollama", "incomplete")]
    [InlineData("vllm", "completed")]
    [InlineData("llamacpp", "incomplete")]
    [InlineData("openrouter", "completed")]
    [InlineData("generic", "incomplete")]
    public async Task WholeBudgetUsed_MeansCutOnlyWhereTheServerWouldNotSay(string profile, string status)
    {
        await using var app = await StartAsync(profile);
        app.Model.NextEvents(Done(Message("Hi.")), Completed().Replace("\"output_tokens\":7", "\"output_tokens\":300", StringComparison.Ordinal));

        var run = await app.RunAsync(fields: "\"max_completion_tokens\":300");

        Assert.Equal(status, run.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Phase_OfAMessage_IsReplayedWithinTheRun()
    {
        const string Commentary = """{"id":"msg_a","type":"message","status":"completed","phase":"commentary","role":"assistant","content":[{"type":"output_text","text":"One moment.","annotations":[]}]}""";
        await using var app = await StartAsync("openai");
        app.Model.NextEvents(Done(Commentary), Done(Call("tide", "{}"), 1), Completed()).NextEvents(Done(Message("3.2 m.")), Completed());

        await app.RunAsync(Tide);
        await app.SubmitAsync();

        Assert.Contains(Commentary, app.Requests[1].GetProperty("input").GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai", """{"type":"message","role":"assistant","phase":"final_answer","content":"3.2 m."}""")]
    [InlineData("generic", """{"type":"message","role":"assistant","content":"3.2 m."}""")]
    public async Task Phase_OfAMessage_IsKeptForTheNextRun(string profile, string sent)
    {
        const string Answer = """{"id":"msg_a","type":"message","status":"completed","phase":"final_answer","role":"assistant","content":[{"type":"output_text","text":"3.2 m.","annotations":[]}]}""";
        await using var app = await StartAsync(profile);
        app.Model.NextEvents(Done(Answer), Completed()).NextEvents(Done(Message("Yes.")), Completed());
        await app.RunAsync();

        await app.Api.SettledAsync(await app.Api.NewRunAsync(app.Thread, await app.Api.NewAssistantAsync()));

        Assert.Equal(sent, app.Requests[1].GetProperty("input")[1].GetRawText());
    }

    [Fact]
    public async Task OpenRoutersComments_KeepTheStreamAlive_AndItsDoneEndsIt()
    {
        await using var app = await StartAsync("openrouter");
        app.Model.Next(async reply =>
        {
            await reply.RawAsync(": OPENROUTER PROCESSING\n\n");
            await reply.EventsAsync(Created, Done(Message("Hi.")), Completed());
            await reply.RawAsync("data: [DONE]\n\n");
        });

        Assert.Equal("completed", (await app.RunAsync()).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("""{"error":{"code":"invalid_prompt","message":"Too odd.","error_type":"invalid_request"}}""", "invalid_prompt")]
    [InlineData("""{"error":{"code":429,"message":"Slow down."}}""", "rate_limit_exceeded")]
    [InlineData("""{"error":{"code":400,"message":"Too odd.","type":"BadRequestError","param":null}}""", "invalid_prompt")]
    [InlineData("""{"error":{"code":502,"message":"Upstream."}}""", "server_error")]
    public async Task ErrorInTheMiddleOfAStream_IsReadWhateverItsCodeIs(string error, string code)
    {
        await using var app = await StartAsync("generic");
        app.Model.Next(reply => reply.RawAsync($"data: {error}\n\n"));

        var run = await app.RunAsync();

        Assert.Equal(code, run.GetProperty("last_error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task DefaultsOfTemperatureAndTopP_AreNotSent_AndOtherValuesAre()
    {
        await using var app = await StartAsync("openai");
        app.Model.NextEvents(Done(Message("Hi.")), Completed()).NextEvents(Done(Message("Hi.")), Completed());

        var plain = await app.RunAsync();
        await app.RunAsync(fields: "\"temperature\":0.3,\"top_p\":0.9");

        Assert.Equal(1, plain.GetProperty("temperature").GetDouble());
        Assert.False(app.Requests[0].TryGetProperty("temperature", out _) || app.Requests[0].TryGetProperty("top_p", out _));
        Assert.Equal((0.3, 0.9), (app.Requests[1].GetProperty("temperature").GetDouble(), app.Requests[1].GetProperty("top_p").GetDouble()));
    }
}
