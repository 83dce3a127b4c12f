using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AssistantsMcp.Measure.Load;
using AssistantsMcp.Measure.Targets;

namespace AssistantsMcp.Measure.Peers;

/// <summary>An MCP server to be measured, by the command that starts it.</summary>
/// <param name="Name">How tables call it.</param>
/// <param name="Command">Program and arguments; <c>{port}</c> and <c>{upstream}</c> are filled in.</param>
/// <param name="Url">Where it serves MCP, with <c>{port}</c>; null for standard input and output.</param>
/// <param name="Tool">The tool to call.</param>
/// <param name="Arguments">Its arguments, a JSON object.</param>
/// <param name="Expected">The object that the text of its answers has to hold.</param>
/// <param name="Folder">Where it is started.</param>
internal sealed record Contestant(string Name, IReadOnlyList<string> Command, string? Url, string Tool, string Arguments, JsonNode Expected, string Folder)
{
    private const int MostCallers = 64;

    private const string Initialize = """
        {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}
        """;

    private const string Initialized = """{"jsonrpc":"2.0","method":"notifications/initialized"}""";

    /// <summary>Starts the server, shakes hands, and calls the tool until every caller's answer was found right.</summary>
    /// <exception cref="WrongAnswerException">The tool's answer does not hold the object.</exception>
    public async Task<Target> StartAsync(string upstream, int callers = MostCallers)
    {
        var address = ServerProcess.FreeAddress();
        var launch = new Launch([.. Command.Select(word => Filled(word, address.Port, upstream))])
        {
            Environment = new Dictionary<string, string> { ["OPENAI_API_KEY"] = Requests.Key, ["OPENAI_BASE_URL"] = $"{upstream}/v1" },
            Folder = Folder,
        };
        return Url is null
            ? await StartStdioAsync(launch, callers)
            : await StartHttpAsync(launch, address, new Uri(Filled(Url, address.Port, upstream)).PathAndQuery, callers);
    }

    private static string Filled(string word, int port, string upstream) =>
        word.Replace("{port}", $"{port}", StringComparison.Ordinal).Replace("{upstream}", upstream, StringComparison.Ordinal);

    private async Task<Target> StartStdioAsync(Launch launch, int callers)
    {
        var process = StdioProcess.Start(launch);
        await process.AskAsync(0, Line(Initialize)).OrSilentAsync(Name);
        process.Send(Line(Initialized));
        return await ExamineAsync(process, number => new StdioConnection(process, number + 1), Calls(callers, Line));
    }

    private async Task<Target> StartHttpAsync(Launch launch, IPEndPoint address, string path, int callers)
    {
        var process = ServerProcess.Start(launch, address);
        await process.ConnectedAsync();
        using var connection = new HttpConnection(address);
        await connection.ConnectAsync();
        await connection.ExchangeAsync(Requests.Post(path, Initialize)).AsTask().OrSilentAsync(Name);
        string[] session = connection.Header("Mcp-Session-Id") is { } id ? [$"Mcp-Session-Id: {id}"] : [];
        await connection.ExchangeAsync(Requests.Post(path, Initialized, session));
        return await ExamineAsync(process, _ => new HttpConnection(address), Calls(callers, call => Requests.Post(path, call, session)));
    }

    /// <summary>A call for each caller, with an id of its own: in a session, and on one pipe, ids tell answers apart.</summary>
    private List<byte[]> Calls(int callers, Func<string, byte[]> request) =>
        [.. Enumerable.Range(1, callers).Select(id => request(Requests.Call(Tool, Arguments, id)))];

    private async Task<Target> ExamineAsync(MeasuredProcess process, Func<int, IConnection> connect, IReadOnlyList<byte[]> requests)
    {
        try
        {
            return await Target.ExamineAsync(Name, process, connect, requests, body => ToolAnswer.Holds(body, Expected));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    private static byte[] Line(string json) => Encoding.UTF8.GetBytes(json.ReplaceLineEndings("").Trim() + "\n");
}
