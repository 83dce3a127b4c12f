using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Files;
using AssistantsMcp.Engine.Schemas;
using AssistantsMcp.Engine.Storage;
using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>Uploads of the sandbox: small files, into the same store as all files that are kept here.</summary>
internal sealed class SandboxFiles(Store store, Idempotency idempotency, SandboxRoom room, RequestLimits limits, TimeProvider time)
{
    /// <summary>Keeps the file of a form with <c>file</c> and <c>purpose</c>.</summary>
    /// <exception cref="ApiException">The form is not like that, or there is no room.</exception>
    public async Task<IResult> UploadAsync(HttpRequest request, Caller caller)
    {
        var form = await UploadForm.ReadAsync(request, "file", "'file' and 'purpose'", limits.FileBytes);
        var purpose = form.Text("purpose");
        CheckPurpose(purpose);
        if (form.Names.FirstOrDefault(key => key.StartsWith("expires_after", StringComparison.Ordinal)) is { } expiry)
        {
            throw ApiException.NotSupported("Files of the sandbox do not expire. Leave 'expires_after' out.", expiry);
        }

        return await idempotency.OnceAsync(
            request, caller, form, once => KeepAsync(caller.Tenant, form, purpose, once, request.HttpContext.RequestAborted));
    }

    private async Task<IResult> KeepAsync(string tenant, UploadForm form, string purpose, Once once, CancellationToken cancellationToken)
    {
        var content = form.Content!.Value;
        var file = FileObject.Create(Path.GetFileName(form.Filename) is { Length: > 0 } name ? name : "upload", purpose, content.Length, time.GetUtcNow());
        var json = EngineJson.Write(file);
        await store.WriteAsync(
            WriteScope.FilesOf(tenant),
            async write =>
            {
                await room.CheckAsync(write, tenant, content.Length);
                await FileStore.InsertAsync(write, tenant, file, content);
                await once.KeepAsync(write, json);
            },
            cancellationToken);
        return new StoredJson(json);
    }

    /// <exception cref="ApiException">Files cannot be uploaded for that.</exception>
    public static void CheckPurpose(string purpose)
    {
        if (!SandboxSchemas.Purposes.Contains(purpose))
        {
            throw ApiException.Invalid(SchemaViolation.Value("purpose", purpose, SandboxSchemas.Purposes));
        }
    }
}
