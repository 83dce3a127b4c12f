using System.Text.Json;

namespace AssistantsMcp.Tests.Tools;

/// <summary><c>detail</c>: lists cut long texts by default, single objects come whole.</summary>
public sealed class DetailTests : IAsyncLifetime
{
    private static readonly string _long = new('x', 5000);
    private static readonly string _cut = $"{new string('x', 1000)}… (5000 characters)";

    private TestApp _app = null!;
    private string _assistant = null!;
    private string _thread = null!;
    private string _message = null!;

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync(["Access:Mode=open"]);
        _assistant = (await _app.CallAsync("assistant-create", $$"""{"model":"m","name":"A","instructions":"{{_long}}"}""")).Id;
        _thread = (await _app.CallAsync("thread-create")).Id;
        _message = (await _app.CallAsync("message-create", $$"""{"thread_id":"{{_thread}}","content":"{{_long}}"}""")).Id;
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("", true)]
    [InlineData(",\"detail\":\"summary\"", true)]
    [InlineData(",\"detail\":\"full\"", false)]
    public async Task List_IsASummaryUnlessAskedOtherwise(string detail, bool isSummary)
    {
        var assistants = await _app.CallAsync("assistant-list", $$"""{"limit":5{{detail}}}""");
        var messages = await _app.CallAsync("message-list", $$"""{"thread_id":"{{_thread}}"{{detail}}}""");

        foreach (var answer in new[] { assistants, messages })
        {
            Assert.True(JsonElement.DeepEquals(JsonElement.Parse(answer.Text), answer.Result.GetProperty("structuredContent")));
            Assert.Equal(isSummary, answer.Result.GetProperty("content").GetArrayLength() == 2);
        }

        var assistant = assistants.Result.GetProperty("structuredContent").GetProperty("data")[0];
        Assert.Equal(("A", isSummary ? _cut : _long), (assistant.GetProperty("name").GetString(), assistant.GetProperty("instructions").GetString()));
        Assert.Equal(isSummary ? _cut : _long, TextOf(messages.Result.GetProperty("structuredContent").GetProperty("data")[0]));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(",\"detail\":\"summary\"", true)]
    [InlineData(",\"detail\":\"full\"", false)]
    public async Task Object_IsWholeUnlessAskedOtherwise(string detail, bool isSummary)
    {
        var assistant = await _app.CallAsync("assistant-get", $$"""{"assistant_id":"{{_assistant}}"{{detail}}}""");
        var message = await _app.CallAsync("message-get", $$"""{"thread_id":"{{_thread}}","message_id":"{{_message}}"{{detail}}}""");

        Assert.Equal(isSummary ? _cut : _long, assistant.Result.GetProperty("structuredContent").GetProperty("instructions").GetString());
        Assert.Equal(isSummary ? _cut : _long, TextOf(message.Result.GetProperty("structuredContent")));
        Assert.Equal(isSummary ? 2 : 1, message.Result.GetProperty("content").GetArrayLength());
    }

    [Fact]
    public async Task UnknownDetail_IsRefused()
    {
        var refused = await _app.CallAsync("assistant-list", """{"detail":"brief"}""");

        Assert.True(refused.IsError);
        Assert.Equal("'detail': Invalid value: 'brief'. Supported values are: 'summary' and 'full'.", refused.Text);
    }

    private static string? TextOf(JsonElement message) => message.GetProperty("content")[0].GetProperty("text").GetProperty("value").GetString();
}
