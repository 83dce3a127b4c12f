using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AssistantsMcp.Tests.Api.Contract;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Client;

namespace AssistantsMcp.Tests;

/// <summary>The real application on a free port, with a database of its own. Its log is kept line by line, at Trace.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TestDatabase _database;

    private TestApp(WebApplication app, TestDatabase database, LogLines log)
    {
        (_app, _database, Log) = (app, database, log);
        Http = new HttpClient(new ContractHandler()) { BaseAddress = new Uri(app.Urls.First()) };
    }

    /// <summary>Plain HTTP against the app, as curl would speak it. What <c>/v1</c> answers is checked against the published contract.</summary>
    public HttpClient Http { get; }

    /// <summary>Everything that was logged, by any category at any level.</summary>
    public LogLines Log { get; }

    public WebApplication App => _app;

    /// <summary>Where the app keeps its data.</summary>
    public TestDatabase Database => _database;

    /// <param name="settings">Arguments of the command line: <c>Limits:BodyBytes=1024</c>.</param>
    /// <param name="customize">A last word on services, such as a clock.</param>
    public static async Task<TestApp> StartAsync(IEnumerable<string>? settings = null, Action<WebApplicationBuilder>? customize = null)
    {
        var database = TestDatabase.Create();
        var log = new LogLines();
        string[] args =
        [
            "--urls=http://127.0.0.1:0",
            .. database.Settings.Concat(settings ?? []).Select(setting => $"--{setting}"),
        ];
        try
        {
            var app = AssistantsMcpHost.Create(args, builder =>
            {
                builder.Logging.ClearProviders().AddProvider(log).AddFilter<LogLines>(null, LogLevel.Trace);
                customize?.Invoke(builder);
            });
            await app.StartAsync();
            return new TestApp(app, database, log);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the app with its tools pointed at another server.</summary>
    public static Task<TestApp> StartAsync(Uri endpoint, params IEnumerable<string> settings) =>
        StartAsync([$"Assistants:Endpoint={endpoint}", .. settings]);

    /// <summary>The official MCP client, with its key in the address.</summary>
    public Task<McpClient> ConnectAsync(string key = "sk-test") => McpClient.CreateAsync(new HttpClientTransport(
        new() { Endpoint = new Uri(Http.BaseAddress!, $"/mcp/{key}"), TransportMode = HttpTransportMode.StreamableHttp }));

    /// <summary>Sends a body as curl does: <c>Accept: */*</c>, unless told otherwise.</summary>
    public async Task<HttpResponseMessage> PostAsync(
        string body, string path = "/mcp/sk-test", string? accept = "*/*", string? contentType = "application/json", string? bearer = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        if (contentType is not null)
        {
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        if (bearer is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {bearer}");
        }

        return await Http.SendAsync(request);
    }

    /// <summary>Calls a tool as curl does and returns its result.</summary>
    /// <param name="tool">The tool.</param>
    /// <param name="arguments">Its arguments, as JSON.</param>
    /// <param name="key">The caller.</param>
    public async Task<ToolAnswer> CallAsync(string tool, string arguments = "{}", string key = "sk-test")
    {
        using var response = await PostAsync(
            $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}}}""", $"/mcp/{key}");
        var body = JsonElement.Parse(await response.Content.ReadAsStringAsync());
        return new ToolAnswer(body.GetProperty("result"));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }
}

/// <summary>The result of a tool call as it is on the wire.</summary>
internal sealed record ToolAnswer(JsonElement Result)
{
    public bool IsError => Result.TryGetProperty("isError", out var error) && error.GetBoolean();

    /// <summary>The id of the object that came back.</summary>
    public string Id => Result.GetProperty("structuredContent").GetProperty("id").GetString()!;

    public string Text => Result.GetProperty("content")[0].GetProperty("text").GetString()!;
}

/// <summary>Keeps log lines with their scopes and exceptions.</summary>
internal sealed class LogLines : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<string> _lines = new();
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
    }

    private sealed class Logger(LogLines owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => owner._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = new StringBuilder($"{logLevel} {category}: {formatter(state, exception)} {exception}");
            owner._scopes.ForEachScope((scope, text) => text.Append(" => ").Append(Render(scope)), line);
            owner._lines.Enqueue(line.ToString());
        }

        /// <summary>A scope's values, because its text may leave some of them out.</summary>
        private static string Render(object? scope) =>
            scope is IEnumerable<KeyValuePair<string, object?>> values ? string.Join(", ", values) : $"{scope}";
    }
}
