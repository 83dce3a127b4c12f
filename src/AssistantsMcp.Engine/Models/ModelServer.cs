using System.Net.Http.Headers;
using System.Reflection;
using AssistantsMcp.Engine.Api;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// The server at <c>Model:BaseUrl</c>, and the one place that talks HTTP to it. A request carries the key and its account, our
/// own <c>User-Agent</c> and nothing else of the caller's; retries and the circuit are <see cref="ModelResilience"/>'s.
/// </summary>
internal sealed partial class ModelServer(
    IHttpClientFactory clients,
    IOptions<EngineOptions> options,
    BackendProfile backend,
    TimeProvider clock,
    ILogger<ModelServer> logger)
{
    /// <summary>The name of the <see cref="HttpClient"/> behind it.</summary>
    public const string ClientName = "model";

    /// <summary>Azure's header for keys.</summary>
    private const string KeyHeader = "api-key";

    /// <summary>How long a small answer may take, retries included.</summary>
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The longest pause before a small answer is asked for again: a caller waits for it.</summary>
    private static readonly TimeSpan LongestAskPause = TimeSpan.FromSeconds(2);

    private static readonly ProductInfoHeaderValue UserAgent = new("AssistantsMcp", Version());

    private readonly ModelOptions _options = options.Value.Model;
    private bool _hasHinted;

    /// <summary>Its host, and its port where that is unusual: how messages name it.</summary>
    public string Host => _options.BaseUrl.Authority;

    /// <summary>The configured base URL, with the API version that goes with every request; routes are put behind it by <see cref="Route"/>.</summary>
    public Uri BaseUrl { get; } = string.IsNullOrEmpty(options.Value.Model.ApiVersion)
        ? options.Value.Model.BaseUrl
        : new UriBuilder(options.Value.Model.BaseUrl) { Query = $"api-version={options.Value.Model.ApiVersion}" }.Uri;

    /// <summary>Asks for a streamed response. Returns at the response's headers, whatever its status.</summary>
    /// <param name="body">The JSON of the request; sent again on a retry.</param>
    /// <param name="key">The caller's key, unless <c>Model:ApiKey</c> replaces it.</param>
    /// <param name="tenant">Whose circuit counts the call. Not sent.</param>
    /// <param name="cancellationToken">Ends the call up to its headers; the body is the reader's.</param>
    /// <exception cref="ModelServerException">Unreachable, silent for <c>Model:Timeout</c>, or the circuit is open.</exception>
    public async Task<HttpResponseMessage> PostResponsesAsync(
        ReadOnlyMemory<byte> body, ApiKey key, string tenant, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Post, "responses", key, tenant);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        request.Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new("application/json") } };

        return await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Fetches <c>GET {Model:BaseUrl}/models</c> as it is.</summary>
    /// <exception cref="ModelServerException">Unreachable, silent for 30 seconds, or the circuit is open.</exception>
    public Task<ModelAnswer> GetModelsAsync(ApiKey key, string tenant, CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Get, "models", content: null, key, tenant, cancellationToken);

    /// <summary>Fetches <c>GET {Model:BaseUrl}/files/…/content</c>, 16 MiB at most.</summary>
    /// <exception cref="ModelServerException">Unreachable, silent for 30 seconds, too large, or the circuit is open.</exception>
    public Task<ModelAnswer> GetFileAsync(string fileId, ApiKey key, string tenant, CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Get, $"files/{fileId}/content", content: null, key, tenant, cancellationToken, accept: "*/*");

    /// <summary>Sends a request and reads the whole answer, whatever its status.</summary>
    /// <param name="method">The method.</param>
    /// <param name="route">What follows the base URL.</param>
    /// <param name="content">The body of the request, or nothing; sent again on a retry.</param>
    /// <param name="key">The caller's key, unless <c>Model:ApiKey</c> replaces it.</param>
    /// <param name="tenant">Whose circuit counts the call. Not sent.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <param name="accept">What the answer may be.</param>
    /// <param name="query">What follows the route, without its <c>?</c>.</param>
    /// <exception cref="ModelServerException">
    /// Unreachable, silent for 30 seconds (an upload: for <c>Model:Timeout</c>), the circuit is open, or the answer is larger than 16 MiB.
    /// </exception>
    public async Task<ModelAnswer> AskAsync(
        HttpMethod method,
        string route,
        HttpContent? content,
        ApiKey key,
        string tenant,
        CancellationToken cancellationToken,
        string accept = "application/json",
        string? query = null)
    {
        // An upload takes as long as the line and the file's size will have it.
        var longest = content is MultipartContent ? _options.Timeout : AskTimeout;
        using var patience = new CancellationTokenSource(longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        using var request = Request(method, route, key, tenant, query);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        request.Content = content;
        request.Options.Set(ModelResilience.MakesSomething, content is not null);
        request.Options.Set(ModelResilience.LongestWait, LongestAskPause);

        try
        {
            using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            return new ModelAnswer((int)response.StatusCode, body, ModelResilience.RetryAfter(response, clock));
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw ModelServerException.Silent(longest);
        }
    }

    /// <summary>Downloads something.</summary>
    /// <param name="route">What follows the base URL.</param>
    /// <param name="longest">Most bytes to read.</param>
    /// <param name="key">The caller's key, unless <c>Model:ApiKey</c> replaces it.</param>
    /// <param name="tenant">Whose circuit counts the call. Not sent.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null where the server does not have it, or it is longer.</returns>
    /// <exception cref="ModelServerException">Unreachable, silent for <c>Model:Timeout</c>, or the circuit is open.</exception>
    /// <exception cref="IOException">The answer broke off.</exception>
    public async Task<byte[]?> DownloadAsync(string route, int longest, ApiKey key, string tenant, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Get, route, key, tenant);
        using var response = await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode || response.Content.Headers.ContentLength > longest)
        {
            return null;
        }

        await using var content = new SilenceGuard(await response.Content.ReadAsStreamAsync(cancellationToken), _options.Timeout, clock);
        using var read = new MemoryStream();
        var buffer = new byte[81_920];
        while (await content.ReadAsync(buffer, cancellationToken) is var length and > 0)
        {
            if (read.Length + length > longest)
            {
                return null;
            }

            read.Write(buffer, 0, length);
        }

        return read.ToArray();
    }

    /// <summary>Puts the key and its account into a request, in the headers where this server looks for them, in place of any that are there.</summary>
    /// <param name="headers">Those of a request to this server.</param>
    /// <param name="key">The caller's key, unless <c>Model:ApiKey</c> replaces it.</param>
    public void Authorize(HttpRequestHeaders headers, ApiKey key)
    {
        var value = string.IsNullOrEmpty(_options.ApiKey) ? key.Value : _options.ApiKey;
        headers.Remove(KeyHeader);
        headers.Authorization = backend.TakesApiKeyHeader ? null : new AuthenticationHeaderValue("Bearer", value);
        if (backend.TakesApiKeyHeader)
        {
            headers.Add(KeyHeader, value);
        }

        Replace(headers, KeyAccount.OrganizationHeader, key.Account.Organization);
        Replace(headers, KeyAccount.ProjectHeader, key.Account.Project);
    }

    /// <summary>Puts a route behind the base URL's path and keeps its query (<c>?api-version=…</c>).</summary>
    internal static Uri Route(Uri baseUrl, string route) =>
        new UriBuilder(baseUrl) { Path = $"{baseUrl.AbsolutePath.TrimEnd('/')}/{route}" }.Uri;

    private static void Replace(HttpRequestHeaders headers, string header, string? value)
    {
        if (value is not null)
        {
            headers.Remove(header);
            headers.Add(header, value);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string route, ApiKey key, string tenant, string? query = null)
    {
        var address = new UriBuilder(Route(BaseUrl, route));
        address.Query = string.Join('&', new[] { address.Query.TrimStart('?'), query }.Where(part => !string.IsNullOrEmpty(part)));
        var request = new HttpRequestMessage(method, address.Uri);
        Authorize(request.Headers, key);
        request.Headers.UserAgent.Add(UserAgent);
        request.Options.Set(ModelResilience.Tenant, tenant);
        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        try
        {
            var response = await clients.CreateClient(ClientName).SendAsync(request, completion, cancellationToken);
            Log.Answered(logger, request.Method, (int)response.StatusCode, clock.GetElapsedTime(started).TotalMilliseconds);
            HintAtProfile(response);
            return response;
        }
        catch (HttpRequestException e)
        {
            Log.NotAnswered(logger, request.Method, e.HttpRequestError, clock.GetElapsedTime(started).TotalMilliseconds);
            throw ModelServerException.Unreachable(Host, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            // SocketsHttpHandler reports a connection that took too long as a cancellation.
            Log.NotAnswered(logger, request.Method, HttpRequestError.ConnectionError, clock.GetElapsedTime(started).TotalMilliseconds);
            throw ModelServerException.Unreachable(Host, new HttpRequestException(HttpRequestError.ConnectionError, null, e));
        }
        catch (TimeoutRejectedException e)
        {
            Log.Silent(logger, request.Method, e.Timeout.TotalSeconds);
            throw ModelServerException.Silent(e.Timeout);
        }
        catch (BrokenCircuitException e)
        {
            Log.NotAsked(logger, request.Method, e.RetryAfter?.TotalSeconds ?? 0);
            throw ModelServerException.CircuitOpen(e.RetryAfter);
        }
    }

    /// <summary>llama.cpp's server cannot be told from its address, but it says its name. Once is enough.</summary>
    private void HintAtProfile(HttpResponseMessage response)
    {
        if (backend.Name == "generic" && response.Headers.Server.ToString() == "llama.cpp" && !Interlocked.Exchange(ref _hasHinted, true))
        {
            Log.ProfileNotNamed(logger);
        }
    }

    private static string Version() =>
        Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "0";

    private static partial class Log
    {
        [LoggerMessage(201, LogLevel.Debug, "The model server answered {Method} with {Status} after {ElapsedMs} ms.")]
        public static partial void Answered(ILogger logger, HttpMethod method, int status, double elapsedMs);

        [LoggerMessage(202, LogLevel.Warning, "The model server did not answer {Method}: {Error} after {ElapsedMs} ms.")]
        public static partial void NotAnswered(ILogger logger, HttpMethod method, HttpRequestError error, double elapsedMs);

        [LoggerMessage(203, LogLevel.Warning, "The model server was silent for {Seconds} s after {Method}.")]
        public static partial void Silent(ILogger logger, HttpMethod method, double seconds);

        [LoggerMessage(204, LogLevel.Warning, "The model server was not asked ({Method}): its circuit is open for {Seconds} s.")]
        public static partial void NotAsked(ILogger logger, HttpMethod method, double seconds);

        [LoggerMessage(205, LogLevel.Warning, "The model server is llama.cpp, which has ways of its own. Start this server with Model:Profile=llamacpp.")]
        public static partial void ProfileNotNamed(ILogger logger);
    }
}

/// <summary>A whole answer of the model server's.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The body, byte for byte.</param>
/// <param name="RetryAfter">How long the server asks to be left alone; null where it does not say.</param>
internal readonly record struct ModelAnswer(int Status, byte[] Body, TimeSpan? RetryAfter)
{
    public bool IsSuccess => Status is >= 200 and < 300;
}
