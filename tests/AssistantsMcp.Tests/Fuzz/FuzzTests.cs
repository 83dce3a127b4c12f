using System.Net;
using System.Text;
using System.Text.Json;
using AssistantsMcp.Tests.Security;
using Microsoft.Extensions.Logging;
using Xunit.Abstractions;

namespace AssistantsMcp.Tests.Fuzz;

/// <summary>Whatever is sent, it is answered as a caller's mistake or served: never a fault, never a fault in the log.</summary>
public sealed class FuzzTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly int _requests = Effort.Of(1000, 22_000);

    private static readonly string[] _routes =
    [
        "POST /assistants", "GET /assistants", "GET /assistants/{assistant_id}", "POST /assistants/{assistant_id}", "DELETE /assistants/x",
        "POST /threads", "GET /threads", "GET /threads/{thread_id}", "POST /threads/{thread_id}", "DELETE /threads/x",
        "POST /threads/{thread_id}/messages", "GET /threads/{thread_id}/messages", "GET /threads/{thread_id}/messages/{message_id}",
        "POST /threads/{thread_id}/messages/{message_id}", "DELETE /threads/{thread_id}/messages/x",
        "POST /threads/{thread_id}/runs", "POST /threads/runs", "GET /threads/{thread_id}/runs", "GET /threads/{thread_id}/runs/{run_id}",
        "POST /threads/{thread_id}/runs/{run_id}", "POST /threads/{thread_id}/runs/{run_id}/submit_tool_outputs",
        "POST /threads/{thread_id}/runs/{run_id}/cancel", "GET /threads/{thread_id}/runs/{run_id}/steps",
        "GET /threads/{thread_id}/runs/{run_id}/steps/{step_id}", "GET /models",
    ];

    private static readonly string[] _fields =
    [
        "model", "name", "description", "instructions", "tools", "tool_resources", "metadata", "temperature", "top_p", "response_format",
        "reasoning_effort", "messages", "content", "role", "attachments", "assistant_id", "additional_instructions", "additional_messages",
        "tool_choice", "parallel_tool_calls", "max_prompt_tokens", "max_completion_tokens", "truncation_strategy", "thread", "tool_outputs",
    ];

    private static readonly string[] _queries =
        ["limit=0", "limit=abc", "limit=99999999999", "limit=", "order=DESC", "after=%00", "before=%ff", "run_id=..", "include[]=x", "limit=1&limit=2", "%zz=%", "stream=true"];

    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(["Sandbox:Enabled=true", "Access:Mode=open"]);

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData(42)]
    [InlineData(20260826)]
    public async Task AnyArguments_AreServedOrRefusedWithAReason(int seed)
    {
        output.WriteLine($"seed {seed}");
        var junk = new Junk(seed);
        var ids = await MakeIdsAsync();
        var schemas = JsonElement.Parse(await (await _app.PostAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""")).Content.ReadAsStringAsync())
            .GetProperty("result").GetProperty("tools").EnumerateArray()
            .ToDictionary(tool => tool.GetProperty("name").GetString()!, tool => tool.GetProperty("inputSchema"));
        var names = schemas.Keys.Where(name => !name.EndsWith("-delete", StringComparison.Ordinal) || junk.OneIn(2)).ToArray();

        for (var i = 0; i < _requests; i++)
        {
            var name = junk.Of(names);
            var arguments = junk.OneIn(30) ? junk.Value() : Arguments(junk, schemas[name], ids, keepIds: name.EndsWith("-delete", StringComparison.Ordinal));
            using var response = await _app.PostAsync(
                $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{name}}}","arguments":{{{arguments}}}}}""", "/mcp/sandbox");

            var answer = JsonElement.Parse(await response.Content.ReadAsStringAsync());
            var what = $"seed {seed}: {name} {arguments[..Math.Min(arguments.Length, 500)]} => {response.StatusCode} {answer}";
            if (answer.TryGetProperty("error", out var error))
            {
                Assert.True(error.GetProperty("code").GetInt32() is -32600 or -32602 or -32700, what);
            }
            else if (answer.GetProperty("result").TryGetProperty("isError", out var isError) && isError.GetBoolean())
            {
                var text = answer.GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString()!;
                Assert.False(text.Length is 0 or > 2000 || text.Contains("Exception", StringComparison.Ordinal) || text.Contains("HTTP 5", StringComparison.Ordinal), what);
            }
        }

        AssertNoFaultLogged();
    }

    [Theory]
    [InlineData(42)]
    [InlineData(20260826)]
    public async Task AnyBodyAndQuery_AreServedOrRefusedInTheShapeOfTheApi(int seed)
    {
        output.WriteLine($"seed {seed}");
        var junk = new Junk(seed);
        var ids = await MakeIdsAsync();
        var caller = new WireCaller(_app, "sandbox");

        for (var i = 0; i < _requests; i++)
        {
            var (method, path) = junk.Of(_routes).Split(' ') is [var verb, var route] ? (new HttpMethod(verb), route) : default;
            foreach (var (name, id) in ids)
            {
                path = path.Replace($"{{{name}}}", junk.OneIn(15) ? junk.Of(["%2e%2e", "a%2fb", "%ff", "thread_", "run_x", "%0d%0a"]) : id, StringComparison.Ordinal);
            }

            path += junk.OneIn(3) ? $"?{junk.Of(_queries)}" : "";
            var body = method != HttpMethod.Post ? null : junk.OneIn(15) ? junk.Value() : Body(junk, ids);
            var answer = await caller.SendAsync(method, path, body is null ? null : WireCaller.Json(body));

            var what = $"seed {seed}: {method} {path} {body?[..Math.Min(body.Length, 500)]} => {answer.Status} {answer.Text}";
            Assert.True(answer.Status < HttpStatusCode.InternalServerError, what);
            if (answer.Status >= HttpStatusCode.BadRequest)
            {
                var error = answer.Json.GetProperty("error");
                Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(property => property.Name));
                Assert.False(string.IsNullOrEmpty(error.GetProperty("message").GetString()), what);
            }
        }

        AssertNoFaultLogged();
    }

    [Fact]
    public async Task AnyBytes_LeaveTheServerAlive()
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true"], builder => builder.Logging.ClearProviders());
        var random = new Random(34);
        byte[] request = [.. "POST /mcp/sandbox HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 46\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}"u8];

        for (var sent = 0; sent < Effort.Of(100_000, 100_000_000);)
        {
            // Half of it is noise, half is a request with a few bytes of it changed.
            var bytes = random.Next(2) == 0 ? new byte[random.Next(1, 4096)] : [.. request];
            if (bytes.Length != request.Length)
            {
                random.NextBytes(bytes);
            }

            for (var change = random.Next(1, 5); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            await RawHttp.SendAsync(app.Http.BaseAddress!, Encoding.Latin1.GetString(bytes), hangsUp: true);
            sent += bytes.Length;
        }

        (await new WireCaller(app, "sandbox").GetAsync("/assistants")).Ok();
    }

    /// <summary>Objects to aim at, so that requests get past the search for them.</summary>
    private async Task<Dictionary<string, string>> MakeIdsAsync()
    {
        var api = new RestClient(_app.Http, "sandbox");
        var assistant = await api.NewAssistantAsync();
        var thread = await api.NewThreadAsync("hello");
        var run = await api.SettledAsync(await api.NewRunAsync(thread, assistant));
        var runId = run.GetProperty("id").GetString()!;
        return new()
        {
            ["assistant_id"] = assistant,
            ["thread_id"] = thread,
            ["run_id"] = runId,
            ["message_id"] = await FirstAsync($"/v1/threads/{thread}/messages"),
            ["step_id"] = await FirstAsync($"/v1/threads/{thread}/runs/{runId}/steps"),
        };

        async Task<string> FirstAsync(string path) => (await api.GetAsync(path)).GetProperty("first_id").GetString()!;
    }

    private static string Arguments(Junk junk, JsonElement schema, Dictionary<string, string> ids, bool keepIds)
    {
        var required = schema.TryGetProperty("required", out var list) ? list.EnumerateArray().Select(item => item.GetString()!).ToHashSet() : [];
        var given = new List<string>();
        foreach (var property in schema.GetProperty("properties").EnumerateObject())
        {
            if (ids.TryGetValue(property.Name, out var id) && !keepIds && !junk.OneIn(8))
            {
                given.Add($"\"{property.Name}\":\"{id}\"");
            }
            else if (required.Contains(property.Name) ? !junk.OneIn(10) : junk.OneIn(5))
            {
                given.Add($"\"{property.Name}\":{junk.Value()}");
            }
        }

        if (junk.OneIn(10))
        {
            given.Add($"\"{junk.Of(["modle", "", "\\ud800", "thread_id"])}\":{junk.Value()}");
        }

        return $"{{{string.Join(',', given)}}}";
    }

    private static string Body(Junk junk, Dictionary<string, string> ids)
    {
        var given = _fields.Where(_ => junk.OneIn(9)).Select(field => $"\"{field}\":{junk.Value()}").ToList();
        given.AddRange(junk.Of<string[]>([["\"model\":\"m\""], ["\"role\":\"user\"", "\"content\":\"x\""], [$"\"assistant_id\":\"{ids["assistant_id"]}\""], []]));
        return $"{{{string.Join(',', given)}}}";
    }

    private void AssertNoFaultLogged() => Assert.DoesNotContain(
        _app.Log.Lines, line => line.StartsWith("Error ", StringComparison.Ordinal) || line.StartsWith("Critical ", StringComparison.Ordinal));
}
