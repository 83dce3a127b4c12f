using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI.Assistants;

namespace AssistantsMcp.Tests.Api;

/// <summary>The official .NET client at this server's door.</summary>
public sealed class OfficialClientTests(OpenApp open) : IClassFixture<OpenApp>
{
    private readonly AssistantClient _client = new(
        new ApiKeyCredential(open.NewCaller().Key),
        new AssistantClientOptions { Endpoint = new Uri(open.App.Http.BaseAddress!, "v1"), Transport = new HttpClientPipelineTransport(open.App.Http) });

    [Fact]
    public async Task Assistant_LivesItsWholeLife()
    {
        Assistant created = await _client.CreateAssistantAsync("m", new AssistantCreationOptions
        {
            Name = "Pilot",
            Instructions = "Be brief.",
            Temperature = 0.5f,
            Tools = { ToolDefinition.CreateFunction("tide", "Height of the tide"), ToolDefinition.CreateCodeInterpreter(), ToolDefinition.CreateFileSearch() },
            Metadata = { ["watch"] = "morning" },
            ResponseFormat = AssistantResponseFormat.CreateTextFormat(),
        });
        Assistant retrieved = await _client.GetAssistantAsync(created.Id);
        Assistant modified = await _client.ModifyAssistantAsync(created.Id, new AssistantModificationOptions { Name = "Captain", Metadata = { ["watch"] = "night" } });
        AssistantDeletionResult deleted = await _client.DeleteAssistantAsync(created.Id);
        var gone = await Assert.ThrowsAsync<ClientResultException>(() => _client.GetAssistantAsync(created.Id));

        Assert.Equal(("Pilot", "Be brief.", 0.5f, 3), (retrieved.Name, retrieved.Instructions, retrieved.Temperature, retrieved.Tools.Count));
        Assert.Equal(("Captain", "Be brief.", "night"), (modified.Name, modified.Instructions, modified.Metadata["watch"]));
        Assert.Equal((created.Id, true), (deleted.AssistantId, deleted.Deleted));
        Assert.Equal(404, gone.Status);
        Assert.Contains($"No assistant found with id '{created.Id}'.", gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThreadAndMessages_LiveTheirWholeLife()
    {
        AssistantThread thread = await _client.CreateThreadAsync(new ThreadCreationOptions
        {
            InitialMessages = { new ThreadInitializationMessage(MessageRole.User, ["first"]) },
            Metadata = { ["a"] = "1" },
        });
        ThreadMessage message = await _client.CreateMessageAsync(
            thread.Id,
            MessageRole.Assistant,
            [MessageContent.FromText("second"), MessageContent.FromImageUri(new Uri("https://example.com/a.png"))],
            new MessageCreationOptions { Metadata = { ["n"] = "2" } });
        ThreadMessage modified = await _client.ModifyMessageAsync(thread.Id, message.Id, new MessageModificationOptions { Metadata = { ["n"] = "3" } });
        var listed = await _client.GetMessagesAsync(thread.Id, new MessageCollectionOptions { Order = MessageCollectionOrder.Ascending }).ToListAsync();
        AssistantThread modifiedThread = await _client.ModifyThreadAsync(thread.Id, new ThreadModificationOptions { Metadata = { ["a"] = "2" } });
        MessageDeletionResult deleted = await _client.DeleteMessageAsync(thread.Id, message.Id);
        ThreadDeletionResult deletedThread = await _client.DeleteThreadAsync(thread.Id);

        Assert.Equal(["first", "second"], listed.Select(item => item.Content[0].Text));
        Assert.Equal((MessageRole.Assistant, 2, "3"), (modified.Role, modified.Content.Count, modified.Metadata["n"]));
        Assert.Equal("2", modifiedThread.Metadata["a"]);
        Assert.Equal((true, true), (deleted.Deleted, deletedThread.Deleted));
    }

    [Fact]
    public async Task Collections_ArePagedThrough()
    {
        var made = new List<string>();
        for (var count = 0; count < 25; count++)
        {
            Assistant assistant = await _client.CreateAssistantAsync("m");
            made.Add(assistant.Id);
        }

        var oldestFirst = await _client.GetAssistantsAsync(new AssistantCollectionOptions { Order = AssistantCollectionOrder.Ascending, PageSizeLimit = 7 }).ToListAsync();
        var newestFirst = await _client.GetAssistantsAsync().ToListAsync();
        var between = await _client.GetAssistantsAsync(new AssistantCollectionOptions { AfterId = made[20], BeforeId = made[10], PageSizeLimit = 4 }).ToListAsync();

        Assert.Equal(made, oldestFirst.Select(assistant => assistant.Id));
        Assert.Equal(Enumerable.Reverse(made), newestFirst.Select(assistant => assistant.Id));
        Assert.Equal(Enumerable.Reverse(made[11..20]), between.Select(assistant => assistant.Id));
    }
}
