using System.Runtime.CompilerServices;
using System.Text.Json;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>The model provider's files, vector stores and containers, with the caller's key; its refusals become this API's.</summary>
internal sealed class ProviderApi(ModelServer server, IOptions<EngineOptions> options)
{
    /// <summary>A list that is longer is read up to here.</summary>
    private const int MostPages = 10;

    private const int PageSize = 100;

    /// <summary>What providers say of an account that is used up.</summary>
    private const string Quota = "insufficient_quota";

    /// <summary>What is at a route; null where there is nothing.</summary>
    /// <exception cref="ApiException">The provider refused, or could not be asked.</exception>
    public Task<JsonElement?> FindAsync(Caller caller, string route, CancellationToken cancellationToken) =>
        FindAsync(caller, route, query: null, cancellationToken);

    /// <summary>The objects of a list, a thousand at most; none where there is no such list.</summary>
    /// <exception cref="ApiException">The provider refused, or could not be asked.</exception>
    public async IAsyncEnumerable<JsonElement> ListAsync(
        Caller caller, string route, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? last = null;
        for (var page = 0; page < MostPages; page++)
        {
            var query = last is null ? $"limit={PageSize}" : $"limit={PageSize}&after={Uri.EscapeDataString(last)}";
            if (await FindAsync(caller, route, query, cancellationToken) is not { } list)
            {
                yield break;
            }

            last = null;
            foreach (var listed in list.Elements("data"))
            {
                last = listed.Text("id");
                yield return listed;
            }

            if (last is null || list.Find("has_more") is not { ValueKind: JsonValueKind.True })
            {
                yield break;
            }
        }
    }

    /// <exception cref="ApiException">The provider refused, or could not be asked.</exception>
    public Task<JsonElement> PostAsync(Caller caller, string route, ReadOnlyMemory<byte> json, CancellationToken cancellationToken) =>
        PostAsync(caller, route, new ReadOnlyMemoryContent(json) { Headers = { ContentType = new("application/json") } }, cancellationToken);

    /// <exception cref="ApiException">The provider refused, or could not be asked.</exception>
    public async Task<JsonElement> PostAsync(Caller caller, string route, HttpContent content, CancellationToken cancellationToken) =>
        Expect(caller, await AskAsync(caller, HttpMethod.Post, route, content, cancellationToken));

    /// <summary>Deletes what is at a route; nothing there is as good.</summary>
    /// <exception cref="ApiException">The provider refused, or could not be asked.</exception>
    public async Task DeleteAsync(Caller caller, string route, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(caller, HttpMethod.Delete, route, content: null, cancellationToken);
        if (answer.Status != 404)
        {
            Expect(caller, answer);
        }
    }

    /// <summary>The body that adds a file to something.</summary>
    public static ReadOnlyMemory<byte> FileBody(string fileId) => EngineJson.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("file_id", fileId);
        writer.WriteEndObject();
    });

    private async Task<JsonElement?> FindAsync(Caller caller, string route, string? query, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(caller, HttpMethod.Get, route, content: null, cancellationToken, query);
        return answer.Status == 404 ? null : Expect(caller, answer);
    }

    private async Task<ModelAnswer> AskAsync(
        Caller caller, HttpMethod method, string route, HttpContent? content, CancellationToken cancellationToken, string? query = null)
    {
        try
        {
            return await server.AskAsync(method, route, content, caller.Key, caller.Tenant, cancellationToken, query: query);
        }
        catch (ModelServerException exception)
        {
            throw ApiException.Unavailable(exception.Message);
        }
    }

    private JsonElement Expect(Caller caller, ModelAnswer answer)
    {
        try
        {
            if (answer.IsSuccess)
            {
                return ModelJson.Parse(answer.Body);
            }
        }
        catch (JsonException)
        {
            throw ApiException.Unavailable($"The model server at {server.Host} answered with something that is no JSON. Check Model:BaseUrl.");
        }

        if (answer.Status == 401 && options.Value.Model.ApiKey is not null)
        {
            // Said of a key that the caller has never seen.
            throw ApiException.ServerKeyRefused();
        }

        var error = UpstreamError.Of(answer.Body);
        var words = new UpstreamErrors(caller.Key, options.Value.Model.ApiKey, server.Host);
        throw answer.Status == StatusCodes.Status429TooManyRequests
            ? ApiException.ModelServerBusy(words.Clean(error.Message), isQuota: error is { Code: Quota } or { Type: Quota }, answer.RetryAfter)
            : ApiException.ModelServerRefused(answer.Status, words.Clean(error.Message), error.Code);
    }
}
