using System.Net;
using System.Net.Sockets;
using Npgsql;

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
    [InlineData("--Assistants:WebsiteUrl=example.com", "Assistants:WebsiteUrl must be an absolute http or https URL")]
    [InlineData("--Assistants:DefaultModel= ", "Assistants:DefaultModel must not be empty")]
    [InlineData("--Assistants:TotalTimeout=soon", "Assistants:TotalTimeout")]
    [InlineData("--Assistants:AttemptTimeout=00:00:00", "Assistants:AttemptTimeout must lie between 00:00:00.1000000 and 00:10:00")]
    [InlineData("--urls=nonsense", "urls: Invalid url: 'nonsense'")]
    [InlineData("--urls=ftp://localhost", "urls: Invalid url: 'ftp://localhost'")]
    [InlineData("--urls=http://127.0.0.1:0;http://127.0.0.1:99999", "urls: Invalid url: 'http://127.0.0.1:99999'")]
    [InlineData("--Logging:LogLevel:Default=Loud", "Logging:LogLevel:Default must be Trace, Debug,")]
    [InlineData("--Logging:LogLevel:Microsoft=Loud", "Logging:LogLevel:Microsoft must be")]
    [InlineData("--Logging:Format=xml", "Logging:Format must be text or json")]
    [InlineData("--Access:Mode=closed", "Access:Mode must be verify, open or list, but is 'closed'.")]
    [InlineData("--Access:Mode=3", "Access:Mode must be verify, open or list, but is '3'.")]
    [InlineData("--Limits:HeadersTimeout=00:00:00", "Limits:HeadersTimeout must be 00:00:01 to 00:05:00, but is 00:00:00.")]
    [InlineData("--Limits:RequestsPerMinute=-1", "Limits:RequestsPerMinute must be 0 to 1000000, but is -1.")]
    [InlineData("--Limits:RequestBurst=0", "Limits:RequestBurst must be 1 to 1000000, but is 0.")]
    [InlineData("--Limits:RequestTimeout=02:00:00", "Limits:RequestTimeout must be 00:00:01 to 01:00:00, but is 02:00:00.")]
    [InlineData("--Limits:ConcurrentStreams=0", "Limits:ConcurrentStreams must be 1 to 10000, but is 0.")]
    [InlineData("--Limits:SlowestBytesPerSecond=0", "Limits:SlowestBytesPerSecond must be 1 to 1048576 bytes, but is 0.")]
    [InlineData("--Access:Hosts:0=https://example.com", "Access:Hosts must hold names such as assistants.example.com, without scheme and port, or '*' for any, but holds 'https://example.com'.")]
    [InlineData("--Access:Hosts:0=example.com:8080", "Access:Hosts must hold names")]
    [InlineData("--Access:Origins:0=*", "Access:Origins must hold origins such as https://app.example.com, without a path and never a mere '*', but holds '*'.")]
    [InlineData("--Access:Origins:0=https://example.com/", "Access:Origins must hold origins")]
    [InlineData("--Access:Origins:0=null", "Access:Origins must hold origins")]
    [InlineData("--Sandbox:Enabled=yes", "Sandbox:Enabled must be true or false, but is 'yes'.")]
    [InlineData("--Model:Timeout=soon", "Model:Timeout must be a duration, written hh:mm:ss, but is 'soon'.")]
    [InlineData("--Limits:BodyBytes=99999999999", "Limits:BodyBytes must be a whole number")]
    [InlineData("--Limits:ConcurrentRunsPerTenant=0", "Limits:ConcurrentRunsPerTenant must be 1 to 1000, but is 0.")]
    [InlineData("--Limits:QueuedRunsPerTenant=100001", "Limits:QueuedRunsPerTenant must be 1 to 100000, but is 100001.")]
    [InlineData("--Model:Aliases:gpt-4o=", "Model:Aliases:gpt-4o must name the model")]
    [InlineData("--Model:BaseUrl=http://user:word@localhost/v1", "Model:BaseUrl must end with its path")]
    [InlineData("--Model:BaseUrl=http://localhost/v1?x=1", "Model:BaseUrl must end with its path")]
    [InlineData("--Model:Profile=bard", "Model:Profile must be one of openai, azure, ollama, vllm, llamacpp, openrouter, generic, but is 'bard'.")]
    [InlineData("--Model:ApiVersion=1&key=2", "Model:ApiVersion must be a version")]
    [InlineData("--Model:HostedTools=perhaps", "Model:HostedTools must be true or false")]
    [InlineData("--Storage:ConnectionString=postgres://user:word@localhost/db", "Secrets:Key must be set where the data is in PostgreSQL")]
    [InlineData("--Storage:ConnectionString=Host=localhost;Password=word", "Secrets:Key must be set where the data is in PostgreSQL")]
    [InlineData("--Storage:ConnectionString=postgres://user:word@localhost/db?pool=9", "the address has a setting that is not known")]
    [InlineData("--Storage:ConnectionString=postgres://user:word@localhost/db?sslmode=sometimes", "Storage:ConnectionString names a PostgreSQL database, but ")]
    [InlineData("--Storage:ConnectionString=Host=localhost;Password=word;Port=many", "Storage:ConnectionString names a PostgreSQL database, but ")]
    [InlineData("--Storage:ConnectionString=Host=localhost;Pasword=word", "Storage:ConnectionString names a PostgreSQL database, but it has a setting that is not known")]
    [InlineData("--Storage:ConnectionString=Host=localhost;Password=sea;word=1", "a value with ';' or '=' in it needs quotation marks")]
    [InlineData("--Storage:ConnectionString=Data Source=a.db;Password=word", "Storage:ConnectionString must name a SQLite file without a password")]
    [InlineData("--Metrics:Enabled=maybe", "Metrics:Enabled must be true or false, but is 'maybe'.")]
    [InlineData("--Metrics:Url=http://localhost:9464", "Metrics:Url says where /metrics is served, but nothing is served there unless Metrics:Enabled is true.")]
    [InlineData("--Metrics:Enabled=true --Metrics:Url=localhost:9464", "Metrics:Url must be an address without a path, such as http://localhost:9464 or http://+:9464, but is 'localhost:9464'.")]
    [InlineData("--Metrics:Enabled=true --Metrics:Url=http://localhost:0", "Metrics:Url must be an address")]
    [InlineData("--Metrics:Enabled=true --Metrics:Url=http://localhost:9464/metrics", "Metrics:Url must be an address")]
    [InlineData("--Metrics:Enabled=true --Metrics:Url=http://127.0.0.1:8080", "Metrics:Url must have a port of its own, but 8080 is one of the server's.")]
    [InlineData("--OTEL_EXPORTER_OTLP_ENDPOINT=collector", "OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL, such as http://localhost:4317.")]
    [InlineData("--OTEL_EXPORTER_OTLP_PROTOCOL=http/json", "OTEL_EXPORTER_OTLP_PROTOCOL must be grpc or http/protobuf, but is 'http/json'.")]
    [InlineData("--OTEL_TRACES_EXPORTER=zipkin", "OTEL_TRACES_EXPORTER must be otlp or none, but is 'zipkin'.")]
    [InlineData("--Storage:ConnectionString=Data Source=.", "is a folder. Name a file in it.")]
    public async Task MistakeOfTheOperator_EndsInOneLine(string argument, string reason)
    {
        var outcome = await ChildProcess.RunAsync(argument.Split(" --") is [var first, var second] ? [first, $"--{second}"] : [argument]);

        AssertOneLine(outcome, reason);
        Assert.DoesNotContain("word=1", outcome.Errors, StringComparison.Ordinal);
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
    public async Task FileThatIsNoDatabase_EndsInOneLine()
    {
        using var folder = new TestFolder();
        var file = folder.PathOf("a.db");
        await File.WriteAllTextAsync(file, new string('x', 5000));

        var outcome = await ChildProcess.RunAsync(["--urls=http://127.0.0.1:0", $"--Storage:ConnectionString=Data Source={file}"]);

        AssertOneLine(outcome, "Name another file, or restore this one from a backup.");
        Assert.Contains(file, outcome.Errors, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task DatabaseThatFailsAfterItWasOpened_EndsInOneLine()
    {
        await using var database = TestDatabase.CreatePostgres();
        await using (var connection = await database.OpenAsync())
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE 'The clock is broken.'; END $$";
            await command.ExecuteNonQueryAsync();
        }

        // Where the path names it, the database's own functions have their place in it, and that of the test comes first.
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        settings.SearchPath += ",pg_catalog";
        var outcome = await ChildProcess.RunAsync(
            ["--urls=http://127.0.0.1:0", .. database.Settings.Select(setting => $"--{setting}"), $"--Storage:ConnectionString={settings}"]);

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("(P0001): P0001: The clock is broken.", Assert.Single(outcome.Output.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Contains("failed when it was asked for the time", Assert.Single(outcome.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task BrokenSettingsFile_EndsInOneLine()
    {
        using var folder = new TestFolder();
        await File.WriteAllTextAsync(folder.PathOf("appsettings.json"), "{ \"urls\": }");

        var outcome = await ChildProcess.RunAsync([$"--contentRoot={folder.FullName}"]);

        AssertOneLine(outcome, "appsettings.json");
    }

    [Fact]
    public async Task ServerThatIsItsOwnModelServer_EndsInOneLine()
    {
        var port = LoopbackPort.Free();

        var outcome = await ChildProcess.RunAsync([$"--urls=http://127.0.0.1:{port}"], new() { ["OPENAI_BASE_URL"] = $"http://localhost:{port}/v1" });

        AssertOneLine(outcome, "Model:BaseUrl");
        Assert.Contains("this very server", outcome.Errors, StringComparison.Ordinal);
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
        Assert.Contains(summary, line => line.EndsWith("api.openai.com executes runs, spoken to as openai", StringComparison.Ordinal));
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
