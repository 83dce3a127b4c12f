using System.Text.Json;

namespace AssistantsMcp.Tests.Api.Contract;

/// <summary>Lets a client read nothing of <c>/v1/assistants</c> and <c>/v1/threads</c> that is not as the contract says: neither answers nor events.</summary>
internal sealed class ContractHandler() : DelegatingHandler(new SocketsHttpHandler { UseCookies = false })
{
    private static readonly string[] _paths = ["/v1/assistants", "/v1/threads"];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        var path = PathOf(request);
        if (!_paths.Any(known => path == known || path.StartsWith($"{known}/", StringComparison.Ordinal)))
        {
            return response;
        }

        var media = response.Content.Headers.ContentType?.MediaType;
        if (media == "text/event-stream")
        {
            response.Content = await CheckedStreamAsync(response.Content, cancellationToken);
        }
        else
        {
            await CheckAsync(request, response, media, cancellationToken);
        }

        return response;
    }

    private static async Task CheckAsync(HttpRequestMessage request, HttpResponseMessage response, string? media, CancellationToken cancellationToken)
    {
        var (status, path) = ((int)response.StatusCode, PathOf(request));
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        var faults = media == "application/json"
            ? ApiContract.Faults(request.Method, path, status, JsonElement.Parse(text))
            : [$"its media type is {media ?? "not given"}"];
        if (faults.Count > 0)
        {
            throw new ContractException($"{request.Method} {path} was answered with {status}", faults, text);
        }
    }

    /// <summary>The path as the server reads it: escaped dots are dots, and lead upwards.</summary>
    private static string PathOf(HttpRequestMessage request)
    {
        var path = request.RequestUri!.AbsolutePath;
        return path.Contains("%2e", StringComparison.OrdinalIgnoreCase)
            ? new Uri(request.RequestUri, path.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase)).AbsolutePath
            : path;
    }

    private static async Task<StreamContent> CheckedStreamAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var copy = new StreamContent(new CheckedEventStream(await content.ReadAsStreamAsync(cancellationToken)));
        foreach (var (name, values) in content.Headers)
        {
            copy.Headers.TryAddWithoutValidation(name, values);
        }

        return copy;
    }
}
