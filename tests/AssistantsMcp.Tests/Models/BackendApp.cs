using System.Text.Json;

namespace AssistantsMcp.Tests.Models;

/// <summary>One conversation with the application in front of a model server of some kind, through <c>/v1</c>.</summary>
internal sealed class BackendApp : IAsyncDisposable
{
    public const string Tide = """{"type":"function","function":{"name":"tide","parameters":{"type":"object","properties":{"hour":{"type":"integer"}}}}}""";
    public const string Wind = """{"type":"function","function":{"name":"wind"}}""";

    private readonly RunApp _app;

    private BackendApp(RunApp app) => (_app, Api) = (app, app.As());

    public RestClient Api { get; }

    public FakeResponsesServer Model => _app.Model;

    public IServiceProvider Services => _app.App.App.Services;

    /// <summary>The path of the last run.</summary>
    public string Run { get; private set; } = "";

    /// <summary>The id of its thread.</summary>
    public string Thread { get; private set; } = "";

    /// <summary>What the model server was asked at <c>/responses</c>.</summary>
    public IReadOnlyList<JsonElement> Requests => [.. Model.Calls.Where(call => call.Target.EndsWith("/responses", StringComparison.Ordinal)).Select(call => call.Json)];

    public static async Task<BackendApp> StartAsync(string profile, params string[] settings) =>
        new(await RunApp.StartAsync(null, [$"Model:Profile={profile}", .. settings]));

    /// <summary>Runs an assistant on a new thread until it has ended or waits for tool outputs.</summary>
    /// <param name="tools">The assistant's tools.</param>
    /// <param name="fields">Fields of the run: <c>"temperature":0.3</c>.</param>
    /// <param name="content">The user's message, as JSON.</param>
    public async Task<JsonElement> RunAsync(string tools = "", string? fields = null, string content = "\"Hello\"")
    {
        var assistant = await Api.NewAssistantAsync($"\"model\":\"local-model\",\"tools\":[{tools}]");
        Thread = (await Api.PostAsync("/v1/threads", $$"""{"messages":[{"role":"user","content":{{content}}}]}""")).GetProperty("id").GetString()!;
        Run = await Api.NewRunAsync(Thread, assistant, fields);
        return await Api.SettledAsync(Run);
    }

    /// <summary>Answers every call that the run waits for, and lets it go on.</summary>
    public async Task<JsonElement> SubmitAsync(string output = "3.2")
    {
        var calls = (await Api.GetAsync(Run)).GetProperty("required_action").GetProperty("submit_tool_outputs").GetProperty("tool_calls").EnumerateArray();
        var outputs = calls.Select(call => $$"""{"tool_call_id":"{{call.GetProperty("id").GetString()}}","output":"{{output}}"}""");
        await Api.PostAsync($"{Run}/submit_tool_outputs", $$"""{"tool_outputs":[{{string.Join(',', outputs)}}]}""");
        return await Api.SettledAsync(Run);
    }

    /// <summary>What a request carried beside messages, in order.</summary>
    public IEnumerable<JsonElement> Items(int request) =>
        Requests[request].GetProperty("input").EnumerateArray().Where(item => item.GetProperty("type").GetString() != "message");

    /// <summary>The types of <see cref="Items"/>.</summary>
    public IEnumerable<string?> ItemTypes(int request) => Items(request).Select(item => item.GetProperty("type").GetString());

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
