using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AssistantsMcp.Engine.Models;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>
/// The playground's model. It never leaves the process and the same thread always gets the same answer. It reads the
/// newest user message line by line:
/// <list type="table">
/// <listheader><term>line</term><description>what it does</description></listheader>
/// <item><term><c>say: X</c></term><description>answers X, and the lines after it</description></item>
/// <item><term><c>call: name {json}</c></term><description>calls the function; several such lines are parallel calls</description></item>
/// <item><term><c>search: words</c></term><description>searches the vector stores, if the run has file search, and quotes what fits best; at most 20 such lines</description></item>
/// <item><term><c>fail: rate_limit</c>, <c>fail: server</c></term><description>fails the run with that error</description></item>
/// <item><term><c>wait: N</c></term><description>first waits N seconds, at most 60</description></item>
/// <item><term>anything else</term><description>answers <c>You said: …</c></description></item>
/// </list>
/// After tool outputs it quotes them (<c>name returned: output</c>); in an empty thread it introduces itself. A
/// response format that asks for JSON gets JSON, see <see cref="SandboxJson"/>. About four characters are a token.
/// </summary>
internal sealed class SandboxModel(SandboxVectorStores stores, TimeProvider clock) : IModelClient
{
    private const int CharactersPerToken = 4;

    /// <summary>What a search finds at most, unless the tool says otherwise.</summary>
    private const int MostHits = 20;

