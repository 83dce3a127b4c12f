using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AssistantsMcp.Engine.Models;

/// <summary>The list of models: the model server's own, or in the sandbox the one that is built in.</summary>
internal static class ModelEndpoints
{
    private static readonly byte[] _sandboxModels =
        """{"object":"list","data":[{"id":"sandbox","object":"model","created":1790000000,"owned_by":"assistants-mcp"}]}"""u8.ToArray();

    public static void MapModels(this IEndpointRouteBuilder api) => api.MapGet("/models", ListAsync);

    private static async Task<IResult> ListAsync(Caller caller, ModelServer server, CancellationToken cancellationToken)
    {
        if (caller.IsSandbox)
        {
            return new StoredJson(_sandboxModels);
        }

        try
        {
            var listing = await server.GetModelsAsync(caller.Key, caller.Tenant, cancellationToken);
            return new StoredJson(listing.Body, listing.Status);
        }
        catch (ModelServerException exception)
        {
            throw ApiException.Unavailable(exception.Message);
        }
    }
}
