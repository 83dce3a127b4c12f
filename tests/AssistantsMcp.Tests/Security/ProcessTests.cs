namespace AssistantsMcp.Tests.Security;

/// <summary>What the process itself can do so that a key is not found beside it.</summary>
[Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
public sealed class ProcessTests
{
    private const string Key = "sk-canary-7f3Qz9Lm2Xw8";

    [LinuxFact]
    public async Task CoreDump_IsNotWritten()
    {
        await using var database = TestDatabase.Create();
        await using var server = await ServerProcess.StartAsync(database);

        var limits = await File.ReadAllLinesAsync($"/proc/{server.Id}/limits");
        var environment = await File.ReadAllTextAsync($"/proc/{server.Id}/environ");

        Assert.Matches(@"^Max core file size\s+0\s+0\s", Assert.Single(limits, line => line.StartsWith("Max core file size", StringComparison.Ordinal)));
        Assert.DoesNotContain("DOTNET_DbgEnableMiniDump=1", environment, StringComparison.Ordinal);
    }

    [LinuxFact]
    public async Task StdioServer_HasItsKeyInNoArgumentAndStartsNoProcess()
    {
        using var process = ChildProcess.Start(["stdio"], new() { ["OPENAI_API_KEY"] = Key });
        await process.StandardInput.WriteLineAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        await process.StandardInput.FlushAsync();
        await process.StandardOutput.ReadLineAsync();

        var arguments = await File.ReadAllTextAsync($"/proc/{process.Id}/cmdline");
        var children = await File.ReadAllTextAsync($"/proc/{process.Id}/task/{process.Id}/children");
        process.Kill();

        Assert.DoesNotContain("canary", arguments, StringComparison.Ordinal);
        Assert.Empty(children);
    }
}
