using System.Text;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Files;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Schemas;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>
/// Gives the model provider copies of files that are kept here, where its tools are to read them: what one run's code
/// made may be another run's input. Copies that stay are remembered, and go when their file goes.
/// </summary>
/// <remarks>Source: OpenAI's files API.</remarks>
internal sealed class ProviderFiles(ProviderApi provider, FileStore files, Store store)
{
    private const int DayInSeconds = 86_400;

    /// <summary>A file has a copy for each vector store that it is put into.</summary>
    private const int MostCopies = 10_000;

    /// <summary>The ids under which the provider knows these files, each once: their own, or that of a copy.</summary>
    /// <param name="caller">Whose files they are.</param>
    /// <param name="fileIds">The ids that the caller knows.</param>
    /// <param name="isPassing">Whether copies are needed for a short time only; then they expire after a day.</param>
    /// <param name="cancellationToken">Ends the uploads.</param>
    /// <exception cref="ApiException">The provider refused a copy, or could not be asked.</exception>
    public async Task<IReadOnlyList<string>> IdsOfAsync(
        Caller caller, IReadOnlyList<string> fileIds, bool isPassing, CancellationToken cancellationToken)
    {
        var ids = new List<string>(fileIds.Count);
        foreach (var fileId in fileIds.Distinct())
        {
            var kept = await files.FindAsync(caller.Tenant, fileId);
            ids.Add(kept is null ? fileId : await CopyAsync(caller, kept, isPassing, cancellationToken));
        }

        return ids;
    }

    /// <summary>The id under which the caller knows a file that the provider names: its own, or that of the file of which it is a copy.</summary>
    public async Task<string> OriginalOfAsync(Caller caller, string providerId) =>
        await store.FindOriginalAsync(caller.Tenant, providerId) ?? providerId;

    /// <summary>Deletes the copies of a file, with which it leaves the provider's vector stores.</summary>
    /// <exception cref="ApiException">The provider refused, or could not be asked.</exception>
    public async Task DeleteCopiesAsync(Caller caller, string fileId, CancellationToken cancellationToken)
    {
        foreach (var copy in await store.NewestAsync(Kind.FileCopy, caller.Tenant, fileId, MostCopies))
        {
            await provider.DeleteAsync(caller, $"files/{copy.Id}", cancellationToken);
            await store.WriteAsync(WriteScope.Nothing, write => write.DeleteAsync(Kind.FileCopy, caller.Tenant, copy.Id, fileId), cancellationToken);
        }
    }

    private async Task<string> CopyAsync(Caller caller, FileObject file, bool isPassing, CancellationToken cancellationToken)
    {
        var bytes = await files.ReadContentAsync(caller.Tenant, file.Id) ?? throw ApiException.NotFound("file", file.Id);
        using var form = new MultipartFormDataContent
        {
            { new StringContent(isPassing ? "user_data" : "assistants"), "purpose" },
            FilePart(file.Filename, bytes),
        };
        form.HeaderEncodingSelector = (_, _) => Encoding.UTF8;
        if (isPassing)
        {
            form.Add(new StringContent("created_at"), "expires_after[anchor]");
            form.Add(new StringContent($"{DayInSeconds}"), "expires_after[seconds]");
        }

        // The id becomes part of a path.
        if ((await provider.PostAsync(caller, "files", form, cancellationToken)).Text("id") is not { } id
            || !RequestSchemas.IdPattern.Expression.IsMatch(id))
        {
            throw ApiException.ModelServerRefused(502, "The model server took a file and gave it no id.", code: null);
        }

        if (!isPassing)
        {
            await store.WriteAsync(
                WriteScope.Nothing,
                write => write.InsertAsync(caller.Tenant, new NewObject(Kind.FileCopy, id, "{}"u8.ToArray(), file.Id)), cancellationToken);
        }

        return id;
    }

    /// <summary>Code names files as it likes. The framework refuses some names and disguises others; here they go as browsers send them.</summary>
    private static ByteArrayContent FilePart(string filename, byte[] bytes)
    {
        var escaped = filename.Replace("\"", "%22", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);
        var part = new ByteArrayContent(bytes);
        part.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name=\"file\"; filename=\"{escaped}\"");
        return part;
    }
}
