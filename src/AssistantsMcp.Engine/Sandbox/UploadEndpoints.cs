using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>The routes of uploads, for the sandbox; other callers' uploads go to the model provider.</summary>
internal static class UploadEndpoints
{
    public static void MapUploads(this IEndpointRouteBuilder api)
    {
        var group = api.MapSandboxGroup("/uploads");
        group.MapPost("", CreateAsync);
        group.MapPost("/{uploadId}/parts", AddPartAsync);
        group.MapPost("/{uploadId}/complete", CompleteAsync);
        group.MapPost("/{uploadId}/cancel", CancelAsync);
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest request, Caller caller, SandboxUploads uploads, Idempotency idempotency, RequestLimits limits, TimeProvider time)
    {
        var body = await RequestBody.ReadAsync(request, SandboxSchemas.CreateUpload, limits);
        if (body.Number("bytes") > limits.FileBytes)
        {
            throw ApiException.FileTooLarge(limits.FileBytes);
        }

        return await idempotency.OnceAsync(request, caller, body, async once => Answer(
            await uploads.CreateAsync(caller.Tenant, UploadObject.Create(body, time.GetUtcNow()), once, request.HttpContext.RequestAborted)));
    }

    private static async Task<IResult> AddPartAsync(
        string uploadId, HttpRequest request, Caller caller, SandboxUploads uploads, Idempotency idempotency, RequestLimits limits)
    {
        var form = await UploadForm.ReadAsync(request, "data", "'data'", limits.FileBytes);
        return await idempotency.OnceAsync(request, caller, form, async once => new StoredJson(
            await uploads.AddPartAsync(caller.Tenant, uploadId, form.Content!.Value, once, request.HttpContext.RequestAborted)));
    }

    private static async Task<IResult> CompleteAsync(
        string uploadId, HttpRequest request, Caller caller, SandboxUploads uploads, Idempotency idempotency, RequestLimits limits)
    {
        var body = await RequestBody.ReadAsync(request, SandboxSchemas.CompleteUpload, limits);
        return await idempotency.OnceAsync(request, caller, body, async once => Answer(await uploads.CompleteAsync(
            caller.Tenant, uploadId, [.. body.Texts("part_ids")], body.Text("md5"), once, request.HttpContext.RequestAborted)));
    }

    private static async Task<IResult> CancelAsync(string uploadId, Caller caller, SandboxUploads uploads, CancellationToken cancellationToken) =>
        Answer(await uploads.CancelAsync(caller.Tenant, uploadId, cancellationToken));

    private static StoredJson Answer(UploadObject upload) => new(EngineJson.Write(upload));
}
