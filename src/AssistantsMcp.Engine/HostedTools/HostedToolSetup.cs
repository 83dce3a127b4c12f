using System.Text.Json;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Assistants;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>What the hosted tools of a turn work with: a container with all files in it, and vector stores that are ready.</summary>
internal sealed class HostedToolSetup(Store store, CodeContainers containers, VectorStores vectorStores, TimeProvider time)
{
    /// <summary>A run waits no longer than this for files of its thread that are still being indexed.</summary>
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    /// <summary>The request with what its hosted tools need.</summary>
    /// <param name="request">A turn; one without hosted tools stays as it is.</param>
    /// <param name="caller">Whose run it is.</param>
    /// <param name="state">The run's state, with its assistant's files and stores.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ApiException">The thread's vector store has expired, or a file could not be put where code is to find it.</exception>
    public async Task<ModelRequest> PrepareAsync(ModelRequest request, Caller caller, RunState state, CancellationToken cancellationToken)
    {
        var (runsCode, searches) = (Has(request, "code_interpreter"), Has(request, "file_search"));
        if (!runsCode && !searches)
        {
            return request;
        }

        var thread = EngineJson.ReadThread((await store.GetAsync(Kind.Thread, caller.Tenant, request.ThreadId)).Body).ToolResources;
        if (searches && thread.VectorStoreId is { } storeId && !await IsReadyAsync(caller, storeId, cancellationToken))
        {
            throw ApiException.ExpiredVectorStore(storeId);
        }

        ToolResources[] both = [state.AssistantResources, thread];
        return request with
        {
            VectorStoreIds = [.. both.Select(resources => resources.VectorStoreId).OfType<string>().Distinct()],
            Container = runsCode
                ? await containers.ForAsync(
                    caller, request.ThreadId, [.. both.SelectMany(resources => resources.CodeInterpreter?.FileIds ?? []).Distinct()], cancellationToken)
                : request.Container,
        };
    }

    private static bool Has(ModelRequest request, string type) => request.Tools.Any(tool => tool.Text("type") == type);

    /// <summary>Waits until the files of a thread's store can be found; false when the store has expired.</summary>
    private async Task<bool> IsReadyAsync(Caller caller, string storeId, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        try
        {
            while (await vectorStores.Of(caller).FindAsync(caller, storeId, cancellationToken) is { } state)
            {
                if (state.HasExpired || !state.IsIndexing || time.GetElapsedTime(started) >= _longestWait)
                {
                    return !state.HasExpired;
                }

                await Task.Delay(_pause, time, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is ApiException or JsonException)
        {
            // Whoever could not be asked about the store will say so again when asked to search it.
        }

        return true;
    }
}
