using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.HostedTools;
using AssistantsMcp.Engine.PassThrough;
using AssistantsMcp.Engine.Sandbox;
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
        group.MapPost("", UploadAsync);
        group.MapGet("", ListAsync);
        group.MapGet("/{fileId}", GetAsync);
        group.MapGet("/{fileId}/content", ReadAsync);
        group.MapDelete("/{fileId}", DeleteAsync);
    }

    private static async Task<IResult> UploadAsync(
        HttpRequest request, Caller caller, SandboxFiles files, ModelServerForwarder forwarder) =>
        caller.IsSandbox ? await files.UploadAsync(request, caller) : forwarder.Forward(caller);

    private static async Task<IResult> ListAsync(HttpRequest request, Caller caller, FileStore files, ModelServerForwarder forwarder)
    {
        string? purpose = request.Query["purpose"];
        return caller.IsSandbox || purpose == FileStore.AssistantsOutput
            ? await files.ListAsync(caller.Tenant, purpose, ListQuery.Read(request, FileSchemas.List, FileSchemas.LongestList))
            : forwarder.Forward(caller);
    }

    private static async Task<IResult> GetAsync(string fileId, Caller caller, FileStore files, ModelServerForwarder forwarder) =>
        await files.FindJsonAsync(caller.Tenant, fileId) is { } json ? new StoredJson(json) : Elsewhere(fileId, caller, forwarder);

    private static async Task<IResult> ReadAsync(string fileId, Caller caller, FileStore files, ModelServerForwarder forwarder) =>
        await files.FindAsync(caller.Tenant, fileId) is { } file && await files.ReadContentAsync(caller.Tenant, fileId) is { } content
            ? new FileContent(file, content)
            : Elsewhere(fileId, caller, forwarder);

    private static async Task<IResult> DeleteAsync(
        string fileId, Caller caller, FileStore files, ProviderFiles copies, ModelServerForwarder forwarder, CancellationToken cancellationToken)
    {
        await copies.DeleteCopiesAsync(caller, fileId, cancellationToken);
        return await files.DeleteAsync(caller.Tenant, fileId, cancellationToken)
            ? StoredJson.Deleted(fileId, "file")
            : Elsewhere(fileId, caller, forwarder, onSuccess: () => files.ForgetAsync(caller.Tenant, fileId, CancellationToken.None));
    }

    /// <summary>A file that is not kept here is the model provider's; the sandbox has no provider.</summary>
    private static IResult Elsewhere(
        string fileId, Caller caller, ModelServerForwarder forwarder, Func<Task>? onSuccess = null) =>
        caller.IsSandbox ? throw ApiException.NoFile(fileId) : forwarder.Forward(caller, onSuccess: onSuccess);
}
