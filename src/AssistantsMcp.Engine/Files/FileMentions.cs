using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Assistants;
using AssistantsMcp.Engine.Sandbox;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.Files;

/// <summary>
/// A rule of the API: a file that is deleted leaves the code interpreter's list of every assistant and thread, and every
/// vector store.
/// </summary>
internal static class FileMentions
{
    /// <param name="write">The transaction.</param>
    /// <param name="tenant">Whose file it is.</param>
    /// <param name="fileId">The file that is no more.</param>
    /// <param name="mentions">Where its id was seen. Each is read again: it may have changed since.</param>
    public static async ValueTask RemoveAsync(
        StoreTransaction write, string tenant, string fileId, IReadOnlyList<(Kind Kind, string Id)> mentions)
    {
        foreach (var (kind, id) in mentions)
        {
            if (kind == Kind.VectorStoreFile)
            {
                if (await write.FindAsync(kind, tenant, fileId, parent: id) is not null)
                {
                    await SandboxVectorStores.RemoveFileAsync(write, tenant, id, fileId);
                }
            }
            else if (await write.FindAsync(kind, tenant, id) is { } json && Without(kind, json, fileId) is { } changed)
            {
                await write.UpdateAsync(tenant, id, changed);
            }
        }
    }

    /// <summary>The object without the file; null where it does not list it, but names it in some other field.</summary>
    private static byte[]? Without(Kind kind, byte[] json, string fileId)
    {
        if (kind == Kind.Assistant)
        {
            var assistant = EngineJson.ReadAssistant(json);
            return Without(assistant.ToolResources, fileId) is { } left ? EngineJson.Write(assistant with { ToolResources = left }) : null;
        }

        var thread = EngineJson.ReadThread(json);
        return Without(thread.ToolResources, fileId) is { } rest ? EngineJson.Write(thread with { ToolResources = rest }) : null;
    }

    private static ToolResources? Without(ToolResources resources, string fileId) =>
        resources.CodeInterpreter is { FileIds: var files } && files.Contains(fileId)
            ? resources with { CodeInterpreter = new CodeInterpreterResources([.. files.Where(file => file != fileId)]) }
            : null;
}
