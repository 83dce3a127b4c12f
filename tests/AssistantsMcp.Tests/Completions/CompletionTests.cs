using System.Text.Json;
using AssistantsMcp.Tests.Tools;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using ModelContextProtocol;

namespace AssistantsMcp.Tests.Completions;

public sealed class CompletionTests
{
    private static readonly PromptReference _debug = new() { Name = "debug-run" };
    private static readonly PromptReference _start = new() { Name = "start-conversation" };
    private static readonly PromptReference _create = new() { Name = "create-assistant" };
    private static readonly ResourceTemplateReference _run = new() { Uri = "runs://{thread_id}/{run_id}" };

    [Theory]
    [InlineData(Eras.Initialize)]
    [InlineData(Eras.Discover)]
    public async Task Ids_AreTheCallersOwnNewestFirst(string version)
    {
        await using var app = await RunApp.StartAsync();
        app.Model.Always(reply => reply.HangAsync());
        var (alice, bob) = (app.As("sk-alice"), app.As("sk-bob"));
        var first = await alice.NewAssistantAsync("\"model\":\"m\",\"name\":\"Pilot\"");
        var second = await alice.NewAssistantAsync();
        await bob.NewAssistantAsync();
        string[] threads = [await alice.NewThreadAsync("1"), await alice.NewThreadAsync("2")];
        await bob.NewThreadAsync("3");
        var run = (await alice.NewRunAsync(threads[0], first)).Split('/')[^1];
        await using var client = await app.App.ConnectAsync(version, "sk-alice");

        Assert.Equal($"{second} {first} (2)", await OfferedAsync(client, _start, "assistant_id", ""));
        Assert.Equal($"{first} (1)", await OfferedAsync(client, _start, "assistant_id", first[..12]));
        Assert.Equal($"{first} (1)", await OfferedAsync(client, _start, "assistant_id", "pil"));
        Assert.Equal($"{threads[1]} {threads[0]} (2)", await OfferedAsync(client, _debug, "thread_id", "thread_"));
        Assert.Equal($"{run} (1)", await OfferedAsync(client, _debug, "run_id", "run", threads[0]));
        Assert.Equal($"{run} (1)", await OfferedAsync(client, _run, "run_id", "", threads[0]));
        foreach (var elsewhere in new[] { null, threads[1], "thread_none", "..", "" })
        {
            Assert.Equal(" (0)", await OfferedAsync(client, _run, "run_id", "", elsewhere));
        }

        Assert.Equal(" (0)", await OfferedAsync(client, _start, "assistant_id", "thread_"));
        Assert.Equal(" (0)", await OfferedAsync(client, _start, "message", ""));
    }

    [Fact]
    public async Task Models_AreThoseInUseThenTheServersOwn()
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open", "Assistants:DefaultModel=llama-7", "Model:Aliases:gpt-4o=gpt-6-luna", "Model:Aliases:gpt-4=gpt-6-luna"]);
        foreach (var model in new[] { "gpt-4o", "mistral", "gpt-4o" })
        {
            await app.CallAsync("assistant-create", $$"""{"model":"{{model}}"}""");
        }

        await app.CallAsync("assistant-create", """{"model":"secret-of-bob"}""", "sk-bob");
        await using var client = await app.ConnectAsync();

        Assert.Equal("gpt-4o mistral llama-7 gpt-4 (4)", await OfferedAsync(client, _create, "model", ""));
        Assert.Equal("gpt-4o gpt-4 (2)", await OfferedAsync(client, _create, "model", "gpt"));
        Assert.Equal("data-analyst (1)", await OfferedAsync(client, _create, "kind", "data"));
    }

    [Fact]
    public async Task ManyObjects_AreOfferedByTheHundredWithTheirTotal()
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open"]);
        for (var i = 0; i < 130; i++)
        {
            await app.CallAsync("thread-create");
        }

        await using var client = await app.ConnectAsync();

        var offered = await OfferedAsync(client, _debug, "thread_id", "");

        Assert.EndsWith(" (130, and more)", offered, StringComparison.Ordinal);
        Assert.Equal(100, offered.Split(' ').Count(word => word.StartsWith("thread_", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ServerWithoutAListOfThreads_OffersNone()
    {
        using var server = new StubServer(404, """{"error":{"message":"Invalid URL (GET /v1/threads)"}}""");
        await using var app = await TestApp.StartAsync(server.Endpoint);
        await using var client = await app.ConnectAsync();

        Assert.Equal(" (0)", await OfferedAsync(client, _debug, "thread_id", ""));
    }

    [Theory]
    [InlineData("""{"ref":{"type":"ref/prompt","name":"nothing"},"argument":{"name":"a","value":""}}""", "Unknown prompt: 'nothing'.")]
    [InlineData("""{"ref":{"type":"ref/resource","uri":"docs://x"},"argument":{"name":"a","value":""}}""", "Unknown template: 'docs://x'.")]
    [InlineData("""{"ref":{"type":"ref/prompt","name":"debug-run"},"argument":{"name":"model","value":""}}""", "'model' is no argument of this prompt. Those there are: thread_id, run_id.")]
    [InlineData("""{"ref":{"type":"ref/prompt","name":"debug-run"}}""", "The params do not fit the method.")]
    [InlineData("{}", "completion/complete needs params.ref and params.argument.")]
    public async Task RequestThatCannotBe_IsExplained(string parameters, string problem)
    {
        await using var app = await TestApp.StartAsync();

        using var response = await app.PostAsync($$"""{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{{parameters}}}""");

        var error = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");
        Assert.Equal((int)McpErrorCode.InvalidParams, error.GetProperty("code").GetInt32());
        Assert.StartsWith(problem, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    /// <summary>The values that are offered, their total, and whether there are more.</summary>
    private static async Task<string> OfferedAsync(
        McpClient client, Reference reference, string argument, string typed, string? thread = null)
    {
        var result = await client.CompleteAsync(new CompleteRequestParams
        {
            Ref = reference,
            Argument = new Argument { Name = argument, Value = typed },
            Context = thread is null ? null : new CompleteContext { Arguments = new Dictionary<string, string> { ["thread_id"] = thread } },
        });
        var offered = result.Completion;
        return $"{string.Join(' ', offered.Values)} ({offered.Total}{(offered.HasMore is true ? ", and more" : "")})";
    }
}
