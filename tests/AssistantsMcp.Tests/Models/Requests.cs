using System.Text.Json;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Models;

namespace AssistantsMcp.Tests.Models;

/// <summary>Requests as the run executor makes them.</summary>
internal static class Requests
{
    public const string Secret = "sk-canary-5f1d2c";

    public static ModelRequest Hello { get; } = With(User("Hello"));

    public static ModelRequest With(params JsonElement[] messages) => new()
    {
        Key = new ApiKey(Secret),
        Tenant = "tenant-1",
        ThreadId = "thread_1",
        Model = "local-model",
        Messages = messages,
    };

    public static JsonElement User(string text) => Message("user", $$$"""{"type":"text","text":{"value":{{{Quoted(text)}}},"annotations":[]}}""");

    public static JsonElement Assistant(string text) => Message("assistant", $$$"""{"type":"text","text":{"value":{{{Quoted(text)}}},"annotations":[]}}""");

    public static JsonElement Message(string role, params string[] parts) =>
        Json($$"""{"id":"msg_1","object":"thread.message","role":"{{role}}","content":[{{string.Join(',', parts)}}]}""");

    public static JsonElement Function(string name, string? extra = null) =>
        Json($$$"""{"type":"function","function":{"name":"{{{name}}}"{{{extra}}}}}""");

    public static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;

    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}
