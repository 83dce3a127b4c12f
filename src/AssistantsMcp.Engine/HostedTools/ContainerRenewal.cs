using System.Runtime.CompilerServices;
using AssistantsMcp.Engine.Models;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>Asks again, with a new container, where the one that a turn was to use turns out to be gone.</summary>
internal sealed class ContainerRenewal(IModelClient model) : IModelClient
{
    public async IAsyncEnumerable<ModelEvent> StreamAsync(
        ModelRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isFirst = true;
        await foreach (var happened in model.StreamAsync(request, cancellationToken))
        {
            if (isFirst && happened is TurnFailed failed && IsAboutContainer(request, failed))
            {
                await foreach (var again in model.StreamAsync(request with { Container = request.Container with { Id = null } }, cancellationToken))
                {
                    yield return again;
                }

                yield break;
            }

            isFirst = false;
            yield return happened;
        }
    }

    private static bool IsAboutContainer(ModelRequest request, TurnFailed failed) =>
        request.Container.Id is not null && failed.Message.Contains("container", StringComparison.OrdinalIgnoreCase);
}
