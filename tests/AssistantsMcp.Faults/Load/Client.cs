using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using AssistantsMcp.Faults.Recording;

namespace AssistantsMcp.Faults.Load;

/// <summary>A caller of <c>/v1</c> whose every call is recorded, whatever becomes of it.</summary>
/// <param name="history">Where it is recorded.</param>
/// <param name="server">The server to call, asked anew for every call.</param>
/// <param name="key">In whose name.</param>
internal sealed class Client(History history, Func<HttpClient> server, string key)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(120);

    public Task<ClientCall> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<ClientCall> PostAsync(string path, string body = "{}", string? idempotencyKey = null) =>
        SendAsync(HttpMethod.Post, path, body, idempotencyKey);

    /// <summary>Sends a request and reads its answer to the end.</summary>
    public async Task<ClientCall> SendAsync(HttpMethod method, string path, string? body = null, string? idempotencyKey = null)
    {
        var from = history.Now;
        var (status, answer, retryAfter) = ((int?)null, (JsonElement?)null, (TimeSpan?)null);
        try
        {
            using var request = NewRequest(method, path, body, idempotencyKey);
            using var response = await server().SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            (status, answer, retryAfter) = ((int)response.StatusCode, text.StartsWith('{') ? JsonElement.Parse(text) : null, response.Headers.RetryAfter?.Delta);
        }
        catch (Exception exception) when (IsNoAnswer(exception))
        {
            // Whether the call did anything, nobody knows.
        }

        return Record(from, method, path, body, status, answer, idempotencyKey, retryAfter);
    }

    /// <summary>Starts a run as a stream and reads it to its end. Every state of the run that it tells of is recorded as an answer.</summary>
    /// <returns>The call with the run as it was told of first.</returns>
    public Task<ClientCall> StreamAsync(string path, string body) => StreamAsync(path, body, int.MaxValue);

    /// <summary>Starts a run as a stream and goes away with the first state of the run.</summary>
    public async Task<JsonElement> LeaveAsync(string path, string body) => await UntilAsync(() => StreamAsync(path, body, states: 1));

    private async Task<ClientCall> StreamAsync(string path, string body, int states)
    {
        var from = history.Now;
        ClientCall? begun = null;
        try
        {
            using var request = NewRequest(HttpMethod.Post, path, body);
            using var response = await server().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            if (!response.IsSuccessStatusCode)
            {
                var refused = JsonElement.Parse(await response.Content.ReadAsStringAsync());
                return Record(from, HttpMethod.Post, path, body, (int)response.StatusCode, refused);
            }

            using var patience = new CancellationTokenSource(_patience);
            await foreach (var told in SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync(patience.Token).Where(IsStateOfRun).Take(states))
            {
                var recorded = begun is null
                    ? Record(from, HttpMethod.Post, path, body, 200, JsonElement.Parse(told.Data))
                    : Record(from, HttpMethod.Get, $"{path}/stream", null, 200, JsonElement.Parse(told.Data));
                begun ??= recorded;
            }
        }
        catch (Exception exception) when (IsNoAnswer(exception))
        {
            // The stream broke off; the run goes on.
        }

        return begun ?? Record(from, HttpMethod.Post, path, body, null, null);
    }

    /// <summary>Reads until there is an answer.</summary>
    public async Task<JsonElement> ReadAsync(string path) => await UntilAsync(() => GetAsync(path));

    /// <summary>Makes something until it is acknowledged; each try is told apart by its number.</summary>
    public async Task<JsonElement> MakeAsync(string path, Func<int, string> body)
    {
        var tries = 0;
        return await UntilAsync(() => PostAsync(path, body(tries++)));
    }

    /// <summary>Makes something until it is acknowledged, always with the same key, so that it is made once.</summary>
    public Task<JsonElement> MakeOnceAsync(string path, string body, string idempotencyKey) =>
        UntilAsync(() => PostAsync(path, body, idempotencyKey));

    /// <summary>Reads a list page by page, from its first object to its last.</summary>
    public async Task<List<JsonElement>> ListAsync(string path, int pageSize = 20, string order = "asc")
    {
        var (items, first) = (new List<JsonElement>(), $"{path}?order={order}&limit={pageSize}");
        var page = await ReadAsync(first);
        items.AddRange(page.GetProperty("data").EnumerateArray());
        while (page.GetProperty("has_more").GetBoolean())
        {
            page = await ReadAsync($"{first}&after={page.GetProperty("last_id").GetString()}");
            items.AddRange(page.GetProperty("data").EnumerateArray());
        }

        return items;
    }

    private static async Task<JsonElement> UntilAsync(Func<Task<ClientCall>> call)
    {
        using var patience = new CancellationTokenSource(_patience);
        while (true)
        {
            var made = await call();
            if (made.IsOk)
            {
                return made.Answer!.Value;
            }

            Assert.True(made.Status is null or 429 or 503, $"{made.Method} {made.Path}: {made.Status} {made.Answer}");
            await Task.Delay(_pause, patience.Token);
        }
    }

    private static bool IsStateOfRun(SseItem<string> told) =>
        told.EventType.StartsWith("thread.run.", StringComparison.Ordinal) && !told.EventType.StartsWith("thread.run.step.", StringComparison.Ordinal);

    private static bool IsNoAnswer(Exception exception) => exception is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException;

    private HttpRequestMessage NewRequest(HttpMethod method, string path, string? body, string? idempotencyKey = null)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        request.Headers.TryAddWithoutValidation("OpenAI-Beta", "assistants=v2");
        if (idempotencyKey is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        return request;
    }

    private ClientCall Record(
        double from, HttpMethod method, string path, string? body, int? status, JsonElement? answer, string? idempotencyKey = null, TimeSpan? retryAfter = null)
    {
        var sent = body is null ? (JsonElement?)null : JsonElement.Parse(body);
        var call = new ClientCall(from, history.Now, key, method.Method, path, sent, status, answer, idempotencyKey, retryAfter?.TotalSeconds);
        history.Add(call);
        return call;
    }
}
