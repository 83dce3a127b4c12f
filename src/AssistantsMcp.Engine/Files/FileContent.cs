using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Engine.Files;

/// <summary>
/// The bytes of a file as an answer. Whoever made them, no browser may take them for a page of this server: they are a
/// download of no particular type.
/// </summary>
internal sealed class FileContent(FileObject file, byte[] content) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.File(content, "application/octet-stream", file.Filename).ExecuteAsync(httpContext);
    }
}
