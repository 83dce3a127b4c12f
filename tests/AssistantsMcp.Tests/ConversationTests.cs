using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using AssistantsMcp.Tests.Models;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using OpenAI.Assistants;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests;

/// <summary>The whole conversation, from assistant to answer and back to nothing, through every door and with every kind of model.</summary>
public sealed class ConversationTests
{
    private const string Tide = """[{"type":"function","function":{"name":"tide","parameters":{"type":"object","properties":{"hour":{"type":"integer"}}}}}]""";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(Door.Address, Engine.Sandbox)]
    [InlineData(Door.Header, Engine.Sandbox)]
    [InlineData(Door.Stdio, Engine.Sandbox)]
    [InlineData(Door.Address, Engine.ModelServer)]
    [InlineData(Door.Header, Engine.ModelServer)]
    [InlineData(Door.Stdio, Engine.ModelServer)]
    [InlineData(Door.Address, Engine.SecondInstance)]
    [InlineData(Door.Header, Engine.SecondInstance)]
    [InlineData(Door.Stdio, Engine.SecondInstance)]
    public async Task EveryTool_DoesItsPart(Door door, Engine engine)
    {
        await using var model = await FakeResponsesServer.StartAsync();
        model
            .NextEvents(Created, Done(Call("tide", """{"hour":6}""")), Completed())
            .NextEvents(Created, Done(Message("tide returned: 3.2")), Completed());
        await using var second = await TestApp.StartAsync(["Sandbox:Enabled=true"]);
        var key = engine == Engine.ModelServer ? "sk-real" : "sandbox";
        string[] settings = engine switch
        {
            Engine.Sandbox => ["Sandbox:Enabled=true"],
            Engine.ModelServer => [$"Model:BaseUrl={model.BaseUrl}", "Access:Mode=open"],
            _ => [$"Assistants:Endpoint={new Uri(second.Http.BaseAddress!, "/v1")}"],
        };
        await using var app = await TestApp.StartAsync(settings);
        await using var client = await ConnectAsync(door, app, key, settings);

        await ConverseAsync(client);

        Assert.Equal(engine == Engine.ModelServer ? ["Bearer sk-real", "Bearer sk-real"] : [], model.Calls.Select(call => call.Headers["Authorization"]));
    }

    [Fact]
    public async Task OfficialClient_HoldsAConversation()
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true"]);
        var client = new AssistantClient(
            new ApiKeyCredential("sandbox"),
            new AssistantClientOptions { Endpoint = new Uri(app.Http.BaseAddress!, "/v1"), RetryPolicy = new ClientRetryPolicy(0) });

        var assistant = (await client.CreateAssistantAsync("gpt-6-luna", new AssistantCreationOptions
        {
            Name = "Pilot",
            Tools = { new FunctionToolDefinition { FunctionName = "tide", Parameters = BinaryData.FromString("""{"type":"object","properties":{}}""") } },
        })).Value;
        var thread = (await client.CreateThreadAsync(new ThreadCreationOptions { InitialMessages = { """call: tide {"hour":6}""" } })).Value;
        var (required, ended) = ((RequiredActionUpdate?)null, (ThreadRun?)null);
        await foreach (var update in await client.CreateRunStreamingAsync(thread.Id, assistant.Id))
        {
            required = update as RequiredActionUpdate ?? required;
        }

        var text = "";
        await foreach (var update in await client.SubmitToolOutputsToRunStreamingAsync(
            thread.Id, required!.Value.Id, [new ToolOutput(required.ToolCallId, "3.2")]))
        {
            text += (update as MessageContentUpdate)?.Text;
            ended = (update as RunUpdate)?.Value ?? ended;
        }

        Assert.Equal("tide", required.FunctionName);
        Assert.Equal(RunStatus.Completed, ended!.Status);
        Assert.Contains("3.2", text, StringComparison.Ordinal);
        var newest = await client.GetMessagesAsync(thread.Id).FirstAsync();
        Assert.Equal(text, newest.Content[0].Text);
        Assert.Equal(2, await client.GetRunStepsAsync(thread.Id, ended.Id).CountAsync());
        Assert.True((await client.DeleteThreadAsync(thread.Id)).Value.Deleted);
        Assert.True((await client.DeleteAssistantAsync(assistant.Id)).Value.Deleted);
    }

    /// <summary>How a client reaches the tools.</summary>
    public enum Door
    {
        Address,
        Header,
        Stdio,
    }

    /// <summary>What stands behind the tools.</summary>
    public enum Engine
    {
        Sandbox,
        ModelServer,
        SecondInstance,
    }

    private static Task<McpClient> ConnectAsync(Door door, TestApp app, string key, string[] settings) => door switch
    {
        Door.Address => app.ConnectAsync(key),
        Door.Header => McpClient.CreateAsync(new HttpClientTransport(new()
        {
            Endpoint = new Uri(app.Http.BaseAddress!, "/mcp"),
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {key}" },
        })),
        _ => McpClient.CreateAsync(new StdioClientTransport(new()
        {
            Command = "dotnet",
            Arguments = [ChildProcess.Program, "stdio", .. settings.Select(setting => $"--{setting}")],
            WorkingDirectory = app.Database.Folder,
            EnvironmentVariables = new Dictionary<string, string?> { ["OPENAI_API_KEY"] = key },
        })),
    };

    /// <summary>Uses every tool once, in the order in which people need them.</summary>
    private static async Task ConverseAsync(McpClient client)
    {
        var assistant = await CallAsync(client, "assistant-create", $$"""{"name":"Pilot","tools":{{Tide}}}""");
        var assistantId = Id(assistant);
        Assert.Equal("gpt-6-luna", assistant.GetProperty("model").GetString());
        Assert.Equal(assistantId, Id((await CallAsync(client, "assistant-list", """{"limit":1}""")).GetProperty("data")[0]));
        await CallAsync(client, "assistant-update", $$"""{"assistant_id":"{{assistantId}}","name":null,"description":"Knows the tide."}""");
        assistant = await CallAsync(client, "assistant-get", $$"""{"assistant_id":"{{assistantId}}"}""");
        Assert.Equal(JsonValueKind.Null, assistant.GetProperty("name").ValueKind);
        Assert.Equal("Knows the tide.", assistant.GetProperty("description").GetString());

        var thread = Id(await CallAsync(client, "thread-create", """{"metadata":{"a":"b"}}"""));
        await CallAsync(client, "thread-update", $$$"""{"thread_id":"{{{thread}}}","metadata":{"c":"d"} }""");
        Assert.Equal("""{"c":"d"}""", (await CallAsync(client, "thread-get", $$"""{"thread_id":"{{thread}}"}""")).GetProperty("metadata").GetRawText());

        var spare = Id(await CallAsync(client, "message-create", $$"""{"thread_id":"{{thread}}","content":[{"type":"text","text":"Never mind."}]}"""));
        await CallAsync(client, "message-update", $$$"""{"thread_id":"{{{thread}}}","message_id":"{{{spare}}}","metadata":{"spare":"yes"} }""");
        Assert.Equal("user", (await CallAsync(client, "message-get", $$"""{"thread_id":"{{thread}}","message_id":"{{spare}}"}""")).GetProperty("role").GetString());
        await CallAsync(client, "message-delete", $$"""{"thread_id":"{{thread}}","message_id":"{{spare}}"}""");
        await CallAsync(client, "message-create", $$"""{"thread_id":"{{thread}}","content":"call: tide {\"hour\":6}"}""");

        var run = Id(await CallAsync(client, "run-create", $$"""{"thread_id":"{{thread}}","assistant_id":"{{assistantId}}"}"""));
        var ids = $$"""{"thread_id":"{{thread}}","run_id":"{{run}}"}""";
        var waiting = await SettledAsync(client, ids);
        Assert.Equal("requires_action", waiting.GetProperty("status").GetString());
        var call = waiting.GetProperty("required_action").GetProperty("submit_tool_outputs").GetProperty("tool_calls")[0];
        Assert.Equal("""{"hour":6}""", call.GetProperty("function").GetProperty("arguments").GetString());
        await CallAsync(
            client,
            "run-submit-tool-outputs",
            $$"""{"thread_id":"{{thread}}","run_id":"{{run}}","tool_outputs":[{"tool_call_id":"{{Id(call)}}","output":"3.2"}]}""");
        Assert.Equal("completed", (await SettledAsync(client, ids)).GetProperty("status").GetString());
        await CallAsync(client, "run-update", $$$"""{"thread_id":"{{{thread}}}","run_id":"{{{run}}}","metadata":{"done":"yes"} }""");
        Assert.Equal(run, Id((await CallAsync(client, "run-list", $$"""{"thread_id":"{{thread}}"}""")).GetProperty("data")[0]));

        var steps = (await CallAsync(client, "run-step-list", ids)).GetProperty("data");
        Assert.Equal(["message_creation", "tool_calls"], steps.EnumerateArray().Select(step => step.GetProperty("type").GetString()));
        var step = await CallAsync(client, "run-step-get", $$"""{"thread_id":"{{thread}}","run_id":"{{run}}","step_id":"{{Id(steps[1])}}"}""");
        Assert.Equal("3.2", step.GetProperty("step_details").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("output").GetString());

        var answer = (await CallAsync(client, "message-list", ids)).GetProperty("data")[0];
        Assert.Contains("3.2", RestClient.Text(answer), StringComparison.Ordinal);
        var refused = await client.CallToolAsync("run-cancel", Arguments(ids));
        Assert.True(refused.IsError);
        Assert.Contains("Cannot cancel run with status 'completed'.", Assert.IsType<TextContentBlock>(refused.Content[0]).Text, StringComparison.Ordinal);

        Assert.True((await CallAsync(client, "thread-delete", $$"""{"thread_id":"{{thread}}"}""")).GetProperty("deleted").GetBoolean());
        Assert.True((await CallAsync(client, "assistant-delete", $$"""{"assistant_id":"{{assistantId}}"}""")).GetProperty("deleted").GetBoolean());
    }

    private static async Task<JsonElement> SettledAsync(McpClient client, string ids)
    {
        using var patience = new CancellationTokenSource(_patience);
        while (true)
        {
            var run = await CallAsync(client, "run-get", ids);
            if (run.GetProperty("status").GetString() is not ("queued" or "in_progress"))
            {
                return run;
            }

            patience.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Calls a tool that is to succeed, and returns its object: the same in both forms.</summary>
    private static async Task<JsonElement> CallAsync(McpClient client, string tool, string arguments)
    {
        var result = await client.CallToolAsync(tool, Arguments(arguments));
        var text = Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;
        Assert.True(result.IsError is not true, $"{tool}: {text}");
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(text), result.StructuredContent!.Value));
        return result.StructuredContent.Value;
    }

    private static Dictionary<string, object?> Arguments(string json) =>
        JsonElement.Parse(json).EnumerateObject().ToDictionary(field => field.Name, field => (object?)field.Value);

    private static string Id(JsonElement found) => found.GetProperty("id").GetString()!;
}
