using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI.Assistants;

namespace AssistantsMcp.Clients;

/// <summary>
/// Requests that the SDK's own methods would change: they add <c>include[]</c> to runs and steps, ask for an event
/// stream, page through lists by themselves, and know no <c>run_id</c>. These go through the same pipeline, exactly as given.
/// </summary>
internal static class RawRequests
{
    public static Task<ClientResult> GetAsync(this AssistantClient client, string pathAndQuery, CancellationToken cancellationToken) =>
        client.SendAsync("GET", pathAndQuery, body: null, cancellationToken.ToRequestOptions());

    public static Task<ClientResult> PostAsync(this AssistantClient client, string path, BinaryContent body, RequestOptions options) =>
        client.SendAsync("POST", path, body, options);

    /// <summary>Sends a request that is answered by a stream of events, and returns when the stream begins.</summary>
    /// <returns>The answer, to be disposed: that hangs up.</returns>
    public static async Task<PipelineResponse> OpenStreamAsync(this AssistantClient client, string path, BinaryContent body, RequestOptions options)
    {
        options.BufferResponse = false;
        options.SetHeader("Accept", "text/event-stream");
        return (await client.SendAsync("POST", path, body, options)).GetRawResponse();
    }

    /// <param name="cancellationToken">Ends the request.</param>
    /// <param name="idempotencyKey">Lets the same request be sent again without being done again.</param>
    public static RequestOptions ToRequestOptions(this CancellationToken cancellationToken, string? idempotencyKey = null)
    {
        var options = new RequestOptions { CancellationToken = cancellationToken };
        if (idempotencyKey is not null)
        {
            options.SetHeader("Idempotency-Key", idempotencyKey);
        }

        return options;
    }

    private static async Task<ClientResult> SendAsync(
        this AssistantClient client, string method, string pathAndQuery, BinaryContent? body, RequestOptions options)
    {
        using var message = client.Pipeline.CreateMessage();
        message.Request.Method = method;
        message.Request.Uri = Append(client.Endpoint, pathAndQuery);
        message.Request.Headers.Set("Accept", "application/json");
        message.Request.Headers.Set("OpenAI-Beta", "assistants=v2");
        if (body is not null)
        {
            message.Request.Headers.Set("Content-Type", "application/json");
            message.Request.Content = body;
        }

        message.Apply(options);
        await client.Pipeline.SendAsync(message);
        var response = message.ExtractResponse()!;
        if (response.IsError)
        {
            await response.BufferContentAsync(options.CancellationToken);
            throw await ClientResultException.CreateAsync(response);
        }

        return ClientResult.FromResponse(response);
    }

    /// <summary>An endpoint may carry a query of its own, such as Azure's <c>api-version</c>.</summary>
    private static Uri Append(Uri endpoint, string pathAndQuery)
    {
        var parts = pathAndQuery.Split('?', 2);
        string[] queries = [endpoint.Query.TrimStart('?'), parts.ElementAtOrDefault(1) ?? ""];
        return new UriBuilder(endpoint)
        {
            Path = $"{endpoint.AbsolutePath.TrimEnd('/')}/{parts[0]}",
            Query = string.Join('&', queries.Where(query => query.Length > 0)),
        }.Uri;
    }
}
