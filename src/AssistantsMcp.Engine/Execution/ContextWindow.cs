using System.Runtime.CompilerServices;
using System.Text.Json;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Runs;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// Which of a thread's messages the model reads in one turn. Everything, unless the run's strategy or its prompt budget
/// says otherwise, or the model server finds it too long. Then, in this order, as far as the room reaches:
/// (1) the newest user message, whatever its size; (2) with the strategy <c>auto</c>, the thread's first message, if it
/// takes no more than a quarter of the room; (3) the messages from the newest backwards, without a gap.
/// </summary>
/// <remarks>
/// The run's own items (its messages, function calls and their outputs) are never dropped: a call without its output is
/// refused by every model server.
/// </remarks>
internal sealed class ContextWindow(RunObject run, RunState state)
{
    /// <summary>Threads may be long; a model's context is not. No model reads more messages than this.</summary>
    private const int MostMessages = 10_000;

    /// <summary>How often a prompt that is too long is shortened: to three quarters, and then by half, down to about a hundredth.</summary>
    private const int MostShortenings = 7;

    private readonly RunBudget _budget = new(run, state);

    private bool IsAuto => run.TruncationStrategy.LastMessages is null;

    /// <summary>How many of the newest messages are to be read from the thread.</summary>
    public int Reach =>
        Math.Min(run.TruncationStrategy.LastMessages ?? MostMessages, MostMessages) + state.Items.Count(item => item.Text("type") == "message");

    /// <summary>The size of the prompt that was sent; zero where nobody needs it.</summary>
    public long Sent { get; private set; }

    /// <summary>What the model may read of the messages that were read from the thread.</summary>
    /// <param name="messages">The newest ones, oldest first.</param>
    public IReadOnlyList<JsonElement> Choose(IEnumerable<JsonElement> messages)
    {
        // What this run wrote is among its items, in its place between the calls.
        var others = messages.Where(message => message.Text("run_id") != run.Id);
        return [.. run.TruncationStrategy.LastMessages is { } count ? others.TakeLast(count) : others];
    }

    /// <summary>The request with as many messages as the prompt budget allows; null when it has no room for the least.</summary>
    public ModelRequest? Fit(ModelRequest request)
    {
        if (_budget.Prompt is not { } left)
        {
            return request;
        }

        var room = (long)(left * BytesPerToken()) - PromptSize.OfRest(request);
        var fitted = request with { Messages = Fit(request.Messages, room) };
        var size = SizeOf(fitted);

        // How much the first turn takes is not known for certain, so it is taken; later ones can be told from it.
        if (state.Turns > 0 && size > left * BytesPerToken())
        {
            return null;
        }

        Sent = size;
        return fitted;
    }

    /// <summary>
    /// Streams a turn. With the strategy <c>auto</c>, one that the model server refuses as too long is tried again with
    /// fewer messages; it refuses before it has answered anything, so nothing is told twice.
    /// </summary>
    public async IAsyncEnumerable<ModelEvent> StreamAsync(
        IModelClient model, ModelRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var shortenings = 0; ; shortenings++)
        {
            ModelRequest? shorter = null;
            var isFirst = true;
            await foreach (var happened in model.StreamAsync(request, cancellationToken))
            {
                if (isFirst && happened is TurnFailed { IsTooLong: true } && IsAuto && shortenings < MostShortenings)
                {
                    shorter = Shorten(request, shortenings == 0 ? 0.75 : 0.5);
                }

                if (shorter is not null)
                {
                    break;
                }

                isFirst = false;
                yield return happened;
            }

            if (shorter is null)
            {
                yield break;
            }

            request = shorter;
            Sent = Sent == 0 ? 0 : SizeOf(request);
        }
    }

    /// <summary>The request with messages of at most this share of its own; null when there is nothing left to drop.</summary>
    private ModelRequest? Shorten(ModelRequest request, double share)
    {
        var size = request.Messages.Sum(PromptSize.OfMessage);
        var messages = Fit(request.Messages, (long)(size * share));
        return messages.Count < request.Messages.Count ? request with { Messages = messages } : null;
    }

    private IReadOnlyList<JsonElement> Fit(IReadOnlyList<JsonElement> messages, long room)
    {
        var sizes = messages.Select(PromptSize.OfMessage).ToArray();
        if (sizes.Sum() <= room || messages.Count == 0)
        {
            return messages;
        }

        var kept = new bool[messages.Count];
        var isFirstSmall = sizes[0] <= room / 4;
        Keep(LastOfUser(messages));
        if (IsAuto && isFirstSmall && sizes[0] <= room)
        {
            Keep(0);
        }

        for (var index = messages.Count - 1; index >= 0 && (kept[index] || sizes[index] <= room); index--)
        {
            Keep(index);
        }

        return [.. messages.Where((_, index) => kept[index])];

        void Keep(int index)
        {
            room -= kept[index] ? 0 : sizes[index];
            kept[index] = true;
        }
    }

    /// <summary>The newest user message's place; in a thread without any, that of the newest message.</summary>
    private static int LastOfUser(IReadOnlyList<JsonElement> messages)
    {
        for (var index = messages.Count - 1; index >= 0; index--)
        {
            if (messages[index].Text("role") == "user")
            {
                return index;
            }
        }

        return messages.Count - 1;
    }

    private static long SizeOf(ModelRequest request) => PromptSize.OfRest(request) + request.Messages.Sum(PromptSize.OfMessage);

    /// <summary>As the run's earlier turns had it, within reason: servers report odd numbers, or none.</summary>
    private double BytesPerToken() => state is { PromptBytes: > 0, Usage.Prompt: > 0 }
        ? Math.Clamp((double)state.PromptBytes / state.Usage.Prompt, 1, 10)
        : PromptSize.BytesPerToken;
}
