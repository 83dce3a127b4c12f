using System.Buffers;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.Files;

/// <summary>
/// The files that this server keeps itself: those that a code interpreter made (copied, so that they outlive its
/// container) and all files of the sandbox. Others live with the model provider.
/// </summary>
internal sealed class FileStore(Store store, TimeProvider time)
{
    /// <summary>Purpose of the files that a code interpreter made.</summary>
    public const string AssistantsOutput = "assistants_output";

    /// <summary>Keeps a file; it is on disk when the task is done.</summary>
    /// <param name="tenant">Whose it is.</param>
    /// <param name="filename">A name to show; never used as a path.</param>
    /// <param name="purpose">What it is for, such as <see cref="AssistantsOutput"/>.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="cancellationToken">Withdraws a write that has not begun.</param>
    public async Task<FileObject> AddAsync(
        string tenant, string filename, string purpose, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var file = FileObject.Create(filename, purpose, content.Length, time.GetUtcNow());
        await store.WriteAsync(WriteScope.Nothing, write => InsertAsync(write, tenant, file, new ReadOnlySequence<byte>(content)), cancellationToken);
        return file;
    }

    /// <summary>Keeps a file as part of a larger write.</summary>
    public static async ValueTask InsertAsync(StoreTransaction write, string tenant, FileObject file, ReadOnlySequence<byte> content)
    {
        await write.InsertAsync(tenant, new NewObject(Kind.File, file.Id, EngineJson.Write(file)));
        await write.InsertFileContentAsync(tenant, file.Id, file.Purpose, content);
    }

    /// <summary>A file, or null where the tenant has no such file here.</summary>
    public async ValueTask<FileObject?> FindAsync(string tenant, string id) =>
        await FindJsonAsync(tenant, id) is { } json ? EngineJson.ReadFile(json) : null;

    /// <summary>A file's stored JSON, or null where the tenant has no such file here.</summary>
    public async ValueTask<byte[]?> FindJsonAsync(string tenant, string id) =>
        (await store.FindAsync(Kind.File, tenant, id))?.Body;

    /// <summary>A file's bytes, or null where the tenant has no such file here.</summary>
    public ValueTask<byte[]?> ReadContentAsync(string tenant, string id) => store.FindFileContentAsync(tenant, id);

    /// <summary>One page of the files kept here.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="purpose">Only those of this purpose; null for all.</param>
    /// <param name="query">Size, order and cursor of the page.</param>
    public ValueTask<ListPage> ListAsync(string tenant, string? purpose, ListQuery query) =>
        store.ListFilesAsync(tenant, purpose, query);

    /// <summary>Deletes a file, and its id from every list of files that the tenant's objects have.</summary>
    /// <returns>False where the tenant has no such file here.</returns>
    public async Task<bool> DeleteAsync(string tenant, string id, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(Kind.File, tenant, id) is null)
        {
            return false;
        }

        var mentions = await store.FindMentionsAsync(tenant, id);
        await store.WriteAsync(
            WriteScope.Of(tenant, id).And(mentions.Select(mention => mention.Id)),
            async write =>
            {
                await write.DeleteAsync(Kind.File, tenant, id);
                await write.DeleteFileContentAsync(tenant, id);
                await FileMentions.RemoveAsync(write, tenant, id, mentions);
            },
            cancellationToken);
        return true;
    }

    /// <summary>Removes the id of a file that was deleted at the model provider from the tenant's objects.</summary>
    public async Task ForgetAsync(string tenant, string id, CancellationToken cancellationToken)
    {
        if (await store.FindMentionsAsync(tenant, id) is { Count: > 0 } mentions)
        {
            await store.WriteAsync(WriteScope.Of(tenant, id).And(mentions.Select(mention => mention.Id)), write => FileMentions.RemoveAsync(write, tenant, id, mentions), cancellationToken);
        }
    }
}
