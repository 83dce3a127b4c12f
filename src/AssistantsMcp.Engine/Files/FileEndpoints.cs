using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AssistantsMcp.Engine.Files;

/// <summary>The routes of files.</summary>
internal static class FileEndpoints
{
    public static void MapFiles(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/files");
        group.MapGet("", ListAsync);
        group.MapGet("/{fileId}", GetAsync);
        group.MapGet("/{fileId}/content", ReadAsync);
        group.MapDelete("/{fileId}", DeleteAsync);
    }

    private static async Task<IResult> ListAsync(HttpRequest request, Caller caller, FileStore files) =>
        await files.ListAsync(caller.Tenant, request.Query["purpose"], ListQuery.Read(request, FileSchemas.List, FileSchemas.LongestList));

    private static async Task<IResult> GetAsync(string fileId, Caller caller, FileStore files) =>
        new StoredJson(await files.FindJsonAsync(caller.Tenant, fileId) ?? throw ApiException.NoFile(fileId));

    private static async Task<IResult> ReadAsync(string fileId, Caller caller, FileStore files)
    {
        var file = await files.FindAsync(caller.Tenant, fileId) ?? throw ApiException.NoFile(fileId);
        return new FileContent(file, await files.ReadContentAsync(caller.Tenant, fileId) ?? throw ApiException.NoFile(fileId));
    }

    private static async Task<IResult> DeleteAsync(string fileId, Caller caller, FileStore files, CancellationToken cancellationToken) =>
        await files.DeleteAsync(caller.Tenant, fileId, cancellationToken)
            ? StoredJson.Deleted(fileId, "file")
            : throw ApiException.NoFile(fileId);
}
