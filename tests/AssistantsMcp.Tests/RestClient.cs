using System.Net;
using System.Text;
using System.Text.Json;

namespace AssistantsMcp.Tests;

/// <summary>Plain HTTP against <c>/v1</c> in one caller's name.</summary>
/// <param name="http">The app.</param>
/// <param name="key">The caller's key.</param>
/// <param name="once">The <c>Idempotency-Key</c> of its requests; none by default.</param>
internal sealed class RestClient(HttpClient http, string key, string? once = null)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    /// <summary>The same caller, whose requests have an <c>Idempotency-Key</c>.</summary>
    public RestClient Once(string idempotencyKey) => new(http, key, idempotencyKey);

    public Task<JsonElement> GetAsync(string path) => OkAsync(HttpMethod.Get, path);

    public Task<JsonElement> PostAsync(string path, string? body = null) => OkAsync(HttpMethod.Post, path, body);

    public Task<JsonElement> DeleteAsync(string path) => OkAsync(HttpMethod.Delete, path);

    /// <summary>Sends a request whatever its outcome.</summary>
    public async Task<RestAnswer> SendAsync(HttpMethod method, string path, string? body = null)
    {
        using var response = await OpenAsync(method, path, body);
        return new RestAnswer(
            response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()), response.Headers.Contains("Idempotent-Replayed"));
    }

    /// <summary>Sends a request that is to be refused, and returns its status and error object.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Error)> RefusedAsync(HttpMethod method, string path, string? body = null)
    {
        var answer = await SendAsync(method, path, body);
        return (answer.Status, answer.Body.GetProperty("error"));
    }

    /// <summary>Opens a stream; its events are read with <see cref="EventReader"/>.</summary>
    public async Task<EventReader> StreamAsync(string path, string body) => new(await OpenAsync(HttpMethod.Post, path, body));

    public async Task<string> NewAssistantAsync(string fields = "\"model\":\"gpt-6-luna\"") =>
        (await PostAsync("/v1/assistants", $"{{{fields}}}")).GetProperty("id").GetString()!;

    /// <summary>A thread with these user messages.</summary>
    public async Task<string> NewThreadAsync(params string[] messages)
    {
        var list = string.Join(',', messages.Select(text => $$"""{"role":"user","content":{{JsonSerializer.Serialize(text)}}}"""));
        return (await PostAsync("/v1/threads", $$"""{"messages":[{{list}}]}""")).GetProperty("id").GetString()!;
    }

    /// <summary>Starts a run and returns its path.</summary>
    public async Task<string> NewRunAsync(string threadId, string assistantId, string? fields = null)
    {
        var run = await PostAsync(
            $"/v1/threads/{threadId}/runs", $$"""{"assistant_id":"{{assistantId}}"{{(fields is null ? "" : $",{fields}")}}}""");
        return $"/v1/threads/{threadId}/runs/{run.GetProperty("id").GetString()}";
    }

    /// <summary>Reads a run until it has ended or waits for its client.</summary>
    public Task<JsonElement> SettledAsync(string runPath) => UntilAsync(
        runPath, run => run.GetProperty("status").GetString() is not ("queued" or "in_progress" or "cancelling"));

    /// <summary>Reads an object until it is as expected.</summary>
    public async Task<JsonElement> UntilAsync(string path, Func<JsonElement, bool> isExpected)
    {
        using var patience = new CancellationTokenSource(_patience);
        while (true)
        {
            var found = await GetAsync(path);
            if (isExpected(found))
            {
                return found;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), patience.Token);
        }
    }

    /// <summary>The texts of a thread's messages, oldest first.</summary>
    public async Task<string[]> TextsAsync(string threadId) =>
        [.. (await GetAsync($"/v1/threads/{threadId}/messages?order=asc&limit=100")).GetProperty("data").EnumerateArray().Select(Text)];

    /// <summary>The text of a message's first part; empty when it has none.</summary>
    public static string Text(JsonElement message) =>
        message.GetProperty("content") is var content && content.GetArrayLength() > 0
            ? content[0].GetProperty("text").GetProperty("value").GetString()!
            : "";

    private async Task<JsonElement> OkAsync(HttpMethod method, string path, string? body = null)
    {
        var answer = await SendAsync(method, path, body);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{method} {path}: {(int)answer.Status} {answer.Body}");
        return answer.Body;
    }

    private async Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        request.Headers.TryAddWithoutValidation("OpenAI-Beta", "assistants=v2");
        if (once is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", once);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}

/// <summary>An answer of <c>/v1</c>.</summary>
internal sealed record RestAnswer(HttpStatusCode Status, JsonElement Body, bool IsReplayed)
{
    /// <summary>The body as it was sent.</summary>
    public string Text => Body.GetRawText();
}
