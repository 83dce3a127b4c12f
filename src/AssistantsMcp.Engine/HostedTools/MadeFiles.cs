using System.Runtime.CompilerServices;
using System.Text.Json;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Files;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Schemas;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>
/// Keeps the files that a model's code makes: providers drop them with their container after minutes, in this API
/// they stay. On the way through, every mention of such a file becomes one of the copy that is kept here.
/// </summary>
internal sealed partial class MadeFiles(
    ModelServer server, ProviderApi provider, ProviderFiles copies, FileStore files, IOptions<EngineOptions> options, ILogger<MadeFiles> logger)
{
    /// <summary>The events of a turn, with every file in them kept. One that cannot be had is left out and logged: the run goes on.</summary>
    /// <param name="caller">Whose the files are to be.</param>
    /// <param name="request">What the turn was asked.</param>
    /// <param name="events">The turn.</param>
    /// <param name="cancellationToken">Ends the turn.</param>
    public async IAsyncEnumerable<ModelEvent> KeepAsync(
        Caller caller, ModelRequest request, IAsyncEnumerable<ModelEvent> events, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A message may link what the code of an earlier turn made.
        var turn = new Turn(caller)
        {
            ContainerId = request.Items.Select(item => item.Text("container_id")).LastOrDefault(id => id is not null) ?? request.Container.Id,
        };
        await foreach (var happened in events.WithCancellation(cancellationToken))
        {
            switch (happened)
            {
                case CodeCallDone done:
                    turn.ContainerId = done.ContainerId ?? turn.ContainerId;
                    // It ran somewhere else, or it has made something since.
                    turn.Listing = null;
                    yield return done with { Outputs = await KeepPicturesAsync(caller, done.Outputs, cancellationToken) };
                    break;
                case SearchCallDone done:
                    yield return done with { Results = await NameAsync(caller, done.Results) };
                    break;
                case Cited { Citation: FoundFile found } cited:
                    yield return cited with { Citation = found with { FileId = await copies.OriginalOfAsync(caller, found.FileId) } };
                    break;
                case Cited { Citation: ContainerFile } cited:
                    if (await KeepCitedAsync(turn, cited, cancellationToken) is { } kept)
                    {
                        yield return kept;
                    }

                    break;
                case MessageDone done:
                    foreach (var linked in await KeepLinkedAsync(turn, done, cancellationToken))
                    {
                        yield return linked;
                    }

                    yield return done;
                    break;
                default:
                    yield return happened;
                    break;
            }
        }
    }

    /// <summary>What was found in the copy of a file that is kept here was found in that file.</summary>
    private async Task<IReadOnlyList<SearchResult>> NameAsync(Caller caller, IReadOnlyList<SearchResult> results)
    {
        var named = new List<SearchResult>(results.Count);
        foreach (var result in results)
        {
            named.Add(result with { FileId = await copies.OriginalOfAsync(caller, result.FileId) });
        }

        return named;
    }

    private async Task<IReadOnlyList<CodeOutput>> KeepPicturesAsync(Caller caller, IReadOnlyList<CodeOutput> outputs, CancellationToken cancellationToken)
    {
        var kept = new List<CodeOutput>();
        foreach (var output in outputs)
        {
            if (output is not CodeImage image)
            {
                kept.Add(output);
            }
            else if (DataUrl.Read(image.Url, options.Value.Limits.FileBytes) is var (extension, bytes))
            {
                var file = await files.AddAsync(caller.Tenant, $"image.{extension}", FileStore.AssistantsOutput, bytes, cancellationToken);
                kept.Add(new CodeImageFile(file.Id));
            }
            else
            {
                // Any other address is not one that this server was told to call.
                Log.NotKept(logger, "a picture that is no data URL");
            }
        }

        return kept;
    }

    private async Task<Cited?> KeepCitedAsync(Turn turn, Cited cited, CancellationToken cancellationToken)
    {
        var file = (ContainerFile)cited.Citation;
        if (await KeepAsync(turn, file.ContainerId, file.FileId, file.FileName, cancellationToken) is not { } id)
        {
            return null;
        }

        turn.Linked.Add(file.FileName);
        return cited with { Citation = new MadeFile(id, file.FileName) };
    }

    /// <summary>Models also link files without saying so beside the text; then the container is asked what it holds.</summary>
    private async Task<IReadOnlyList<Cited>> KeepLinkedAsync(Turn turn, MessageDone done, CancellationToken cancellationToken)
    {
        var found = new List<Cited>();
        foreach (var (number, part) in done.Parts.Index())
        {
            foreach (var link in SandboxLink.FindAll(part.Text))
            {
                var name = Path.GetFileName(link.Path);
                if (turn.ContainerId is { } container
                    && !turn.Linked.Contains(name)
                    && await FindInAsync(turn, container, link.Path, cancellationToken) is { } fileId
                    && await KeepAsync(turn, container, fileId, name, cancellationToken) is { } kept)
                {
                    found.Add(new Cited(done.ItemId, number, new MadeFile(kept, name), link.Start, link.End));
                }
            }
        }

        return found;
    }

    private async Task<string?> KeepAsync(Turn turn, string containerId, string fileId, string fileName, CancellationToken cancellationToken)
    {
        if (turn.Kept.TryGetValue(fileId, out var known))
        {
            return known;
        }

        if (!IsId(containerId) || !IsId(fileId))
        {
            return null;
        }

        try
        {
            var content = await server.DownloadAsync(
                $"containers/{containerId}/files/{fileId}/content", options.Value.Limits.FileBytes, turn.Caller.Key, turn.Caller.Tenant, cancellationToken);
            if (content is null)
            {
                Log.NotKept(logger, "a file that is gone or larger than Limits:FileBytes");
                return null;
            }

            var file = await files.AddAsync(turn.Caller.Tenant, fileName, FileStore.AssistantsOutput, content, cancellationToken);
            return turn.Kept[fileId] = file.Id;
        }
        catch (Exception exception) when (exception is ModelServerException or IOException or TimeoutException)
        {
            Log.NotKept(logger, "a file whose download failed");
            return null;
        }
    }

    private async Task<string?> FindInAsync(Turn turn, string containerId, string path, CancellationToken cancellationToken)
    {
        if (turn.Listing is null && IsId(containerId))
        {
            var listing = new List<JsonElement>();
            try
            {
                await foreach (var file in provider.ListAsync(turn.Caller, $"containers/{containerId}/files", cancellationToken))
                {
                    listing.Add(file);
                }
            }
            catch (ApiException)
            {
                Log.NotListed(logger, listing.Count);
            }

            turn.Listing = listing;
        }

        return turn.Listing?.FirstOrDefault(file => file.Text("path") == path).Text("id");
    }

    private static bool IsId(string id) => RequestSchemas.IdPattern.Expression.IsMatch(id);

    /// <summary>What is known while a turn goes on.</summary>
    private sealed class Turn(Caller caller)
    {
        public Caller Caller => caller;

        /// <summary>Where the turn's code ran last.</summary>
        public string? ContainerId { get; set; }

        /// <summary>What the container holds, once that was asked and until more code has run.</summary>
        public IReadOnlyList<JsonElement>? Listing { get; set; }

        /// <summary>The copies by the ids of the originals.</summary>
        public Dictionary<string, string> Kept { get; } = new(StringComparer.Ordinal);

        /// <summary>The names of files that were cited beside the text.</summary>
        public HashSet<string> Linked { get; } = new(StringComparer.Ordinal);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "What a model's code made is not kept: {What}.")]
        public static partial void NotKept(ILogger logger, string what);

        [LoggerMessage(2, LogLevel.Warning, "What a container holds could not be listed beyond {Count} files.")]
        public static partial void NotListed(ILogger logger, int count);
    }
}
