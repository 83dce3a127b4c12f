namespace AssistantsMcp.Tests.Messages;

/// <summary>A thread holds so many messages and no more; here, three.</summary>
public sealed class FullThreadTests : IAsyncLifetime
{
    private const string Hello = """{"role":"user","content":"Hello"}""";

    private TestApp _app = null!;
    private WireCaller _caller = null!;

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync(["Access:Mode=open", "Sandbox:Enabled=true", "Limits:MessagesPerThread=3"]);
        _caller = new WireCaller(_app, "sandbox");
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task FullThread_TakesNoMessageUntilOneIsDeleted()
    {
        var thread = await _caller.CreateThreadAsync($$"""{"messages":[{{Hello}},{{Hello}}]}""");
        var third = await _caller.CreateMessageAsync(thread);

        (await _caller.PostAsync($"/threads/{thread}/messages", Hello)).AssertError(400, Full(thread));
        (await _caller.DeleteAsync($"/threads/{thread}/messages/{third}")).Ok();
        (await _caller.PostAsync($"/threads/{thread}/messages", Hello)).Ok();
    }

    [Fact]
    public async Task ThreadWithTooManyMessages_IsNotMade()
    {
        var answer = await _caller.PostAsync("/threads", $$"""{"messages":[{{string.Join(',', Enumerable.Repeat(Hello, 4))}}]}""");

        Assert.Contains("cannot hold more than 3 messages", answer.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty((await _caller.GetAsync("/threads")).Ids);
    }

    [Fact]
    public async Task RunOnAFullThread_MayAnswerButAddsNothingItself()
    {
        var assistant = await _caller.CreateAssistantAsync();
        var thread = await _caller.CreateThreadAsync($$"""{"messages":[{{Hello}},{{Hello}},{{Hello}}]}""");

        var refused = await _caller.PostAsync($"/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","additional_messages":[{{Hello}}]}""");
        var stream = await _caller.PostAsync($"/threads/{thread}/runs", $$"""{"assistant_id":"{{assistant}}","additional_messages":[],"stream":true}""");

        refused.AssertError(400, Full(thread));
        Assert.Contains("thread.run.completed", stream.Ok().Text, StringComparison.Ordinal);
        Assert.Equal(4, (await _caller.GetAsync($"/threads/{thread}/messages")).Ids.Length);
    }

    private static string Full(string thread) => $"Thread {thread} cannot hold more than 3 messages. Delete some of them, or begin a new thread.";
}
