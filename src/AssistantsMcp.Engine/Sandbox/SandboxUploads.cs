using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Files;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>The uploads of the sandbox: parts that are put together to a file.</summary>
internal sealed class SandboxUploads(Store store, SandboxRoom room, TimeProvider time)
{
    public async Task<UploadObject> CreateAsync(string tenant, UploadObject upload, Once once, CancellationToken cancellationToken)
    {
        await store.WriteAsync(
            WriteScope.FilesOf(tenant),
            async write =>
            {
                // Parts of uploads that nobody finished take up room until somebody begins another.
                await write.DeleteExpiredUploadsAsync(tenant, time.GetUtcNow());
                await room.CheckAsync(write, tenant, upload.Bytes);
                var json = EngineJson.Write(upload);
                await write.InsertAsync(tenant, new NewObject(Kind.Upload, upload.Id, json));
                await once.KeepAsync(write, json);
            },
            cancellationToken);
        return upload;
    }

    /// <summary>Keeps a part.</summary>
    /// <returns>The part as the wire shows it.</returns>
    public async Task<ReadOnlyMemory<byte>> AddPartAsync(
        string tenant, string uploadId, ReadOnlySequence<byte> content, Once once, CancellationToken cancellationToken)
    {
        var id = ObjectId.NewUploadPart();
        var json = EngineJson.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("id", id);
            writer.WriteString("object", "upload.part");
            writer.WriteNumber("created_at", time.GetUtcNow().ToUnixTimeSeconds());
            writer.WriteString("upload_id", uploadId);
            writer.WriteEndObject();
        });
        await store.WriteAsync(
            WriteScope.FilesOf(tenant).And(uploadId),
            async write =>
            {
                await GetPendingAsync(write, tenant, uploadId);
                await room.CheckAsync(write, tenant, content.Length);
                await write.InsertAsync(tenant, new NewObject(Kind.UploadPart, id, json.ToArray(), uploadId));
                await write.InsertFileContentAsync(tenant, id, "upload.part", content);
                await once.KeepAsync(write, json);
            },
            cancellationToken);
        return json;
    }

    /// <summary>Puts the parts together, in the order in which they are named.</summary>
    /// <param name="tenant">Whose upload.</param>
    /// <param name="uploadId">The upload.</param>
    /// <param name="partIds">The parts, in order.</param>
    /// <param name="md5">What the whole file's checksum must be, in hex digits; null leaves it unchecked.</param>
    /// <param name="once">Keeps the answer.</param>
    /// <param name="cancellationToken">Withdraws a write that has not begun.</param>
    /// <exception cref="ApiException">A part is missing, or the parts are not what was announced.</exception>
    public Task<UploadObject> CompleteAsync(
        string tenant, string uploadId, IReadOnlyList<string> partIds, string? md5, Once once, CancellationToken cancellationToken) =>
        store.WriteAsync(
            WriteScope.FilesOf(tenant).And(uploadId),
            async write =>
            {
                var upload = await GetPendingAsync(write, tenant, uploadId);
                using var content = new MemoryStream((int)upload.Bytes);
                foreach (var partId in partIds)
                {
                    await write.GetAsync(Kind.UploadPart, tenant, partId, uploadId);
                    content.Write(await write.FindFileContentAsync(tenant, partId));
                    if (content.Length > upload.Bytes)
                    {
                        break;
                    }
                }

                if (content.Length != upload.Bytes)
                {
                    throw ApiException.WrongUploadSize(upload.Bytes, content.Length);
                }

                if (md5 is not null && !md5.Equals(Md5(content), StringComparison.OrdinalIgnoreCase))
                {
                    throw ApiException.WrongChecksum();
                }

                var file = FileObject.Create(upload.Filename, upload.Purpose, content.Length, time.GetUtcNow());
                await FileStore.InsertAsync(write, tenant, file, new ReadOnlySequence<byte>(content.GetBuffer(), 0, (int)content.Length));
                var ended = await EndAsync(write, tenant, upload with { Status = "completed", File = JsonElement.Parse(EngineJson.Write(file)) });
                await once.KeepAsync(write, EngineJson.Write(ended));
                return ended;
            },
            cancellationToken);

    public Task<UploadObject> CancelAsync(string tenant, string uploadId, CancellationToken cancellationToken) => store.WriteAsync(
        WriteScope.Of(tenant, uploadId),
        async write => await EndAsync(write, tenant, await GetPendingAsync(write, tenant, uploadId) with { Status = "cancelled" }),
        cancellationToken);

    private async ValueTask<UploadObject> GetPendingAsync(StoreTransaction write, string tenant, string uploadId)
    {
        var upload = EngineJson.ReadUpload(await write.GetAsync(Kind.Upload, tenant, uploadId)).At(time.GetUtcNow());
        return upload.Status == UploadObject.Pending ? upload : throw ApiException.UploadIsOver(uploadId, upload.Status);
    }

    private static async ValueTask<UploadObject> EndAsync(StoreTransaction write, string tenant, UploadObject upload)
    {
        await write.DeleteUploadPartsAsync(tenant, upload.Id);
        await write.UpdateAsync(tenant, upload.Id, EngineJson.Write(upload));
        return upload;
    }

#pragma warning disable CA5351 // The checksum that the API has for uploads: against accidents, not against anybody.
    private static string Md5(MemoryStream content) =>
        Convert.ToHexString(MD5.HashData(content.GetBuffer().AsSpan(0, (int)content.Length)));
#pragma warning restore CA5351
}
