using System.Text.Json;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Assistants;
using AssistantsMcp.Engine.Messages;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Schemas;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>
/// What messages do to their thread by what they attach: files for the code interpreter join the thread's list, files
/// for file search the thread's vector store, which is made where there is none. Deleting a message does not undo it.
/// </summary>
internal sealed class Attachments(Store store, VectorStores stores, RequestLimits limits)
{
    /// <summary>One message after the other gives its files to a thread, or two would make a vector store each.</summary>
    private readonly KeyedTurns<(string Tenant, string ThreadId)> _turns = new();

    /// <summary>Refuses messages that would have the model server asked too often, before anything is made for them.</summary>
    /// <exception cref="ApiException">Too many files.</exception>
    public void Check(IEnumerable<MessageObject> messages)
    {
        if (FilesFor("file_search", Of(messages)).Count is var count && count > limits.AttachedFiles)
        {
            throw ApiException.TooManyAttachments(limits.AttachedFiles, count);
        }
    }

    /// <summary>The resources of a thread once these messages are in it.</summary>
    /// <exception cref="ApiException">Too many files, no vector stores here, or the model server refused.</exception>
    public async Task<ToolResources> AttachAsync(
        Caller caller, ToolResources resources, IEnumerable<MessageObject> messages, CancellationToken cancellationToken)
    {
        var attached = Of(messages).ToList();
        var searchFiles = FilesFor("file_search", attached);
        resources = WithCodeFiles(resources, FilesFor("code_interpreter", attached));
        return searchFiles.Count > 0 ? await SearchAsync(caller, resources, searchFiles, cancellationToken) : resources;
    }

    /// <summary>
    /// Does what the attachments of messages ask for, before the messages are stored with <see cref="Attached.ApplyAsync"/>
    /// on its result: no transaction is open while the model server is asked.
    /// </summary>
    /// <param name="caller">Whose thread it is.</param>
    /// <param name="threadId">The thread.</param>
    /// <param name="messages">The messages that are to join it.</param>
    /// <param name="locked">What to say when a run is active on the thread.</param>
    /// <param name="cancellationToken">Ends the calls to the model server.</param>
    /// <exception cref="ApiException">As <see cref="AttachAsync"/>; or there is no such thread, or a run is active on it.</exception>
    public async Task<Attached> PrepareAsync(
        Caller caller,
        string threadId,
        IReadOnlyList<MessageObject> messages,
        Func<string, string, ApiException> locked,
        CancellationToken cancellationToken)
    {
        if (messages.All(message => message.Attachments.GetArrayLength() == 0))
        {
            return Attached.Nothing;
        }

        Check(messages);
        var turn = await _turns.TakeAsync((caller.Tenant, threadId), cancellationToken);
        try
        {
            var before = EngineJson.ReadThread((await store.GetAsync(Kind.Thread, caller.Tenant, threadId)).Body).ToolResources;
            if (await store.FindActiveRunAsync(caller.Tenant, threadId) is { } run)
            {
                throw locked(threadId, run);
            }

            var after = await AttachAsync(caller, before, messages, cancellationToken);
            var attached = Of(messages).ToList();
            var storeId = FilesFor("file_search", attached).Count > 0 ? after.VectorStoreId : null;
            return new Attached(before, FilesFor("code_interpreter", attached), storeId, turn);
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    /// <summary>A thread's resources with more files for the code interpreter.</summary>
    /// <exception cref="ApiException">These are too many.</exception>
    public static ToolResources WithCodeFiles(ToolResources resources, IReadOnlyList<string> fileIds)
    {
        if (fileIds.Count == 0)
        {
            return resources;
        }

        var more = resources.WithCodeFiles(fileIds);
        return more.CodeInterpreter!.FileIds.Count is var count and > Fields.MaxCodeFiles
            ? throw ApiException.Invalid(SchemaViolation.TooManyItems("tool_resources.code_interpreter.file_ids", Fields.MaxCodeFiles, count))
            : more;
    }

    private async Task<ToolResources> SearchAsync(
        Caller caller, ToolResources resources, IReadOnlyList<string> fileIds, CancellationToken cancellationToken)
    {
        if (resources.VectorStoreId is not { } storeId)
        {
            return resources.WithVectorStore(await stores.Of(caller).CreateAsync(
                caller, new NewVectorStore(fileIds, NewVectorStores.IdleDaysOfThreadStores), cancellationToken));
        }

        foreach (var fileId in fileIds)
        {
            await stores.Of(caller).AddFileAsync(caller, storeId, fileId, cancellationToken);
        }

        return resources;
    }

    private static IEnumerable<JsonElement> Of(IEnumerable<MessageObject> messages) => messages.SelectMany(message => message.Attachments.EnumerateArray());

    private static List<string> FilesFor(string tool, IEnumerable<JsonElement> attachments) =>
    [
        .. attachments
            .Where(attachment => attachment.Elements("tools").Any(named => named.Text("type") == tool))
            .Select(attachment => attachment.Text("file_id"))
            .OfType<string>()
            .Distinct(),
    ];
}

/// <summary>What messages attach to a thread. No other message gives it files before this is disposed.</summary>
/// <param name="before">The thread's resources as they were read.</param>
/// <param name="codeFiles">The files for the code interpreter.</param>
/// <param name="storeId">The vector store that the files for search are in; null where there are none.</param>
/// <param name="turn">The thread's turn; ended at the end.</param>
internal sealed class Attached(ToolResources before, IReadOnlyList<string> codeFiles, string? storeId, IDisposable? turn) : IDisposable
{
    public static readonly Attached Nothing = new(ToolResources.None, [], storeId: null, turn: null);

    /// <summary>Gives the thread what was attached; what else joined or left it in the meantime is as it is.</summary>
    /// <exception cref="ApiException">In the meantime the thread got another vector store, or too many files.</exception>
    public async ValueTask ApplyAsync(StoreTransaction write, string tenant, string threadId)
    {
        if (this == Nothing)
        {
            return;
        }

        var thread = EngineJson.ReadThread(await write.GetAsync(Kind.Thread, tenant, threadId));
        if (storeId is not null && thread.ToolResources.VectorStoreId != before.VectorStoreId)
        {
            throw ApiException.Unavailable("The thread got another vector store at the same moment. Try again.");
        }

        var resources = Attachments.WithCodeFiles(thread.ToolResources, codeFiles);
        resources = storeId is not null ? resources.WithVectorStore(storeId) : resources;
        await write.UpdateAsync(tenant, threadId, EngineJson.Write(thread with { ToolResources = resources }));
    }

    public void Dispose() => turn?.Dispose();
}
