using System.Net;
using System.Net.Sockets;

namespace AssistantsMcp.Tests;

/// <summary>What an operator sees who starts the program from a shell.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Help_ListsCommandsAndSettings()
    {
        var outcome = await ChildProcess.RunAsync(["--help"]);

        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("AssistantsMcp stdio", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("--Storage:ConnectionString", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_IsOneLine()
    {
        var outcome = await ChildProcess.RunAsync(["--version"]);

        Assert.Equal((0, $"{ProductInfo.Version}{Environment.NewLine}"), (outcome.ExitCode, outcome.Output));
    }

    [Theory]
    [InlineData("serve", "Unknown argument 'serve'")]
    [InlineData("-x", "Unknown argument '-x'")]
    [InlineData("--urls", "--urls has no value")]
    [InlineData("--Assistants:Endpoint=example.com", "Assistants:Endpoint must be an absolute http or https URL")]
    [InlineData("--Assistants:Endpoint=ftp://example.com", "Assistants:Endpoint must be an absolute http or https URL")]
    [InlineData("--Assistants:DefaultModel= ", "Assistants:DefaultModel must not be empty")]
    [InlineData("--Assistants:TotalTimeout=soon", "Assistants:TotalTimeout")]
    [InlineData("--Assistants:AttemptTimeout=00:00:00", "Assistants:AttemptTimeout must lie between 00:00:00.1000000 and 00:10:00")]
    [InlineData("--urls=nonsense", "urls: Invalid url: 'nonsense'")]
    public async Task MistakeOfTheOperator_EndsInOneLine(string argument, string reason)
    {
        var outcome = await ChildProcess.RunAsync([argument]);

        AssertOneLine(outcome, reason);
    }

    [Fact]
    public async Task PortInUse_EndsInOneLine()
    {
        using var occupant = new TcpListener(IPAddress.Loopback, 0);
        occupant.Start();
        var url = $"http://{occupant.LocalEndpoint}";

        var outcome = await ChildProcess.RunAsync([$"--urls={url}"]);

        AssertOneLine(outcome, $"Failed to bind to address {url}: address already in use.");
    }

    [Fact]
    public async Task FolderThatCannotBeWritten_EndsInOneLine()
    {
        var outcome = await ChildProcess.RunAsync(["--urls=http://127.0.0.1:0", "--Storage:ConnectionString=Data Source=/proc/nowhere/a.db"]);

        AssertOneLine(outcome, "/proc/nowhere");
    }

    [Fact]
    public async Task BrokenSettingsFile_EndsInOneLine()
    {
        var folder = Directory.CreateTempSubdirectory("assistants-mcp-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "appsettings.json"), "{ \"urls\": }");

        var outcome = await ChildProcess.RunAsync([$"--contentRoot={folder}"]);

        AssertOneLine(outcome, "appsettings.json");
    }

    [Fact]
    public async Task RunningServer_SaysWhereItIsAndEndsCleanly()
    {
        using var process = ChildProcess.Start(["--urls=http://127.0.0.1:0", "--Sandbox:Enabled=true"]);
        var summary = await ChildProcess.ReadSummaryAsync(process);

        using var http = new HttpClient();
        var alive = await http.GetStringAsync(new Uri($"{summary[0].Split(' ')[^1]}/healthz"));
        ChildProcess.Terminate(process);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal("Healthy", alive);
        Assert.Contains(summary, line => line.EndsWith("data/assistants.db", StringComparison.Ordinal));
        Assert.Contains(summary, line => line.Contains("api.openai.com", StringComparison.Ordinal));
        Assert.Contains("/mcp/sandbox", summary[^1], StringComparison.Ordinal);
        Assert.Equal(0, process.ExitCode);
    }

    private static void AssertOneLine(Outcome outcome, string reason)
    {
        Assert.Equal(1, outcome.ExitCode);
        Assert.Empty(outcome.Output);
        Assert.Contains(reason, Assert.Single(outcome.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
