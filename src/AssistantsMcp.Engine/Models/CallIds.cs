using System.Text.Json;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// The call ids of one run. Tool outputs name their call by this id alone, so it must be there, be short enough for
/// the API (64 characters) and be used once.
/// </summary>
/// <param name="earlierItems">What the run's earlier turns produced.</param>
internal sealed class CallIds(IEnumerable<JsonElement> earlierItems)
{
    private readonly HashSet<string> _taken = earlierItems.Select(item => item.Text("call_id")).OfType<string>().ToHashSet(StringComparer.Ordinal);

    /// <summary>The server's id if it will do, else one of our own.</summary>
    public string Take(string? proposed)
    {
        if (proposed is { Length: > 0 and <= 64 } && _taken.Add(proposed))
        {
            return proposed;
        }

        var own = ObjectId.NewCall();
        _taken.Add(own);
        return own;
    }
}
