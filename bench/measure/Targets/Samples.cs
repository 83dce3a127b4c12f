using System.Text.Json.Nodes;
using AssistantsMcp.Measure.Load;

namespace AssistantsMcp.Measure.Targets;

/// <summary>What is asked for: one assistant of about 1.5 KB, and the published tools.</summary>
internal static class Samples
{
    /// <summary>The id of the stub upstream's assistant.</summary>
    public const string AssistantId = "asst_abcdefghijklmnopqrstuvwx";

    private const string NewAssistant = """
        {"model":"gpt-6-luna","name":"Tide tables","description":"Answers questions about tides.","instructions":"INSTRUCTIONS",
        "tools":[{"type":"code_interpreter"},{"type":"function","function":{"name":"find_port","description":"Finds a port by its name.","parameters":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}}}],
        "metadata":{"team":"harbour","stage":"live"},"temperature":0.4}
        """;

    /// <summary>A message of about 300 bytes to write.</summary>
    public static string NewMessage { get; } = $$"""{"role":"user","content":"{{string.Concat(Enumerable.Repeat("When is high tide? ", 15))}}"}""";

    /// <summary>The published tools, as a test keeps them.</summary>
    public static string ToolsFile { get; } = Path.GetFullPath("tests/AssistantsMcp.Tests/Tools/tools.snapshot.json");

    public static JsonArray Tools { get; } = JsonNode.Parse(File.ReadAllText(ToolsFile))!.AsArray();

    /// <summary>Makes the assistant at a server.</summary>
    /// <returns>Its id and its JSON as the server stores it.</returns>
    public static async Task<(string Id, string Json)> CreateAssistantAsync(ServerProcess server)
    {
        var body = NewAssistant.Replace("INSTRUCTIONS", string.Concat(Enumerable.Repeat("Answer briefly, with heights in metres. ", 20)), StringComparison.Ordinal);
        var created = await SendAsync(server, Requests.Post("/v1/assistants", body));
        var id = JsonNode.Parse(created)!["id"]!.GetValue<string>();
        return (id, await SendAsync(server, Requests.Get($"/v1/assistants/{id}")));
    }

    /// <summary>The assistant as the stub upstream has it, under <see cref="AssistantId"/>.</summary>
    public static async Task<string> AssistantOfStubAsync(Build build)
    {
        await using var maker = await build.StartServerAsync(Build.NewSqlite(), Build.NoModel);
        var (id, json) = await CreateAssistantAsync(maker);
        return json.Replace(id, AssistantId, StringComparison.Ordinal);
    }

    /// <summary>A thread without messages.</summary>
    /// <returns>Its id.</returns>
    public static async Task<string> CreateThreadAsync(ServerProcess server) =>
        JsonNode.Parse(await SendAsync(server, Requests.Post("/v1/threads", "{}")))!["id"]!.GetValue<string>();

    /// <summary>A request before anything is measured.</summary>
    public static async Task<string> SendAsync(ServerProcess server, byte[] request)
    {
        using var connection = new HttpConnection(server.Address);
        await connection.ConnectAsync();
        var status = await connection.ExchangeAsync(request);
        var text = System.Text.Encoding.UTF8.GetString(connection.Body);
        return status == 200 ? text : throw new WrongAnswerException($"{status} {text}");
    }

    /// <summary>An assistant in a file, for references that read it.</summary>
    public static string Save(string json)
    {
        var file = Path.Combine(Scratch.Memory, $"{Guid.NewGuid():N}.json");
        File.WriteAllText(file, json);
        return file;
    }
}
