using System.Text;
using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Engine.Api;

/// <summary>An answer whose bytes are ready: a stored object, as it was stored.</summary>
internal sealed class StoredJson(ReadOnlyMemory<byte> json, int status = StatusCodes.Status200OK) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.ContentType = "application/json";
        httpContext.Response.ContentLength = json.Length;
        return httpContext.Response.BodyWriter.WriteAsync(json, httpContext.RequestAborted).AsTask();
    }

    /// <summary>The answer to a deletion.</summary>
    /// <param name="id">What was deleted.</param>
    /// <param name="objectName">Its kind with <c>.deleted</c> behind it.</param>
    public static StoredJson Deleted(string id, string objectName) =>
        new(Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","object":"{{objectName}}","deleted":true}"""));
}
