using System.Runtime.CompilerServices;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Models;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>
/// Remembers where the code of a turn works, for the thread's next run; and asks again, with a new container, where the
/// remembered one turns out to be gone. There is one of it for each turn.
/// </summary>
internal sealed class ContainerRenewal(IModelClient model, CodeContainers containers) : IModelClient
{
    /// <summary>What took the place of the container that is gone, with the copies of files made for it.</summary>
    private CodeContainer? _renewed;

    public async IAsyncEnumerable<ModelEvent> StreamAsync(
        ModelRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A turn that is too long is tried again from what was asked first.
        request = _renewed is null ? request : request with { Container = _renewed };
        var isFirst = true;
        string? known = null;
        await foreach (var happened in model.StreamAsync(request, cancellationToken))
        {
            if (isFirst && happened is TurnFailed failed && IsAboutContainer(request, failed))
            {
                _renewed = await containers.NewAsync(
                    new Caller(request.Tenant, request.Key, IsSandbox: false), request.Container.FileIds, cancellationToken);
                await foreach (var again in StreamAsync(request, cancellationToken))
                {
                    yield return again;
                }

                yield break;
            }

            if (happened is CodeCallDone { ContainerId: { } id } && id != known)
            {
                known = id;
                await containers.RememberAsync(request, id, cancellationToken);
            }

            isFirst = false;
            yield return happened;
        }
    }

    private static bool IsAboutContainer(ModelRequest request, TurnFailed failed) =>
        request.Container.Id is not null && failed.Message.Contains("container", StringComparison.OrdinalIgnoreCase);
}
