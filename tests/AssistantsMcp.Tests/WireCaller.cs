using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AssistantsMcp.Tests;

/// <summary>One app for the tests of a class: any key is let in, the sandbox is on, and its clock stands still.</summary>
public sealed class OpenApp : IAsyncLifetime
{
    /// <summary>What the clock shows, in Unix seconds.</summary>
    public const long Now = 1_790_000_000;

    internal TestApp App { get; private set; } = null!;

    /// <summary>A caller with a new key, hence with an empty world.</summary>
    internal WireCaller NewCaller() => new(App);

    public async Task InitializeAsync() => App = await TestApp.StartAsync(
        ["Access:Mode=open", "Sandbox:Enabled=true", "Model:BaseUrl=http://127.0.0.1:9"],
        builder => builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(Now))));

    public async Task DisposeAsync() => await App.DisposeAsync();
}

/// <summary>A caller of <c>/v1</c> who speaks plain HTTP.</summary>
internal sealed class WireCaller(TestApp app, string? key = null)
{
    public string Key { get; } = key ?? $"sk-{Guid.NewGuid():N}";

    public Task<WireAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<WireAnswer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    /// <param name="path">Below <c>/v1</c>.</param>
    /// <param name="json">The body; null sends none.</param>
    public Task<WireAnswer> PostAsync(string path, string? json = null) =>
        SendAsync(HttpMethod.Post, path, json is null ? null : Json(json));

    /// <param name="method">The method.</param>
    /// <param name="path">Below <c>/v1</c>; sent as it is, without being tidied.</param>
    /// <param name="content">The body; null sends none.</param>
    /// <param name="beta">The header <c>OpenAI-Beta</c>; null sends none.</param>
    /// <param name="authorization">The whole header, in place of the caller's own.</param>
    public async Task<WireAnswer> SendAsync(
        HttpMethod method, string path, HttpContent? content = null, string? beta = "assistants=v2", string? authorization = null)
    {
        var address = $"{app.Http.BaseAddress!.GetLeftPart(UriPartial.Authority)}/v1{path}";
        var uri = new Uri(address, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(method, uri) { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", authorization ?? $"Bearer {Key}");
        if (beta is not null)
        {
            request.Headers.TryAddWithoutValidation("OpenAI-Beta", beta);
        }

        using var response = await app.Http.SendAsync(request);
        return new WireAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers, response.Content.Headers);
    }

    public async Task<string> CreateAssistantAsync(string json = """{"model":"m"}""") => (await PostAsync("/assistants", json)).Ok().Id;

    public async Task<string> CreateThreadAsync(string? json = null) => (await PostAsync("/threads", json)).Ok().Id;

    public async Task<string> CreateMessageAsync(string threadId, string text = "hello") =>
        (await PostAsync($"/threads/{threadId}/messages", $$"""{"role":"user","content":"{{text}}"}""")).Ok().Id;

    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");
}

/// <summary>An answer of <c>/v1</c> as it is on the wire.</summary>
internal sealed record WireAnswer(HttpStatusCode Status, string Text, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    public JsonElement Json => JsonElement.Parse(Text);

    public string Id => Json.GetProperty("id").GetString()!;

    /// <summary>A field of the object, as JSON text.</summary>
    public string this[string field] => Json.GetProperty(field).GetRawText();

    /// <summary>The ids on a list's page, in order.</summary>
    public string[] Ids => [.. Json.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("id").GetString()!)];

    public bool HasMore => Json.GetProperty("has_more").GetBoolean();

    public WireAnswer Ok()
    {
        Assert.True(Status == HttpStatusCode.OK, $"{Status}: {Text}");
        return this;
    }

    /// <summary>Asserts the whole body, with <c>ID</c> in place of the object's own id.</summary>
    public void AssertObject(string json) => Assert.Equal(json, Ok().Text.Replace(Id, "ID", StringComparison.Ordinal));

    /// <summary>Asserts status and the whole error body: exactly the API's four keys, in its order.</summary>
    public void AssertError(int status, string message, string? param = null, string? code = null, string type = "invalid_request_error")
    {
        var expected = $$$"""{"error":{"message":{{{Quote(message)}}},"type":{{{Quote(type)}}},"param":{{{Quote(param)}}},"code":{{{Quote(code)}}}}}""";
        Assert.Equal((status, expected), ((int)Status, Text));
        Assert.Equal("application/json", ContentHeaders.ContentType!.ToString());
    }

    private static string Quote(string? text) => text is null ? "null" : $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
