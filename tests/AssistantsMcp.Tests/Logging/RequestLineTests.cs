using System.Text.Json;
using System.Text.RegularExpressions;

namespace AssistantsMcp.Tests.Logging;

/// <summary>The line of a request, as it comes out of the program.</summary>
public sealed class RequestLineTests
{
    private const string Key = "sk-canary-6h1Rw3Xp8Zc5";

    [Fact]
    public async Task TextForPeople_EndsWithTheTrace()
    {
        var line = await LineAsync("text");

        Assert.Matches(new Regex(@"^\d\d:\d\d:\d\d INF POST /mcp was answered 200 after [\d.]+ ms\. \([0-9a-f]{32}\)$"), line);
    }

    [Fact]
    public async Task Json_HoldsTheTrace()
    {
        var line = JsonElement.Parse(await LineAsync("json"));

        Assert.Matches(new Regex("^[0-9a-f]{32}$"), line.GetProperty("@tr").GetString()!);
        Assert.Equal("/mcp", line.GetProperty("Path").GetString());
        Assert.Equal(200, line.GetProperty("Status").GetInt32());
    }

    private static async Task<string> LineAsync(string format)
    {
        await using var database = TestDatabase.Create();
        await using var server = await ServerProcess.StartAsync(database, $"Logging:Format={format}");
        using var body = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        body.Headers.ContentType = new("application/json");
        using var response = await server.Http.PostAsync(new Uri($"/mcp/{Key}", UriKind.Relative), body);
        await server.StopAsync();

        Assert.DoesNotContain(server.Lines, line => line.Contains("canary", StringComparison.Ordinal));
        return Assert.Single(server.Lines, line => line.Contains("was answered", StringComparison.Ordinal) || line.Contains("\"ElapsedMs\"", StringComparison.Ordinal));
    }
}
