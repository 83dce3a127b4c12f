using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AssistantsMcp.Engine.PassThrough;

/// <summary>
/// What a program asks of an OpenAI base URL besides the Assistants API. The model server answers it, so that one base
/// URL serves the whole program. Files have routes of their own, because some of them are kept here.
/// </summary>
internal static class PassThroughEndpoints
{
    /// <summary>What is passed on, each with everything below it. Nothing else reaches the model server.</summary>
    private static readonly string[] _resources =
    [
        "/audio",
        "/batches",
        "/chat/completions",
        "/completions",
        "/containers",
        "/conversations",
        "/embeddings",
        "/files",
        "/images",
        "/moderations",
        "/responses",
        "/uploads",
        "/vector_stores",
    ];

    private static readonly string[] _methods = [HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete];

    public static void MapPassThrough(this IEndpointRouteBuilder api)
    {
        foreach (var resource in _resources)
        {
            api.MapMethods($"{resource}/{{**rest}}", _methods, Pass);
        }
    }

    private static IResult Pass(HttpRequest request, Caller caller, ModelServerForwarder forwarder) => caller.IsSandbox
        ? throw ApiException.NotInSandbox(request.Method, request.Path.Value!)
        : forwarder.Forward(caller);
}
