using System.Net;

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
    public async Task DeletedMessages_MakeRoomWhereverTheyWere()
    {
        var thread = await _caller.CreateThreadAsync($$"""{"messages":[{{Hello}},{{Hello}},{{Hello}}]}""");

        for (var round = 0; round < 3; round++)
        {
            var oldest = (await _caller.GetAsync($"/threads/{thread}/messages")).Ids[^1];
            (await _caller.DeleteAsync($"/threads/{thread}/messages/{oldest}")).Ok();
            await _caller.CreateMessageAsync(thread);

            (await _caller.PostAsync($"/threads/{thread}/messages", Hello)).AssertError(400, Full(thread));
        }
    }

    [Fact]
    public async Task ThreadWhoseMessagesNobodyCounted_IsCounted()
    {
        var thread = await _caller.CreateThreadAsync($$"""{"messages":[{{Hello}},{{Hello}}]}""");
        await using (var connection = await _app.Database.OpenAsync())
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE objects SET place = NULL";
            await command.ExecuteNonQueryAsync();
        }

        await _caller.CreateMessageAsync(thread);

        (await _caller.PostAsync($"/threads/{thread}/messages", Hello)).AssertError(400, Full(thread));
    }

    [Fact]
    public async Task MessagesCreatedAtTheSameTime_AreAsManyAsAThreadHolds()
    {
        var threads = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _caller.CreateThreadAsync()));

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 60).Select(number => _caller.PostAsync($"/threads/{threads[number % 10]}/messages", Hello)));

        foreach (var (place, thread) in threads.Index())
        {
            var ofThread = answers.Where((_, number) => number % 10 == place).ToList();
            Assert.Equal(3, ofThread.Count(answer => answer.Status == HttpStatusCode.OK));
            Assert.All(ofThread.Where(answer => answer.Status != HttpStatusCode.OK), answer => answer.AssertError(400, Full(thread)));
            Assert.Equal(3, (await _caller.GetAsync($"/threads/{thread}/messages")).Ids.Length);
        }
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
        var ids = (await _caller.GetAsync($"/threads/{thread}/messages")).Ids;
        Assert.Equal(4, ids.Length);

        // The answer takes room as well.
        (await _caller.DeleteAsync($"/threads/{thread}/messages/{ids[^1]}")).Ok();
        (await _caller.PostAsync($"/threads/{thread}/messages", Hello)).AssertError(400, Full(thread));
        (await _caller.DeleteAsync($"/threads/{thread}/messages/{ids[^2]}")).Ok();
        (await _caller.PostAsync($"/threads/{thread}/messages", Hello)).Ok();
    }

    private static string Full(string thread) => $"Thread {thread} cannot hold more than 3 messages. Delete some of them, or begin a new thread.";
}
