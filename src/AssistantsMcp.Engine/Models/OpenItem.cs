using System.Text.Json;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// One output item of a turn while it arrives. Events name it by its id, by its call id or by its place in the
/// output, depending on the server; all the names seen so far are kept here.
/// </summary>
/// <param name="id">Names the item in <see cref="ModelEvent"/>s.</param>
/// <param name="type">The item's type in the Responses API.</param>
internal abstract class OpenItem(string id, string type)
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public string Id { get; } = id;

    public string Type { get; } = type;

    public long? OutputIndex { get; private set; }

    public bool IsNamed => _names.Count > 0;

    public bool IsDone { get; protected set; }

    public bool IsCalled(string? name) => name is not null && _names.Contains(name);

    /// <summary>Remembers how events name this item.</summary>
    public void Learn(long? outputIndex, params ReadOnlySpan<string?> names)
    {
        OutputIndex ??= outputIndex;
        foreach (var name in names)
        {
            if (!string.IsNullOrEmpty(name))
            {
                _names.Add(name);
            }
        }
    }

    /// <summary>Whether an item that comes under no known name may be this one, judged by what was streamed.</summary>
    public abstract bool Resembles(JsonElement item);

    /// <summary>Whether that item is certainly another one.</summary>
    public virtual bool Contradicts(JsonElement item, long? outputIndex) =>
        outputIndex is not null && OutputIndex is not null && OutputIndex != outputIndex;

    /// <summary>Begins the item, unless it has begun or cannot begin yet.</summary>
    public abstract IEnumerable<ModelEvent> Start(JsonElement? item);

    /// <summary>Ends the item: what no delta brought comes as a delta first, then the whole.</summary>
    /// <param name="item">The item as the server sent it; null where it never did.</param>
    public abstract IEnumerable<ModelEvent> Finish(JsonElement? item);

    /// <summary>What is missing from the streamed text; null where nothing is or where the texts differ.</summary>
    protected static string? Remainder(string streamed, string final) =>
        final.Length > streamed.Length && final.StartsWith(streamed, StringComparison.Ordinal) ? final[streamed.Length..] : null;
}

/// <summary>An item without a twin in the Assistants API. Nothing of it is shown before it is done.</summary>
internal sealed class OpenHiddenItem(string id, string type) : OpenItem(id, type)
{
    public override bool Resembles(JsonElement item) => item.Text("id") is null;

    public override IEnumerable<ModelEvent> Start(JsonElement? item) => [];

    public override IEnumerable<ModelEvent> Finish(JsonElement? item)
    {
        IsDone = true;
        return item is { } whole ? [new HiddenItemDone(whole)] : [];
    }
}
