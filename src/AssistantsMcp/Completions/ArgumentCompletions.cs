using System.ClientModel;
using System.Runtime.CompilerServices;
using AssistantsMcp.Clients;
using AssistantsMcp.Engine;
using AssistantsMcp.Prompts;
using AssistantsMcp.Resources;
using Microsoft.Extensions.Options;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using OpenAI.Assistants;

namespace AssistantsMcp.Completions;

/// <summary>Completes the arguments of prompts and the ids in addresses of resources, from what the caller's key owns.</summary>
internal sealed class ArgumentCompletions(AssistantClient client, IOptions<AssistantsMcpOptions> options, IOptions<EngineOptions> engine)
{
    /// <summary>The protocol's own limit.</summary>
    private const int MostValues = 100;

    /// <summary>How many objects one completion looks at; who has more of them gets no total.</summary>
    private const int MostObjects = 1000;

    /// <exception cref="McpProtocolException">There is no such prompt, template or argument.</exception>
    /// <exception cref="ClientResultException">The server refused, for another reason than that something is not there.</exception>
    public async ValueTask<CompleteResult> CompleteAsync(CompleteRequestParams request, CancellationToken cancellationToken)
    {
        var (name, typed) = (request.Argument.Name, request.Argument.Value);
        if (!ArgumentsOf(request.Ref).Contains(name))
        {
            throw Unknown($"'{name}' is no argument of this {(request.Ref is PromptReference ? "prompt" : "template")}. Those there are: {string.Join(", ", ArgumentsOf(request.Ref))}.");
        }

        var (values, total, seen) = (new List<string>(), 0, 0);
        try
        {
            await foreach (var (value, label) in Candidates(name, request, cancellationToken))
            {
                if (++seen > MostObjects)
                {
                    break;
                }

                if (value.StartsWith(typed, StringComparison.Ordinal) || label?.StartsWith(typed, StringComparison.OrdinalIgnoreCase) is true)
                {
                    total++;
                    values.AddRange(values.Count < MostValues ? [value] : []);
                }
            }
        }
        catch (ClientResultException missing) when (missing.Status is StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed)
        {
            // A thread that is not there has no runs, and not every server lists threads: nothing to offer.
        }

        var isWhole = seen <= MostObjects;
        return new CompleteResult
        {
            Completion = new Completion { Values = values, Total = isWhole ? total : null, HasMore = !isWhole || total > values.Count },
        };
    }

    private static IReadOnlyList<string> ArgumentsOf(Reference reference) => reference switch
    {
        PromptReference { Name: var name } => PromptCatalog.All.FirstOrDefault(prompt => prompt.ProtocolPrompt.Name == name)
            is { } prompt ? [.. prompt.Arguments.Select(argument => argument.Name)] : throw Unknown($"Unknown prompt: '{name}'. prompts/list shows those there are."),
        ResourceTemplateReference { Uri: var uri } => ResourceCatalog.Objects.FirstOrDefault(template => template.ProtocolResourceTemplate.UriTemplate == uri)?.Ids
            ?? throw Unknown($"Unknown template: '{uri}'. resources/templates/list shows those there are."),
        _ => throw Unknown("ref.type must be ref/prompt or ref/resource."),
    };

    /// <summary>All values there are, newest first, with another text by which people know them.</summary>
    private IAsyncEnumerable<(string Value, string? Label)> Candidates(string argument, CompleteRequestParams request, CancellationToken cancellationToken) => argument switch
    {
        "assistant_id" => IdsAsync("assistants", cancellationToken),
        "thread_id" => IdsAsync("threads", cancellationToken),
        "run_id" => request.Context?.Arguments?.TryGetValue("thread_id", out var thread) is true && ObjectResource.CheckId("thread_id", thread) is null
            ? IdsAsync($"threads/{thread}/runs", cancellationToken)
            : AsyncEnumerable.Empty<(string, string?)>(),
        "model" => ModelsAsync(cancellationToken),
        _ => FixedValues(request.Ref, argument).Select(value => (value, (string?)null)).ToAsyncEnumerable(),
    };

    private async IAsyncEnumerable<(string Value, string? Label)> IdsAsync(string list, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in client.ReadListAsync(list, "desc", after: null, cancellationToken))
        {
            if (item.Text("id") is { } id)
            {
                yield return (id, item.Text("name"));
            }
        }
    }

    /// <summary>Models that the caller's assistants use, then the server's own default and aliases.</summary>
    private async IAsyncEnumerable<(string Value, string? Label)> ModelsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var told = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var assistant in client.ReadListAsync("assistants", "desc", after: null, cancellationToken).Take(MostObjects))
        {
            if (assistant.Text("model") is { } model && told.Add(model))
            {
                yield return (model, null);
            }
        }

        foreach (var model in engine.Value.Model.Aliases.Keys.Order(StringComparer.Ordinal).Prepend(options.Value.DefaultModel).Where(told.Add))
        {
            yield return (model, null);
        }
    }

    private static IReadOnlyList<string> FixedValues(Reference reference, string argument) => reference is PromptReference { Name: var name }
        ? PromptCatalog.All.Single(prompt => prompt.ProtocolPrompt.Name == name).Arguments.Single(known => known.Name == argument).Values
        : [];

    private static McpProtocolException Unknown(string problem) => new(problem, McpErrorCode.InvalidParams);
}
