using System.Text.Json;
using AssistantsMcp.Tests.Tools;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Resources;

public sealed class ObjectResourceTests
{
    [Fact]
    public async Task Templates_AreListed()
    {
        await using var app = await TestApp.StartAsync();
        await using var client = await app.ConnectAsync();

        var templates = await client.ListResourceTemplatesAsync();

        Assert.Equal(
            ["assistants://{assistant_id}", "threads://{thread_id}/messages", "runs://{thread_id}/{run_id}"],
            templates.Select(template => template.UriTemplate));
        Assert.All(templates, template => Assert.NotEmpty(template.Description!));
    }

    [Theory]
    [InlineData(Eras.Initialize)]
    [InlineData(Eras.Discover)]
    public async Task ObjectsOfTheCaller_AreReadInBothEras(string version)
    {
        await using var app = await RunApp.StartAsync();
        app.Model.NextEvents(Created, Done(Message("High water is at nine.")), Completed());
        var (assistant, thread, run) = await HaveRunAsync(app.As());
        await using var client = await app.App.ConnectAsync(version, "sk-test");

        var shown = JsonElement.Parse(await TextAsync(client, $"assistants://{assistant}"));
        var shownByUri = JsonElement.Parse(await TextAsync(client, new Uri($"assistants:///{assistant}").AbsoluteUri));
        var transcript = await TextAsync(client, $"threads://{thread}/messages");
        var report = await TextAsync(client, $"runs://{thread}/{run}");

        Assert.Equal(assistant, shown.GetProperty("id").GetString());
        Assert.True(JsonElement.DeepEquals(shown, shownByUri));
        Assert.StartsWith($"# Thread {thread}\n\nMessages, oldest first: 2; no more follow.\n\n## user, 20", transcript, StringComparison.Ordinal);
        Assert.Matches("(?s)\n\nWhen\\?\n\n## assistant, [-0-9: UTC]+, msg_\\w+\n\nHigh water is at nine\\.\n$", transcript);
        Assert.StartsWith($"# Run {run}: completed\n\nIt is done.", report, StringComparison.Ordinal);
        Assert.Contains("- usage: {\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18", report, StringComparison.Ordinal);
        Assert.Matches(@"\n- message_creation of msg_\w+: completed, 18 tokens \(step_\w+\)\n$", report);
    }

    [Fact]
    public async Task RunThatWaits_SaysForWhatAndWhatToDo()
    {
        await using var app = await RunApp.StartAsync();
        app.Model.NextEvents(Created, Done(Call("tide", "{\"harbour\":\"Lowestoft\"}")), Completed());
        var (_, thread, run) = await HaveRunAsync(app.As(), ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"tide\"}}]");
        await using var client = await app.App.ConnectAsync();

        var report = await TextAsync(client, $"runs://{thread}/{run}");

        Assert.StartsWith($"# Run {run}: requires_action\n\nIt waits for the outputs of the calls below.", report, StringComparison.Ordinal);
        Assert.Contains("\n\n## Pending calls\n\n- {\"id\":\"call_", report, StringComparison.Ordinal);
        Assert.Contains("\"arguments\":\"{\\\"harbour\\\":\\\"Lowestoft\\\"}\"}}\n\n## Steps", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunThatFailed_SaysWhy()
    {
        await using var app = await RunApp.StartAsync();
        app.Model.NextStatus(400, """{"error":{"message":"That picture is broken.","code":"invalid_image"}}""");
        var (_, thread, run) = await HaveRunAsync(app.As());
        await using var client = await app.App.ConnectAsync();

        var report = await TextAsync(client, $"runs://{thread}/{run}");

        Assert.StartsWith($"# Run {run}: failed\n\nIt failed; last_error says why.", report, StringComparison.Ordinal);
        Assert.Contains("- last_error: {\"code\":\"invalid_prompt\",", report, StringComparison.Ordinal);
        Assert.Contains("That picture is broken.", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Eras.Initialize, McpErrorCode.ResourceNotFound)]
    [InlineData(Eras.Discover, McpErrorCode.InvalidParams)]
    public async Task WhatIsNotThere_IsNotFoundAndSaysWhereIdsComeFrom(string version, McpErrorCode code)
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open"]);
        await using var client = await app.ConnectAsync(version, "sk-test");

        Assert.Equal((code, "No assistant found with id 'asst_none'. assistant-list shows the assistants there are."), await FailureAsync(client, "assistants://asst_none"));
        Assert.Equal((code, "No thread found with id 'thread_none'. A thread is made by thread-create, and only the key that made it finds it again."), await FailureAsync(client, "threads://thread_none/messages"));
        Assert.Equal((code, "Unknown resource: 'docs://nothing'. resources/list and resources/templates/list show what there is."), await FailureAsync(client, "docs://nothing"));
    }

    [Theory]
    [InlineData("assistants://..", "Invalid 'assistant_id': expected an id made of letters, digits, '_' and '-' only.")]
    [InlineData("assistants://", "Invalid 'assistant_id': expected an id made of letters, digits, '_' and '-' only.")]
    [InlineData("assistants://asst_1%2F..", "Invalid 'assistant_id': expected an id made of letters, digits, '_' and '-' only.")]
    [InlineData("assistants://asst_1/x", "The address must have the form assistants://{assistant_id}.")]
    [InlineData("assistants://asst_1?after=x", "Unknown parameter: 'after'. The address takes none.")]
    [InlineData("threads://thread_1", "The address must have the form threads://{thread_id}/messages.")]
    [InlineData("threads://thread_1/runs", "The address must have the form threads://{thread_id}/messages.")]
    [InlineData("threads://thread_1/messages?limit=3", "Unknown parameter: 'limit'. The address takes after.")]
    [InlineData("threads://thread_1/messages?after=../x", "Invalid 'after': expected an id made of letters, digits, '_' and '-' only.")]
    [InlineData("runs://thread_1/run_1/steps", "The address must have the form runs://{thread_id}/{run_id}.")]
    public async Task AddressThatCannotBe_IsExplained(string uri, string problem)
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open"]);
        await using var client = await app.ConnectAsync();

        Assert.Equal((McpErrorCode.InvalidParams, problem), await FailureAsync(client, uri));
    }

