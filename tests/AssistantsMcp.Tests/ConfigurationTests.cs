namespace AssistantsMcp.Tests;

public sealed class ConfigurationTests
{
    private const string File = """{"Assistants":{"Endpoint":"http://file.example/v1"}}""";

    [Theory]
    [InlineData("file.example")]
    [InlineData("alias.example", "ASSISTANTS_ENDPOINT=http://alias.example/v1")]
    [InlineData("variable.example", "ASSISTANTS_ENDPOINT=http://alias.example/v1", "Assistants__Endpoint=http://variable.example/v1")]
    [InlineData("line.example", "Assistants__Endpoint=http://variable.example/v1", "--Assistants:Endpoint=http://line.example/v1")]
    [InlineData("line.example", "Assistants__Endpoint=http://variable.example/v1", "--Assistants:Endpoint", "http://line.example/v1")]
    public async Task StrongestSource_Wins(string host, params string[] sources)
    {
        var summary = await StartAsync(sources);

        Assert.Contains(summary, line => line.Contains(host, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(":8080")]
    [InlineData("http://127.0.0.1:", "ASPNETCORE_URLS=http://127.0.0.1:0")]
    public async Task AddressThatIsNotNamed_IsPort8080(string url, params string[] sources)
    {
        var listens = string.Join('\n', await TryStartAsync(["--AllowedHosts=*", .. sources]));

        Assert.Contains(url, listens, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ModelServerThatIsDown_IsLoggedWithoutStackTraces()
    {
        using var process = ChildProcess.Start(["--urls=http://127.0.0.1:0", "--Model:BaseUrl=http://127.0.0.1:9/v1"]);
        var address = (await ChildProcess.ReadSummaryAsync(process))[0].Split(' ')[^1];

        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", "sk-test");
        using var response = await http.GetAsync(new Uri($"{address}/v1/models"));
        ChildProcess.Terminate(process);
        var log = await process.StandardOutput.ReadToEndAsync();

        Assert.Contains("127.0.0.1:9 could not be reached", log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
    }

    private static Task<List<string>> StartAsync(string[] sources) => TryStartAsync(["--urls=http://127.0.0.1:0", .. sources]);

    /// <summary>What the program says, be it that the port is taken.</summary>
    private static async Task<List<string>> TryStartAsync(string[] sources)
    {
        using var folder = new TestFolder();
        await System.IO.File.WriteAllTextAsync(folder.PathOf("appsettings.json"), File);
        var variables = sources.Where(source => char.IsLetter(source[0]) && source.Contains('=', StringComparison.Ordinal)).ToArray();
        using var process = ChildProcess.Start(
            [.. sources.Except(variables), $"--contentRoot={folder.FullName}"],
            variables.Select(variable => variable.Split('=', 2)).ToDictionary(parts => parts[0], parts => (string?)parts[1]));
        try
        {
            return await ChildProcess.ReadSummaryAsync(process);
        }
        catch (InvalidOperationException refusal)
        {
            return [refusal.Message];
        }
        finally
        {
            process.Kill();
        }
    }
}
