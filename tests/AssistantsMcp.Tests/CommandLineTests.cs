namespace AssistantsMcp.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("", nameof(Verb.Http), "")]
    [InlineData("--a=1 --b 2", nameof(Verb.Http), "--a=1 --b=2")]
    [InlineData("stdio --a=1", nameof(Verb.Stdio), "--a=1")]
    [InlineData("--a=1 stdio", nameof(Verb.Stdio), "--a=1")]
    [InlineData("healthcheck --urls http://x:1", nameof(Verb.HealthCheck), "--urls=http://x:1")]
    [InlineData("--a=1 --help", nameof(Verb.Help), "")]
    [InlineData("stdio --version", nameof(Verb.Version), "")]
    [InlineData("stdio --readonly --toolsets=a,b", nameof(Verb.Stdio), "--Tools:ReadOnly=true --Tools:Toolsets=a,b")]
    [InlineData("--readonly stdio --tools a --exclude=b", nameof(Verb.Stdio), "--Tools:ReadOnly=true --Tools:Include=a --Tools:Exclude=b")]
    [InlineData("--readonly=false", nameof(Verb.Http), "--Tools:ReadOnly=false")]
    [InlineData("--read-only=true", nameof(Verb.Unknown), "")]
    [InlineData("--toolset=runs", nameof(Verb.Unknown), "")]
    [InlineData("--a --b=1", nameof(Verb.Unknown), "")]
    [InlineData("http", nameof(Verb.Unknown), "")]
    [InlineData("config --client x --stdio", nameof(Verb.Config), "--client x --stdio")]
    [InlineData("config --help", nameof(Verb.Help), "")]
    [InlineData("--a=1 config", nameof(Verb.Unknown), "")]
    public void Arguments_AreSplitIntoVerbAndSettings(string line, string verb, string settings)
    {
        var parsed = CommandLine.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal((verb, settings), (parsed.Verb.ToString(), string.Join(' ', parsed.Settings)));
    }
}