    [Theory]
    [InlineData(60, 1, 4_000, "\n\nMore follow: run-step-list with order asc and after step_")]
    [InlineData(1, 120, 4_000, "…\n\n(It is longer than this; run-step-get returns it whole.)\n")]
    [InlineData(3, 2, 100, "{\"id\":\"call_1\"}\n")]
    public async Task LongRun_StaysReadable(int steps, int calls, int length, string end)
    {
        var call = $$$"""{"id":"call_0","type":"function","function":{"name":"f","arguments":"{{{new string('x', length)}}}"} }""";
        var details = $$"""{"tool_calls":[{{string.Join(',', Enumerable.Repeat(call, calls))}},{"id":"call_1"}]}""";
        var list = Enumerable.Range(0, steps).Select(number => $$"""{"id":"step_{{number}}","type":"tool_calls","status":"completed","step_details":{{details}} }""");
        using var server = new StubServer(body: $$"""{"id":"run_1","status":"completed","object":"list","has_more":false,"data":[{{string.Join(',', list)}}]}""");
        await using var app = await TestApp.StartAsync(server.Endpoint);
        await using var client = await app.ConnectAsync();

        var report = await TextAsync(client, "runs://thread_1/run_1");

        Assert.InRange(Tokens.Count(report), 100, 25_000);
        Assert.Contains(end, report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatACallerDidWrong_IsNoFaultInTheLog()
    {
        var outcome = await ChildProcess.RunAsync(
            ["stdio"],
            new() { ["OPENAI_API_KEY"] = "sk-test" },
            """{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"docs://nothing"}}""");

        Assert.Contains("Unknown resource", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("exception", outcome.Errors, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task ObjectsOfAnotherKey_AreNotFound()
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open"]);
        var thread = (await app.CallAsync("thread-create", key: "sk-alice")).Id;
        await using var bob = await app.ConnectAsync("sk-bob");

        var (_, problem) = await FailureAsync(bob, $"threads://{thread}/messages");

        Assert.StartsWith($"No thread found with id '{thread}'.", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Eras.Initialize)]
    [InlineData(Eras.Discover)]
    public async Task Stdio_HasTheSameResourcesPromptsAndCompletions(string version)
    {
        await using var app = await TestApp.StartAsync();
        await using var http = await app.ConnectAsync(version, "sk-test");
        await using var database = TestDatabase.Create();
        await using var stdio = await Eras.StartStdioAsync(database, version);

        var thread = await stdio.CallToolAsync("thread-create");
        var id = JsonElement.Parse(Assert.IsType<TextContentBlock>(thread.Content[0]).Text).GetProperty("id").GetString();

        Assert.Equal(await ListedAsync(http), await ListedAsync(stdio));
        Assert.StartsWith($"# Thread {id}\n\nMessages, oldest first: 0; no more follow.", await TextAsync(stdio, $"threads://{id}/messages"), StringComparison.Ordinal);
        var offered = await stdio.CompleteAsync(new ResourceTemplateReference { Uri = "threads://{thread_id}/messages" }, "thread_id", "thread_");
        Assert.Equal([id!], offered.Completion.Values);
    }

    internal static async Task<string> TextAsync(McpClient client, string uri) =>
        Assert.IsType<TextResourceContents>(Assert.Single((await client.ReadResourceAsync(uri)).Contents)).Text;

    private static async Task<List<string>> ListedAsync(McpClient client) =>
    [
        .. (await client.ListResourcesAsync()).Select(resource => resource.Uri),
        .. (await client.ListResourceTemplatesAsync()).Select(template => template.UriTemplate),
        .. (await client.ListPromptsAsync()).Select(prompt => prompt.Name),
    ];

    private static async Task<(McpErrorCode Code, string Problem)> FailureAsync(McpClient client, string uri)
    {
        var failure = await Assert.ThrowsAsync<McpProtocolException>(async () => await client.ReadResourceAsync(uri));
        return (failure.ErrorCode, failure.Message.Replace("Request failed (remote): ", "", StringComparison.Ordinal));
    }

    private static async Task<(string Assistant, string Thread, string Run)> HaveRunAsync(RestClient api, string fields = "")
    {
        var assistant = await api.NewAssistantAsync($"\"model\":\"gpt-6-luna\"{fields}");
        var thread = await api.NewThreadAsync("When?");
        var run = await api.NewRunAsync(thread, assistant);
        await api.SettledAsync(run);
        return (assistant, thread, run.Split('/')[^1]);
    }
}
