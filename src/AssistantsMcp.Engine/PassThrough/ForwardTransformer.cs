using System.Net;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Models;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace AssistantsMcp.Engine.PassThrough;

/// <summary>One request on its way to the model server, and its answer on the way back.</summary>
/// <param name="server">The model server.</param>
/// <param name="caller">Whose key goes along, unless the server has one.</param>
/// <param name="address">Where the request goes.</param>
/// <param name="isServersAccount">Whether <c>Model:ApiKey</c> pays.</param>
/// <param name="onSuccess">What a success brings about here; done before the caller hears of it.</param>
internal sealed class ForwardTransformer(
    ModelServer server, Caller caller, Uri address, bool isServersAccount, Func<Task>? onSuccess) : HttpTransformer
{
    /// <summary>Why the model server's answer is not handed on; null where it is.</summary>
    public ApiException? Refusal { get; private set; }

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        proxyRequest.RequestUri = address;
        ForwardedHeaders.Clean(proxyRequest, isServersAccount);
        server.Authorize(proxyRequest.Headers, caller.Key);
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
        {
            return true;
        }

        Refusal = RefusalOf(proxyResponse.StatusCode);
        if (Refusal is not null)
        {
            return false;
        }

        ForwardedHeaders.Copy(proxyResponse, httpContext.Response, isServersAccount);
        httpContext.Response.Headers.XContentTypeOptions = "nosniff";
        if (onSuccess is not null && proxyResponse.IsSuccessStatusCode)
        {
            await onSuccess();
        }

        return true;
    }

    public override ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private ApiException? RefusalOf(HttpStatusCode status) => (int)status switch
    {
        304 => null,
        // A client that followed would take the caller's key along.
        >= 300 and < 400 => ApiException.ModelServerMoved(server.Host),
        // Said of a key that the caller has never seen, and often quoting it.
        401 when isServersAccount => ApiException.ServerKeyRefused(),
        _ => null,
    };
}