    public async IAsyncEnumerable<ModelEvent> StreamAsync(
        ModelRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var plan = Plan(request);
        if (plan.Wait > TimeSpan.Zero)
        {
            await Task.Delay(plan.Wait, clock, cancellationToken);
        }

        foreach (var next in Perform(request, plan, await SearchAsync(request, plan, cancellationToken)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return next;
        }
    }

    private async Task<IReadOnlyList<IReadOnlyList<SandboxSearchHit>>> SearchAsync(ModelRequest request, TurnPlan plan, CancellationToken cancellationToken)
    {
        var found = new List<IReadOnlyList<SandboxSearchHit>>();
        foreach (var words in plan.Searches)
        {
            var search = request.Tools.First(tool => tool.Text("type") == "file_search").Find("file_search");
            found.Add(await stores.SearchAsync(
                request.Tenant,
                request.VectorStoreIds,
                words,
                (int)(search?.Number("max_num_results") ?? MostHits),
                search?.Find("ranking_options")?.Find("score_threshold")?.GetDouble() ?? 0,
                cancellationToken));
        }

        return found;
    }

    /// <summary>What one turn will bring.</summary>
    private sealed record TurnPlan(
        string? Text, IReadOnlyList<(string Name, string Arguments)> Calls, IReadOnlyList<string> Searches, string? Failure = null, TimeSpan Wait = default);

    private static TurnPlan Plan(ModelRequest request)
    {
        if (SandboxScript.QuoteOutputs(request.Items) is { } outputs)
        {
            return new TurnPlan(outputs, [], []);
        }

        if (SandboxScript.NewestUserText(request.Messages) is not { } message)
        {
            return new TurnPlan(Introduction(request.Instructions), [], []);
        }

        var script = SandboxScript.Parse(message);
        var (calls, objection) = Permitted(script.Calls, request);
        var searches = Searches(script, message, request);
        var text = objection ?? script.Say ?? (calls.Count + searches.Count > 0 ? null : $"You said: {message}");
        return new TurnPlan(text, calls, searches, script.Failure, script.Wait);
    }

    private static IReadOnlyList<string> Searches(SandboxScript script, string message, ModelRequest request) =>
        !request.Tools.Any(tool => tool.Text("type") == "file_search") ? []
        : script.Searches.Count == 0 && request.ToolChoice?.Text("type") == "file_search" ? [message]
        : script.Searches;

    private static (IReadOnlyList<(string Name, string Arguments)> Calls, string? Objection) Permitted(
        IReadOnlyList<(string Name, string Arguments)> calls, ModelRequest request)
    {
        var functions = request.Tools.Select(tool => tool.Find("function")?.Text("name")).OfType<string>().ToList();
        var choice = request.ToolChoice is { ValueKind: JsonValueKind.String } mode ? mode.GetString() : request.ToolChoice?.Find("function")?.Text("name");
        if (calls.Count == 0)
        {
            // A call was demanded and none described.
            var demanded = choice == "required" ? functions.FirstOrDefault() : functions.Find(name => name == choice);
            return (demanded is null ? [] : [(demanded, "{}")], null);
        }

        if (choice == "none")
        {
            return ([], "I may not call functions: tool_choice is none.");
        }

        if (calls.FirstOrDefault(call => !functions.Contains(call.Name)) is { Name: { } unknown })
        {
            return ([], $"I have no function {unknown}. My functions: {(functions.Count > 0 ? string.Join(", ", functions) : "none")}.");
        }

        return (request.ParallelToolCalls ? calls : [calls[0]], null);
    }

    private static string Introduction(string? instructions) => string.IsNullOrWhiteSpace(instructions)
        ? "I am the sandbox model. Nobody has given me instructions or said anything yet."
        : $"I am the sandbox model. My instructions: {instructions}";

    private static IEnumerable<ModelEvent> Perform(
        ModelRequest request, TurnPlan plan, IReadOnlyList<IReadOnlyList<SandboxSearchHit>> searches)
    {
        var prompt = Tokens((request.Instructions?.Length ?? 0) + request.Messages.Concat(request.Items).Sum(json => json.GetRawText().Length));
        if (plan.Failure is not null)
        {
            yield return plan.Failure == "server"
                ? new TurnFailed("server_error", "The sandbox failed, as it was told to (fail: server).", default)
                : new TurnFailed("rate_limit_exceeded", "The sandbox's rate limit was reached, as it was told to (fail: rate_limit).", default);
            yield break;
        }

        var budget = (long)(request.MaxOutputTokens ?? int.MaxValue) * CharactersPerToken;
        var written = 0;
        foreach (var (index, (words, hits)) in plan.Searches.Zip(searches).Index())
        {
            foreach (var next in SandboxSpeech.Search(NameOf(request, "fs_", index), words, hits))
            {
                yield return next;
            }

            foreach (var next in SandboxSpeech.Quote(NameOf(request, "msg_", index + 1), hits))
            {
                yield return next;
            }
        }

        if (plan.Text is { } answer)
        {
            var whole = SandboxJson.Shape(answer, request.ResponseFormat);
            var text = SandboxSpeech.Cut(whole, budget);
            foreach (var next in SandboxSpeech.Message(NameOf(request, "msg_", 0), text))
            {
                yield return next;
            }

            written += text.Length;
            if (text.Length < whole.Length)
            {
                yield return new TurnIncomplete(IncompleteReason.MaxOutputTokens, new ModelUsage(prompt, Tokens(written)));
                yield break;
            }
        }

        foreach (var (index, (name, arguments)) in plan.Calls.Index())
        {
            if (written + name.Length + arguments.Length > budget)
            {
                yield return new TurnIncomplete(IncompleteReason.MaxOutputTokens, new ModelUsage(prompt, Tokens(written)));
                yield break;
            }

            foreach (var next in SandboxSpeech.Call(NameOf(request, "fc_", index), NameOf(request, "call_", index), name, arguments))
            {
                yield return next;
            }

            written += name.Length + arguments.Length;
        }

        yield return new TurnCompleted(new ModelUsage(prompt, Tokens(written)));
    }

    /// <summary>The same names for the same turn of the same thread, and no others.</summary>
    private static string NameOf(ModelRequest request, string prefix, int index)
    {
        var newest = request.Messages.Count > 0 ? request.Messages[^1].Text("id") : null;
        var seed = Encoding.UTF8.GetBytes($"{request.ThreadId} {newest} {request.Items.Count} {index}");
        return prefix + Convert.ToHexStringLower(SHA256.HashData(seed))[..24];
    }

    private static long Tokens(int characters) => (characters + CharactersPerToken - 1) / CharactersPerToken;
}
