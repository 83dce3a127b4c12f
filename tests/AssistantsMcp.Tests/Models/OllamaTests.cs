using System.Text.Json;
using static AssistantsMcp.Tests.Models.BackendApp;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Models;

/// <summary>Runs on Ollama: calls that share an output index, text lost beside calls, no end that says it was cut, no choice among tools.</summary>
public sealed class OllamaTests : IAsyncLifetime
{
    private BackendApp _app = null!;

    public async Task InitializeAsync() => _app = await StartAsync("ollama");

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task TextBesideCalls_IsKept_ThoughTheServerDropsItAndNumbersEverythingZero()
    {
        var (tide, wind) = (Call("tide", "{\"hour\":6}", "call_a", "fc_1_0"), Call("wind", "{}", "call_b", "fc_2_0"));
        _app.Model.NextEvents(
            Created,
            Added(EmptyMessage()),
            TextDelta("One moment."),
            Added(Call("tide", "", "call_a", "fc_1_0")),
            ArgumentsDelta("{\"hour\":6}", "fc_1_0", 0),
            Done(tide),
            Added(Call("wind", "", "call_b", "fc_2_0")),
            ArgumentsDelta("{}", "fc_2_0", 0),
            Done(wind),
            Completed(tide, wind))
            .NextEvents(Done(Message("3.2 m.")), Completed());

        var waiting = await _app.RunAsync($"{Tide},{Wind}");
        var run = await _app.SubmitAsync();

        Assert.Equal(
            ["tide", "wind"],
            waiting.GetProperty("required_action").GetProperty("submit_tool_outputs").GetProperty("tool_calls").EnumerateArray().Select(call => call.GetProperty("function").GetProperty("name").GetString()));
        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(["Hello", "One moment.", "3.2 m."], await _app.Api.TextsAsync(_app.Thread));
        Assert.Equal(["function_call", "function_call", "function_call_output", "function_call_output"], _app.ItemTypes(1));
    }

    [Fact]
    public async Task ChoiceNone_IsMadeByOfferingNothing()
    {
        _app.Model.NextEvents(Done(Message("Hi.")), Completed());

        await _app.RunAsync(Tide, "\"tool_choice\":\"none\"");

        Assert.False(_app.Requests[0].TryGetProperty("tools", out _));
        Assert.False(_app.Requests[0].TryGetProperty("tool_choice", out _));
    }

    [Fact]
    public async Task NamedTool_IsTheOnlyOneOffered()
    {
        _app.Model.NextEvents(Done(Message("Hi.")), Completed());

        await _app.RunAsync($"{Tide},{Wind}", "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"wind\"}}");

        Assert.Equal("wind", Assert.Single(_app.Requests[0].GetProperty("tools").EnumerateArray()).GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("none", "none")]
    [InlineData("minimal", "low")]
    [InlineData("low", "low")]
    [InlineData("medium", "medium")]
    [InlineData("high", "high")]
    [InlineData("xhigh", "high")]
    [InlineData("max", "high")]
    public async Task Effort_IsTheNearestThatItKnows(string effort, string sent)
    {
        _app.Model.NextEvents(Done(Message("Hi.")), Completed());

        var run = await _app.RunAsync(fields: $"\"reasoning_effort\":\"{effort}\"");

        Assert.Equal(effort, run.GetProperty("reasoning_effort").GetString());
        Assert.Equal(sent, _app.Requests[0].GetProperty("reasoning").GetProperty("effort").GetString());
    }

    [Fact]
    public async Task Reasoning_IsReplayedAsThePlainTextItIs_AndCiphertextOfOthersIsNot()
    {
        const string Plain = """{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"Tides first."}],"encrypted_content":"Tides first."}""";
        _app.Model.NextEvents(
            Done(Plain),
            Done("""{"id":"rs_2","type":"reasoning","summary":[],"encrypted_content":"gAAAAAB"}"""),
            Done("""{"id":"rs_3","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}]}"""),
            Done(Call("tide", "{}")),
            Completed()).NextEvents(Done(Message("3.2 m.")), Completed());

        await _app.RunAsync(Tide);
        await _app.SubmitAsync();

        Assert.Equal(["reasoning", "function_call", "function_call_output"], _app.ItemTypes(1));
        Assert.Equal(Plain, _app.Items(1).First().GetRawText());
    }

    [Fact]
    public async Task CallWithoutJson_IsReplayedAsAnObject()
    {
        _app.Model.NextEvents(Done(Call("tide", "{\"hour\":")), Completed()).NextEvents(Done(Message("Sorry.")), Completed());

        await _app.RunAsync(Tide);
        await _app.SubmitAsync("no such hour");

        Assert.Equal(JsonValueKind.Object, JsonElement.Parse(_app.Items(1).First().GetProperty("arguments").GetString()!).ValueKind);
    }

    [Fact]
    public async Task AnswerAsLongAsItMayBe_IsIncomplete()
    {
        var cut = Completed(Message("Once upon a")).Replace("\"output_tokens\":7", "\"output_tokens\":300", StringComparison.Ordinal);
        _app.Model.NextEvents(Done(Message("Once upon a")), cut);

        var run = await _app.RunAsync(fields: "\"max_completion_tokens\":300");

        Assert.Equal("incomplete", run.GetProperty("status").GetString());
        Assert.Equal("max_completion_tokens", run.GetProperty("incomplete_details").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task ImageByLink_FailsBeforeTheServerIsAsked_AndTheLinkIsNotFollowed()
    {
        await using var elsewhere = await FakeResponsesServer.StartAsync();

        var run = await _app.RunAsync(content: $$$"""[{"type":"image_url","image_url":{"url":"{{{elsewhere.BaseUrl}}}/a.png"}}]""");

        Assert.Equal("invalid_prompt", run.GetProperty("last_error").GetProperty("code").GetString());
        Assert.Equal(
            "The model server takes no images by link. Send the image itself, as an image_url with a data URL (data:image/png;base64,…).",
            run.GetProperty("last_error").GetProperty("message").GetString());
        Assert.Empty(_app.Model.Calls);
        Assert.Empty(elsewhere.Calls);
    }

    [Fact]
    public async Task ImageItself_IsSent()
    {
        _app.Model.NextEvents(Done(Message("A dot.")), Completed());

        await _app.RunAsync(content: """[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]""");

        Assert.Equal("data:image/png;base64,iVBORw0KGgo=", _app.Requests[0].GetProperty("input")[0].GetProperty("content")[1].GetProperty("image_url").GetString());
    }
}
