using System.Text;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.PassThrough;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AssistantsMcp.Engine.Models;

/// <summary>The models: the model server's own, or in the sandbox the one that is built in.</summary>
internal static class ModelEndpoints
{
    private const string SandboxModel = """{"id":"sandbox","object":"model","created":1790000000,"owned_by":"assistants-mcp"}""";

    private static readonly byte[] _sandboxModel = Encoding.UTF8.GetBytes(SandboxModel);

    private static readonly byte[] _sandboxModels = Encoding.UTF8.GetBytes($$"""{"object":"list","data":[{{SandboxModel}}]}""");

    public static void MapModels(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/models");
        group.MapGet("", ListAsync);
        group.MapGet("/{**model}", Get);
    }

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

    /// <summary>Which models there are is nobody's secret: this passes even where the rest does not.</summary>
    private static IResult Get(string model, Caller caller, ModelServerForwarder forwarder) =>
        !caller.IsSandbox ? forwarder.Forward(caller, isShared: true)
        : model == "sandbox" ? new StoredJson(_sandboxModel)
        : throw ApiException.UnknownModel(model);
}
