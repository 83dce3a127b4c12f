using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Schemas;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>Chooses where the code of a run works: where the thread's last code did, while that is still there.</summary>
internal sealed class CodeContainers(ProviderApi provider, ProviderFiles files, Store store, TimeProvider time)
{
    /// <summary>Providers drop a container after 20 minutes without use; one that is almost there is not relied upon.</summary>
    private static readonly TimeSpan _idle = TimeSpan.FromMinutes(19);

    /// <summary>The container for a run, with all its files in it.</summary>
    /// <param name="caller">Whose run it is.</param>
    /// <param name="threadId">The run's thread.</param>
    /// <param name="fileIds">The files of the assistant and of the thread.</param>
    /// <param name="cancellationToken">Ends the calls to the model server.</param>
    /// <exception cref="ApiException">A file could not be put where the code is to find it.</exception>
    public async Task<CodeContainer> ForAsync(Caller caller, string threadId, IReadOnlyList<string> fileIds, CancellationToken cancellationToken)
    {
        if (await store.NewestAsync(Kind.CodeContainer, caller.Tenant, threadId, count: 1) is [var stored]
            && EngineJson.ReadCodeContainer(stored.Body) is var known
            && IsId(known.Id)
            && known.LastActiveAt + (long)_idle.TotalSeconds > time.GetUtcNow().ToUnixTimeSeconds()
            && await AddAsync(caller, known.Id, [.. fileIds.Except(known.FileIds)], cancellationToken))
        {
            return new CodeContainer(known.Id, fileIds);
        }

        return await NewAsync(caller, fileIds, cancellationToken);
    }

    /// <summary>A new container.</summary>
    /// <param name="caller">Whose run it is for.</param>
    /// <param name="fileIds">The files of the assistant and of the thread.</param>
    /// <param name="cancellationToken">Ends the calls to the model server.</param>
    /// <exception cref="ApiException">A file could not be put where the code is to find it.</exception>
    public async Task<CodeContainer> NewAsync(Caller caller, IReadOnlyList<string> fileIds, CancellationToken cancellationToken) =>
        new(null, fileIds) { ProviderFileIds = await files.IdsOfAsync(caller, fileIds, isPassing: true, cancellationToken) };

    /// <summary>Remembers where the code of a turn worked.</summary>
    public Task RememberAsync(ModelRequest request, string containerId, CancellationToken cancellationToken)
    {
        var container = new CodeContainerObject
        {
            Id = containerId,
            FileIds = request.Container.FileIds,
            LastActiveAt = time.GetUtcNow().ToUnixTimeSeconds(),
        };
        return store.WriteAsync(
            WriteScope.Of(request.Tenant, request.ThreadId),
            async write =>
            {
                await write.DeleteCodeContainersAsync(request.Tenant, request.ThreadId);
                if (await write.FindAsync(Kind.Thread, request.Tenant, request.ThreadId) is not null)
                {
                    await write.InsertAsync(request.Tenant, container.ToNewObject(request.ThreadId));
                }
            },
            cancellationToken);
    }

    /// <summary>Puts files into a container that exists; false when it turns out to be gone.</summary>
    private async Task<bool> AddAsync(Caller caller, string containerId, IReadOnlyList<string> fileIds, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var fileId in await files.IdsOfAsync(caller, fileIds, isPassing: true, cancellationToken))
            {
                await provider.PostAsync(caller, $"containers/{containerId}/files", ProviderApi.FileBody(fileId), cancellationToken);
            }

            return true;
        }
        catch (ApiException)
        {
            return false;
        }
    }

    /// <summary>The id becomes part of a path.</summary>
    private static bool IsId(string id) => RequestSchemas.IdPattern.Expression.IsMatch(id);
}
