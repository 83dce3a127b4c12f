using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Xunit.Abstractions;

namespace AssistantsMcp.Tests.Tools;

public sealed class CatalogTests(ITestOutputHelper output)
{
    /// <summary>What a model reads before it has done anything: clients send the whole list with every conversation.</summary>
    private const int MostTokens = 8000;

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The published tools are a contract. <c>UPDATE_SNAPSHOTS=1 dotnet test</c> writes them anew.</summary>
    [Fact]
    public async Task PublishedTools_AreThoseOfTheSnapshot()
    {
        await using var app = await TestApp.StartAsync();
        using var response = await app.PostAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""");
        var tools = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("result").GetProperty("tools");
        var published = JsonSerializer.Serialize(tools, Readable) + "\n";

        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
        {
            await File.WriteAllTextAsync(SnapshotPath(), published);
        }

        Assert.Equal(await File.ReadAllTextAsync(SnapshotPath()), published);
    }

    [Fact]
    public async Task PublishedTools_CostFewTokens()
    {
        await using var app = await TestApp.StartAsync();
        using var response = await app.PostAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""");
        var tools = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("result").GetProperty("tools");

        var tokens = Tokens.Count(JsonSerializer.Serialize(tools, Compact));

        output.WriteLine($"The published list of tools: {tokens} tokens of o200k_base.");
        Assert.InRange(tokens, 1, MostTokens);
    }

    [Fact]
    public async Task EveryTool_IsListedInOrderAndSaysWhatItDoes()
    {
        await using var app = await TestApp.StartAsync();
        await using var client = await app.ConnectAsync();

        var tools = await client.ListToolsAsync();

        Assert.Equal(
            [
                "assistant-create", "assistant-list", "assistant-get", "assistant-delete", "assistant-update",
                "thread-create", "thread-get", "thread-delete", "thread-update",
                "message-create", "message-list", "message-get", "message-delete", "message-update",
                "run-create", "run-list", "run-get", "run-cancel", "run-update", "run-submit-tool-outputs",
                "run-step-list", "run-step-get",
            ],
            tools.Select(tool => tool.Name));
        Assert.All(tools, tool =>
        {
            var hints = tool.ProtocolTool.Annotations!;
            Assert.NotEmpty(tool.Description);
            Assert.NotNull(tool.Title);
            Assert.All<bool?>([hints.ReadOnlyHint, hints.DestructiveHint, hints.IdempotentHint, hints.OpenWorldHint], hint => Assert.NotNull(hint));
        });
    }

    [Fact]
    public async Task EverySchema_IsSelfContainedAndClosed()
    {
        await using var app = await TestApp.StartAsync();
        await using var client = await app.ConnectAsync();

        var tools = await client.ListToolsAsync();

        Assert.All(tools, tool =>
        {
            Assert.False(tool.JsonSchema.GetProperty("additionalProperties").GetBoolean());
            Assert.DoesNotContain("$ref", tool.JsonSchema.GetRawText(), StringComparison.Ordinal);
            AssertNoBooleanSchema(tool.JsonSchema);
        });
    }

    [Fact]
    public async Task Server_IntroducesItself()
    {
        await using var app = await TestApp.StartAsync();
        await using var client = await app.ConnectAsync();

        var server = client.ServerInfo!;
        Assert.Equal(("assistants-mcp", "AssistantsMcp", ProductInfo.Version), (server.Name, server.Title, server.Version));
        Assert.Contains("run-create", client.ServerInstructions, StringComparison.Ordinal);
    }

    private static void AssertNoBooleanSchema(JsonElement schema)
    {
        Assert.Equal(JsonValueKind.Object, schema.ValueKind);
        foreach (var keyword in schema.EnumerateObject())
        {
            JsonElement[] schemas = keyword.Name switch
            {
                "properties" => [.. keyword.Value.EnumerateObject().Select(property => property.Value)],
                "items" => [keyword.Value],
                "anyOf" => [.. keyword.Value.EnumerateArray()],
                _ => [],
            };
            Assert.All(schemas, AssertNoBooleanSchema);
        }
    }

    private static string SnapshotPath([CallerFilePath] string thisFile = "") => Path.Combine(Path.GetDirectoryName(thisFile)!, "tools.snapshot.json");
}
