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
internal sealed class Attachments(Store store, VectorStores stores)
{
    /// <summary>One message after the other gives its files to a thread, or two would make a vector store each.</summary>
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    /// <summary>The resources of a thread once these messages are in it.</summary>
    /// <exception cref="ApiException">Too many files, no vector stores here, or the model server refused.</exception>
    public async Task<ToolResources> AttachAsync(
        Caller caller, ToolResources resources, IEnumerable<MessageObject> messages, CancellationToken cancellationToken)
    {
        var attached = messages.SelectMany(message => message.Attachments.EnumerateArray()).ToList();
        var (codeFiles, searchFiles) = (FilesFor("code_interpreter", attached), FilesFor("file_search", attached));
        if (codeFiles.Count > 0)
        {
            resources = resources.WithCodeFiles(codeFiles);
            Check(resources.CodeInterpreter!);
        }

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

        var turn = _turns[(uint)StringComparer.Ordinal.GetHashCode(threadId) % _turns.Length];
        await turn.WaitAsync(cancellationToken);
        try
        {
            var before = EngineJson.ReadThread((await store.GetAsync(Kind.Thread, caller.Tenant, threadId)).Body).ToolResources;
            if (await store.FindActiveRunAsync(caller.Tenant, threadId) is { } run)
            {
                throw locked(threadId, run);
            }

            return new Attached(before, await AttachAsync(caller, before, messages, cancellationToken), turn);
        }
        catch
        {
            turn.Release();
            throw;
        }
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

    private static List<string> FilesFor(string tool, IEnumerable<JsonElement> attachments) =>
    [
        .. attachments
            .Where(attachment => attachment.Elements("tools").Any(named => named.Text("type") == tool))
            .Select(attachment => attachment.Text("file_id"))
            .OfType<string>()
            .Distinct(),
    ];

    private static void Check(CodeInterpreterResources code)
    {
        if (code.FileIds.Count > Fields.MaxCodeFiles)
        {
            throw ApiException.Invalid(SchemaViolation.TooManyItems("tool_resources.code_interpreter.file_ids", Fields.MaxCodeFiles, code.FileIds.Count));
        }
    }
}

/// <summary>What a thread has before and after messages with attachments. No other message gives it files before this is disposed.</summary>
/// <param name="before">The thread's resources as they were read.</param>
/// <param name="after">The same with what the messages attach.</param>
/// <param name="turn">Whose turn it is; released at the end.</param>
internal sealed class Attached(ToolResources before, ToolResources after, SemaphoreSlim? turn) : IDisposable
{
    public static readonly Attached Nothing = new(ToolResources.None, ToolResources.None, turn: null);

    /// <summary>Gives the thread what was attached; files that joined it in the meantime stay.</summary>
    /// <exception cref="ApiException">The thread got another vector store in the meantime, from another process.</exception>
    public async ValueTask ApplyAsync(StoreTransaction write, string tenant, string threadId)
    {
        if (this == Nothing)
        {
            return;
        }

        var thread = EngineJson.ReadThread(await write.GetAsync(Kind.Thread, tenant, threadId));
        if (thread.ToolResources.VectorStoreId != before.VectorStoreId && after.VectorStoreId is not null)
        {
            throw ApiException.Unavailable("The thread got another vector store at the same moment. Try again.");
        }

        var resources = thread.ToolResources;
        resources = after.CodeInterpreter is { } code ? resources.WithCodeFiles(code.FileIds) : resources;
        resources = after.VectorStoreId is { } storeId ? resources.WithVectorStore(storeId) : resources;
        await write.UpdateAsync(tenant, threadId, EngineJson.Write(thread with { ToolResources = resources }));
    }

    public void Dispose() => turn?.Release();
}
